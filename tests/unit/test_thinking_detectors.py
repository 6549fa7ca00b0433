"""What goes wrong when thinking is interrupted is found in the record alone, with its numbers; nothing else is."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seglam_magics.thinking.detectors import (
    Taken,
    Usual,
    bare,
    comments,
    cut_thought,
    leakage,
    mentioned,
    panic,
    self_doubt,
    silence,
    trivial,
)

CODE = "def f(xs):\n    return sum(xs)\n"
LEAKY = "def f(xs):\n" + "".join(f"    # so, wait, number {n}: perhaps it is a mean after all\n" for n in range(400))
LEAKY += '    """Or a median?"""\n    return sum(xs)  # yes\n'
ANSWER = '{"code": "def f(xs): return sum(xs)"}'
USUAL = Usual(thinking=2_000, answer=100, properties=4)


def test_a11_comments_that_fill_the_code_are_found_and_taken_out() -> None:
    found = leakage('{"code": "…"}', LEAKY, 90, USUAL)
    assert found is not None
    assert found.figures["comment_share"] > 0.9
    assert found.figures["comment_words"] > 3_000
    assert "% of the code are comments" in found.says
    assert bare(LEAKY) == ast.unparse(ast.parse("def f(xs):\n    return sum(xs)"))
    assert len(comments(LEAKY)) > 400


@pytest.mark.parametrize(
    ("answer", "code", "tokens", "word"),
    [
        (ANSWER, CODE, 301, "3.0 times as long"),
        (ANSWER + "</think>", CODE, 20, "</think>"),
        ("Let me see. " * 100 + ANSWER, CODE, 20, "prose"),
    ],
)
def test_other_leaks_are_found(answer: str, code: str, tokens: int, word: str) -> None:
    found = leakage(answer, code, tokens, USUAL)
    assert found is not None
    assert word in found.says


@given(st.text(max_size=60), st.integers(0, 299))
def test_short_comments_are_no_leak(words: str, tokens: int) -> None:
    line = " ".join(words.split())
    assert leakage(ANSWER, f"# {line}\n{CODE}", tokens, USUAL) is None or "</think>" in line


def test_a_mark_in_the_code_itself_is_no_leak() -> None:
    code = "def f(text):\n    return text.split('</think>')[-1]\n"
    assert leakage('{"code": "' + code + '"}', code, 50, USUAL) is None


@given(st.sampled_from([CODE, LEAKY, "x = 1\n", "class A:\n    '''Doc.'''\n", "def f():\n    '''Only this.'''\n"]))
def test_bare_code_computes_the_same_and_has_no_comments(code: str) -> None:
    assert comments(bare(code)) == []
    compile(bare(code), "<bare>", "exec")


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("def f(x): return 0", "constant"),
        ("def f(x): return []", "constant"),
        ("def f(x): pass", "empty"),
        ("def f(x): ...", "empty"),
        ("def f(x):\n    '''Later.'''\n    raise NotImplementedError", "not implemented"),
        ("def f(x, y): return x + 1", "ignores y"),
        ("x = 1", "no function"),
        ("def f(", "no function"),
        ("def f(x): return x + 1", ""),
        ("def f(x): return [x]", ""),
    ],
)
def test_a_body_that_does_nothing_is_told_from_one_that_does(code: str, why: str) -> None:
    assert (why in trivial(code)) if why else trivial(code) == ""


def test_panic_needs_both_little_thinking_and_a_bad_procedure() -> None:
    assert panic(10_000, 25, CODE, verified=False, properties=4) is not None
    assert panic(10_000, 25, "def f(x): return 0", verified=True, properties=4) is not None
    assert panic(10_000, 25, CODE, verified=True, properties=1, usual=USUAL) is not None
    assert panic(10_000, 25, CODE, verified=True, properties=4, usual=USUAL) is None
    assert panic(10_000, 500, CODE, verified=False, properties=0) is None
    assert panic(0, 0, CODE, verified=False, properties=0) is None


@pytest.mark.parametrize(
    ("taken", "says"),
    [
        (Taken(asserted=False, differs=True), "what you asserted does not hold"),
        (Taken(asserted=True, differs=False), ""),
        (Taken(differs=False, checks=(True, True)), "changed nothing"),  # it claims to have taken it
        (Taken(differs=False, changes_nothing=True), ""),  # it says so, and it is so
        (Taken(differs=True, checks=(True, False)), "own check"),
        (Taken(differs=True, checks=(True,)), ""),
        (Taken(missing=("refunds",)), "says nothing of refunds"),
        (Taken(differs=True, missing=("refunds",)), ""),
        (Taken(), ""),
    ],
)
def test_self_doubt_is_judged_by_behaviour(taken: Taken, says: str) -> None:
    flag = self_doubt(taken)
    assert (flag is None) if not says else (flag is not None and says in flag.says)


@pytest.mark.parametrize(
    ("update", "found"),
    [
        ("exclude `refunds` over 90.5 EUR", ["refunds", "90.5"]),
        ("только «Рига», не раньше 2024", ["Рига", "2024"]),
        ("in other words, the same", []),
        ("v2 of x3", []),
    ],
)
def test_numbers_and_quoted_names_have_to_be_mentioned(update: str, found: list[str]) -> None:
    assert mentioned(update) == found


def test_a_thought_that_breaks_off_is_no_answer() -> None:
    assert cut_thought("So the mean of", 0, USUAL) is not None
    assert cut_thought("So the mean of", 50, USUAL) is None
    assert cut_thought("So it is the mean.", 0, USUAL) is None
    assert cut_thought("", 0, USUAL) is None


def test_silence_has_a_limit() -> None:
    assert silence(19) is None
    assert silence(21) is not None
    assert silence(6, limit=5) is not None
