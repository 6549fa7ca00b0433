"""What goes wrong when thinking is interrupted, found in the record of a run: pure functions, each with its numbers.

Leakage (thinking goes on in the answer), panic (needed steps are dropped), self-doubt (an update is read and not
taken), a cut thought that looks like an answer, and silence. The names are those of "Are Large Reasoning Models
Interruptible?" (arXiv 2510.11713).
"""

from __future__ import annotations

import ast
import io
import json
import re
import tokenize
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any, Literal

from .run import CHARACTERS_PER_TOKEN

Name = Literal["leakage", "panic", "self-doubt", "cut thought", "silence"]
_BRACES = 50  # openings in prose that are tried
_SENTENCE_ENDS = tuple(".!?…:;)]}`\"'»")


@dataclass(frozen=True, slots=True)
class Usual:
    """What is usual of a model without interrupts; None where it is not known. Medians, in tokens."""

    thinking: float | None = None
    answer: float | None = None
    properties: float | None = None


@dataclass(frozen=True, slots=True)
class Flag:
    """A finding: which detector, one sentence, and the numbers it rests on."""

    name: Name
    says: str
    figures: Mapping[str, float] = field(default_factory=dict)


@cache
def bounds() -> dict[str, dict[str, Any]]:
    """The bounds of all detectors, by detector."""
    return tomllib.loads(resources.files(__package__).joinpath("detectors.toml").read_text(encoding="utf-8"))


# ---------------------------------------------------------------- leakage


def leakage(answer: str, code: str, answer_tokens: int, usual: Usual = Usual()) -> Flag | None:
    """Whether thinking went on in the answer.

    Parameters
    ----------
    answer : the content of the reply as it came; `code` the procedure in it.
    answer_tokens : of the whole reply.

    >>> leakage('{"code": "def f(): return 1"}', "def f(): return 1", 12) is None
    True
    """
    limit = bounds()["leakage"]
    ratio = answer_tokens / usual.answer if usual.answer else 0.0
    share, words = commented(code)
    prose = max(answer.find("{"), 0) // CHARACTERS_PER_TOKEN if "{" in answer else 0
    marker = next((mark for mark in limit["markers"] if mark in answer and mark not in code), "")
    figures = {
        "answer_ratio": round(ratio, 2),
        "comment_share": round(share, 3),
        "comment_words": words,
        "prose": prose,
    }
    if ratio >= limit["answer_ratio"]:
        return Flag("leakage", f"the answer is {ratio:.1f} times as long as usual", figures)
    if share >= limit["comment_share"] and words >= limit["comment_words"]:
        return Flag("leakage", f"{share:.0%} of the code are comments, {words:,} words", figures)
    if marker:
        return Flag("leakage", f"the answer holds the mark {marker}", figures)
    if prose > limit["prose_tokens"]:
        return Flag("leakage", f"≈ {prose:,} tokens of prose come before the answer", figures)
    return None


def unwrapped(text: str) -> tuple[str, str]:
    """The prose before a JSON object, and the object; "" and the text where there is no prose or no object.

    >>> unwrapped('So it is a sum. {"code": "x"} That is all.')
    ('So it is a sum.', '{"code": "x"}')
    """
    if text.lstrip().startswith(("{", "```")):
        return "", text
    decoder, start = json.JSONDecoder(), text.find("{")
    for _ in range(_BRACES):
        if start < 0:
            break
        try:
            found, end = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            found, end = None, start
        if isinstance(found, dict) and found:
            return text[:start].strip(" \n`").removesuffix("json").strip(" \n`"), text[start:end]
        start = text.find("{", start + 1)
    return "", text


def commented(code: str) -> tuple[float, int]:
    """Share of the characters of `code` that are comments, and the number of words in them."""
    found = comments(code)
    size = sum(len(text) for text in found)
    return (size / len(code) if code else 0.0), sum(len(text.split()) for text in found)


def comments(code: str) -> list[str]:
    """The comments and docstrings of `code`, in order; of code that cannot be read, the lines that begin with #."""
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(code).readline))
        found = [token.string for token in tokens if token.type == tokenize.COMMENT]
        return found + [ast.get_docstring(node, clean=False) or "" for node in _documented(ast.parse(code))]
    except (SyntaxError, tokenize.TokenError, ValueError, RecursionError):
        return [line.strip() for line in code.splitlines() if line.lstrip().startswith("#")]


def bare(code: str) -> str:
    """The code without comments and docstrings, as `ast.unparse` writes it.

    >>> bare("one = 1  # the first")
    'one = 1'

    Raises
    ------
    SyntaxError : it is no Python.
    """
    tree = ast.parse(code)
    for node in _documented(tree):
        node.body = node.body[1:] or [ast.Pass()]
    return ast.unparse(tree)


