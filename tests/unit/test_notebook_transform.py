from __future__ import annotations

import ast
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from IPython.core.inputtransformer2 import TransformerManager

from seglam_magics.notebook import transform


@pytest.fixture(scope="module")
def manager() -> TransformerManager:
    made = TransformerManager()
    transform.install(SimpleNamespace(input_transformer_manager=made))  # type: ignore[arg-type]
    return made


def calls(code: str) -> list[tuple[str, list[Any]]]:
    """Method and literal arguments of every call of the shell in transformed code."""
    found = [
        node
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    ]
    return [(node.func.attr, [ast.literal_eval(a) for a in node.args]) for node in found if node.args]


@pytest.mark.parametrize(
    "text",
    [
        "how many rows has df?",
        "what's in df?",
        '"how many?"',
        "how many (at most?",
        "Сколько строк в df?",
        "is `a b` > 3??",
    ],
)
def test_a_question_mark_at_the_end_is_not_a_request_for_help(manager: TransformerManager, text: str) -> None:
    assert calls(manager.transform_cell(f"%reason {text}")) == [("run_line_magic", ["reason", text])]
    code = manager.transform_cell(f"x = %reason {text}")
    assert code.startswith("x = ")
    assert calls(code) == [("run_line_magic", ["reason", text])]


def test_it_works_in_the_middle_of_code(manager: TransformerManager) -> None:
    code = manager.transform_cell("for n in [1]:\n    y, z = %reason how many rows has df?\n    print(n)\n")
    assert ("run_line_magic", ["reason", "how many rows has df?"]) in calls(code)
    assert "    y, z = get_ipython()" in code
    assert "    print(n)" in code


def test_two_questions_in_one_cell_are_both_asked(manager: TransformerManager) -> None:
    code = manager.transform_cell("%reason how many rows has df?\n%reason what's the (mean of df?\nx = 1\n")
    assert [arguments[1] for _, arguments in calls(code)] == ["how many rows has df?", "what's the (mean of df?"]
    assert code.endswith("x = 1\n")


@pytest.mark.parametrize("cell", ["%reason?", "%%reason?", "%seglam?", "%reason??", "df?", "x = df?"])
def test_help_is_still_help(manager: TransformerManager, cell: str) -> None:
    assert "pinfo" in manager.transform_cell(cell)


def test_a_verb_with_a_question_mark_reaches_the_magic(manager: TransformerManager) -> None:
    assert calls(manager.transform_cell("%seglam show?")) == [("run_line_magic", ["seglam", "show?"])]


def test_text_that_only_looks_like_it_stays(manager: TransformerManager) -> None:
    for cell in ('s = """\n%reason how many rows has df?\n"""\n', "# %reason how many rows has df?\n", "7 %reason\n"):
        assert manager.transform_cell(cell) == cell


def test_other_cell_magics_keep_their_body(manager: TransformerManager) -> None:
    (call,) = calls(manager.transform_cell("%%bash\n%reason how many rows has df?\n"))
    assert call == ("run_cell_magic", ["bash", "", "%reason how many rows has df?\n"])


@pytest.mark.parametrize("text", ["how many rows has df?", ""])
def test_a_cell_magic_without_a_body_gets_one(manager: TransformerManager, text: str) -> None:
    (call,) = calls(manager.transform_cell(f"%%reason {text}".strip()))
    assert call == ("run_cell_magic", ["reason", text, "\n"])


def test_in_a_terminal_a_cell_can_still_be_continued(manager: TransformerManager) -> None:
    assert manager.check_complete("%%reason")[0] == "incomplete"
    assert manager.check_complete("%%reason\nhow many rows has df?")[0] == "incomplete"


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cc", "Zl", "Zp"]), min_size=1))
def test_any_line_reaches_the_magic_unchanged(text: str) -> None:
    made = TransformerManager()
    transform.install(SimpleNamespace(input_transformer_manager=made))  # type: ignore[arg-type]
    question = f"a {text}".strip()
    if not question.endswith("\\") and len(question.splitlines()) == 1:
        assert calls(made.transform_cell(f"%reason {question}")) == [("run_line_magic", ["reason", question])]


def test_removing_leaves_nothing_behind() -> None:
    made, plain = TransformerManager(), TransformerManager()
    shell: Any = SimpleNamespace(input_transformer_manager=made)
    transform.install(shell)
    transform.remove(shell)
    assert made.line_transforms == plain.line_transforms
    assert made.token_transformers == plain.token_transformers
