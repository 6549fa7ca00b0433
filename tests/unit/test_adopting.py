"""A function of one's own becomes a procedure: `%%procedure NAME --template "WORDING"`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seglam_magics.compiler.adopting import adopted
from seglam_magics.errors import SeglamError
from seglam_magics.notebook.naming import read_naming
from seglam_magics.reasoner import open_reasoner
from seglam_magics.words import Question

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from seglam_magics.reasoner import Reasoner

LONGER = '''def longer(*, values: list[str], limit: "int") -> int:
    """How many are longer.

    Not counting the empty ones.
    """
    # a comment that stays
    return sum(len(v) > limit for v in values if v)
'''
WORDING = "How many of {values} are longer than {limit}?"


@pytest.fixture
def reasoner(tmp_path: Path) -> Iterator[Reasoner]:
    made = open_reasoner(start=tmp_path)
    yield made
    made.close()


def refused(name: str, source: str, *wordings: str) -> SeglamError:
    with pytest.raises(SeglamError) as caught:
        adopted(name, source, wordings or (WORDING,))
    return caught.value


def test_it_answers_its_wordings_without_a_model(reasoner: Reasoner) -> None:
    words = ["a", "", "bbb", "cccc"]
    stored = reasoner.adopt("longer", LONGER, [WORDING])
    assert (stored.label, stored.author, stored.summary) == ("longer@1", "human", "How many are longer.")
    assert stored.verdict is not None
    assert stored.verdict.ok
    answer = reasoner.ask(Question("How many of `words` are longer than 2?", {"words": words}))
    assert (answer.value, answer.hit, answer.usage.calls) == (2, True, 0)


def test_annotations_are_read_and_left_out_comments_stay() -> None:
    made = adopted("longer", LONGER, [WORDING])
    assert [(p.name, p.type) for p in made.parameters] == [("values", "list"), ("limit", "int")]
    assert made.returns == "number"
    assert made.source == LONGER.replace(": list[str]", "").replace(': "int"', "").replace(" -> int", "")


@given(
    gap=st.sampled_from(["", " ", "\n    "]),
    kind=st.sampled_from(["list", "list[int]", "'list'", "Sequence[dict[str, 'int']]", "collections.abc.Sequence"]),
    name=st.sampled_from(["values", "größe", "значения"]),
    default=st.sampled_from(["", " = ()"]),
)
def test_wherever_annotations_stand_the_rest_is_kept(gap: str, kind: str, name: str, default: str) -> None:
    head = f"def f({gap}*,{gap}{name}{gap}:{gap}{kind}{default}{gap}){gap and ' '}->{gap and ' '}float:"
    source = f"{head}\n    return 1.0  # ->\n"
    made = adopted("f", source, [f"the f of {{{name}}}"])
    assert kind not in made.source
    assert "float" not in made.source
    assert made.source.endswith(":\n    return 1.0  # ->\n")
    assert made.parameters[0].type == "list"


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("", "defines no function longer"),
        ("def longer(:", "invalid syntax"),
        ("def other(values: list) -> int: ...", "defines no function longer"),
        ("async def longer(values: list) -> int: ...", "defines no function longer"),
        ("def longer(values, limit: int) -> int: ...", "its parameter values is: write an annotation"),
        ("def longer(values: list, limit: int): ...", "its result is: write an annotation"),
        ("def longer(values: numpy.ndarray, limit: int) -> int: ...", "annotated 'numpy.ndarray'; it can be int,"),
        ("def longer(*values: list, limit: int) -> int: ...", "must name all of its parameters"),
    ],
)
def test_what_does_not_say_what_it_takes_is_refused(source: str, why: str) -> None:
    error = refused("longer", source)
    assert error.code == "E-PROCEDURE-FORM"
    assert why in error.says


def test_a_wording_has_a_slot_for_every_parameter(reasoner: Reasoner) -> None:
    assert refused("longer", LONGER, "How many of {values} are longer?").code == "E-ALIAS"
    assert refused("longer", LONGER, "").code == "E-ALIAS"
    with pytest.raises(SeglamError, match="give at least one"):
        reasoner.adopt("longer", LONGER, [])


def test_what_the_lint_refuses_is_not_stored(reasoner: Reasoner) -> None:
    source = "def gone(*, values: list) -> int:\n    import os\n    return os.system('true')\n"
    with pytest.raises(SeglamError) as caught:
        reasoner.adopt("gone", source, ["what is gone of {values}?"])
    assert caught.value.code.startswith("E-EFFECT")
    assert reasoner.library.head("gone") is None


def test_a_name_that_is_taken_is_refused(reasoner: Reasoner) -> None:
    reasoner.adopt("longer", LONGER, [WORDING])
    with pytest.raises(SeglamError, match="already"):
        reasoner.adopt("longer", LONGER, [WORDING])


@pytest.mark.parametrize("line", ["", "two words", "1st", "rows --template", "rows -x y", 'rows -t "a', "rows -t a b"])
def test_other_lines_are_a_usage_error(line: str) -> None:
    with pytest.raises(SeglamError) as caught:
        read_naming(line)
    assert caught.value.code == "E-USAGE"