def _documented(tree: ast.Module) -> list[Any]:
    kinds = (ast.Module, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return [node for node in ast.walk(tree) if isinstance(node, kinds) and ast.get_docstring(node) is not None]


# ---------------------------------------------------------------- panic


def panic(
    before: int, after: int, code: str, *, verified: bool, properties: int, usual: Usual = Usual()
) -> Flag | None:
    """Whether a model that was hurried dropped what was needed.

    Parameters
    ----------
    before, after : tokens of thinking before and after the interrupt.
    properties : that the reply states.
    """
    limit = bounds()["panic"]
    if before <= 0 or after / before >= limit["thinking_share"]:
        return None
    few = usual.properties is not None and properties < limit["property_share"] * usual.properties
    why = "it was not verified" if not verified else trivial(code) or ("it states few properties" if few else "")
    if not why:
        return None
    figures = {"before": before, "after": after, "share": round(after / before, 4), "properties": properties}
    return Flag("panic", f"only {after:,} tokens of thinking after {before:,}, and {why}", figures)


def trivial(code: str) -> str:
    """Why a function does nothing of what it should; "" where it does something.

    >>> trivial("def f(x): return 0"), trivial("def f(x): return x + 1")
    ('it returns a constant', '')
    """
    try:
        function = next(node for node in ast.parse(code).body if isinstance(node, ast.FunctionDef))
    except (SyntaxError, StopIteration, ValueError, RecursionError):
        return "it is no function"
    body = [node for node in function.body if not _is_text(node)]
    if not body or all(isinstance(node, ast.Pass) or _is_ellipsis(node) for node in body):
        return "its body is empty"
    if isinstance(body[0], ast.Raise) and "NotImplementedError" in ast.unparse(body[0]):
        return "it is not implemented"
    if len(body) == 1 and isinstance(body[0], ast.Return) and _is_constant(body[0].value):
        return "it returns a constant"
    given = {argument.arg for argument in (*function.args.args, *function.args.kwonlyargs)}
    used = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
    return f"it ignores {min(given - used)}" if given - used else ""


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _is_ellipsis(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and node.value.value is Ellipsis


def _is_constant(value: ast.expr | None) -> bool:
    if value is None or isinstance(value, ast.Constant):
        return True
    return isinstance(value, (ast.List, ast.Dict, ast.Tuple)) and not any(
        isinstance(n, ast.Name) for n in ast.walk(value)
    )


# ---------------------------------------------------------------- self-doubt


@dataclass(frozen=True, slots=True)
class Taken:
    """What was found out about whether an update was taken; None where it could not be.

    Attributes
    ----------
    asserted : the user's own check holds.
    checks : for each `{input, before, after}` of the reply: the new procedure gives `after`, and the old one does not.
    differs : old and new give other results on the live data or on generated ones.
    changes_nothing : the model says so, and states no checks.
    missing : numbers, columns and quoted names of the update that appear nowhere in the reply.
    """

    asserted: bool | None = None
    checks: Sequence[bool] = ()
    differs: bool | None = None
    changes_nothing: bool = False
    missing: Sequence[str] = ()


def self_doubt(taken: Taken) -> Flag | None:
    """Whether an update was read and not taken. What decides is behaviour, never the words of the reply.

    >>> self_doubt(Taken(differs=False, checks=(True,))).says
    'the update changed nothing: old and new give the same results'
    """
    figures = {"checks": len(taken.checks), "held": sum(taken.checks), "missing": len(taken.missing)}
    if taken.asserted is False:
        return Flag("self-doubt", "what you asserted does not hold", figures)
    if taken.asserted:
        return None
    if taken.differs is False:
        if taken.changes_nothing and not taken.checks:
            return None
        return Flag("self-doubt", "the update changed nothing: old and new give the same results", figures)
    if taken.checks and not all(taken.checks):
        return Flag("self-doubt", "the reply's own check of the update does not hold", figures)
    if taken.differs is None and taken.missing:
        return Flag("self-doubt", f"the reply says nothing of {taken.missing[0]}", figures)
    return None


def mentioned(update: str) -> list[str]:
    """Numbers and quoted names in an update, which a reply that takes it has to mention.

    >>> mentioned("exclude `refunds` over 90.5 EUR")
    ['refunds', '90.5']
    """
    quoted = re.findall(r"[`\"'«“]([^`\"'»”]{1,80})[`\"'»”]", update)
    rest = re.sub(r"[`\"'«“][^`\"'»”]{1,80}[`\"'»”]", " ", update)
    return [*quoted, *re.findall(r"(?<![\w.])\d+(?:[.,]\d+)?(?!\w)", rest)]


# ---------------------------------------------------------------- cut thought, silence


def cut_thought(thinking: str, answer_tokens: int, usual: Usual = Usual()) -> Flag | None:
    """Whether the thinking ends inside a sentence and hardly an answer follows: a budget, and no answer."""
    text = thinking.rstrip()
    if not text or text.endswith(_SENTENCE_ENDS):
        return None
    bound = bounds()["cut"]["answer_share"] * usual.answer if usual.answer else 1
    if answer_tokens >= bound:
        return None
    return Flag("cut thought", "the thinking ends inside a sentence, and no answer follows", {"answer": answer_tokens})


def silence(seconds: float, limit: float | None = None) -> Flag | None:
    """Whether a model has said nothing for too long.

    Parameters
    ----------
    limit : seconds; None takes the usual 20.

    >>> silence(3) is None
    True
    """
    most = bounds()["silence"]["seconds"] if limit is None else limit
    if seconds < most:
        return None
    return Flag("silence", f"the model has said nothing for {seconds:.0f} s", {"seconds": round(seconds, 1)})
