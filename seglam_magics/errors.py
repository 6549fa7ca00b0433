"""Errors a user can act on: one sentence, a stable code, a hint.

Codes and their wordings live in `errors.toml`; `SeglamError("E-MODEL-UNSET")` looks them up, so that a code is always
documented and never composed. IPython shows two lines (`_render_traceback_`), the cell fails, and headless runs exit
with an error output.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from functools import cache
from importlib import resources
from typing import Any

# What is wrong where a store takes nothing new: new procedures stay in memory then.
UNWRITABLE = frozenset({"E-STORE-WRITE", "E-STORE-FULL", "E-STORE-BUSY"})


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """Every code with its `says` and `hint` wordings.

    >>> catalogue()["E-MODEL-UNSET"]["says"]
    'no model is set, and no stored procedure answers this question'
    """
    text = resources.files(__package__).joinpath("errors.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


class _Blank(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "?"


def _filled(wording: str, facts: dict[str, Any]) -> str:
    return wording.format_map(_Blank(facts))


_filters: list[Callable[[str], str]] = []


def seen_through(text_filter: Callable[[str], str]) -> None:
    """From now on every fact of an error passes `text_filter`; for the redaction of secrets, which lives above."""
    if text_filter not in _filters:
        _filters.append(text_filter)


def _filtered(fact: Any) -> Any:
    """A fact as it may be shown: texts, and what is shown by its text, such as a path."""
    if isinstance(fact, bool | int | float | None):
        return fact
    text = str(fact)
    for text_filter in _filters:
        text = text_filter(text)
    return fact if text == str(fact) else text


class SeglamError(Exception):
    """What went wrong and what to do about it; look at `code`, `says` and `hint`.

    Parameters
    ----------
    code : a key of `errors.toml`.
    facts : fill the `{names}` of its wordings.

    >>> error = SeglamError("E-NAME-UNKNOWN", name="sale", close="sales")
    >>> print(error.code, error.says)
    E-NAME-UNKNOWN there is no variable `sale` here
    """

    def __init__(self, code: str, **facts: Any) -> None:
        entry = catalogue()[code]
        facts = {name: _filtered(fact) for name, fact in facts.items()}
        self.code = code
        self.facts = facts
        self.says = _filled(entry["says"], facts)
        self.hint = "; ".join(filter(None, (facts.get("also"), _filled(entry.get("hint", ""), facts))))
        super().__init__(f"{code}: {self.says}")

    def advise(self, advice: str) -> None:
        """Put further advice before the hint; "" changes nothing.

        >>> error = SeglamError("E-QUESTION-EMPTY")
        >>> error.advise("or ask another one")
        >>> error.hint
        'or ask another one; write it below the %%reason line'
        """
        advice = _filtered(advice)
        if advice:
            self.facts["also"] = advice
            self.hint = "; ".join(filter(None, (advice, self.hint)))

    def __str__(self) -> str:
        return f"{self.code}: {self.says}" + (f"\n  {self.hint}" if self.hint else "")

    def __reduce__(self) -> tuple[Any, ...]:
        return (_again, (self.code, self.facts))

    def _render_traceback_(self) -> list[str]:
        return str(self).splitlines()


def _again(code: str, facts: dict[str, Any]) -> SeglamError:
    return SeglamError(code, **facts)


def closest(word: str, among: Any) -> str:
    """The likeliest meant one of `among`, or "".

    >>> closest("bil_length", ["bill_length_mm", "species"])
    'bill_length_mm'
    """
    import difflib

    names = list(map(str, among))
    folded = {n.casefold(): n for n in reversed(names)}
    found = difflib.get_close_matches(word.casefold(), folded, n=1, cutoff=0.6)
    return folded[found[0]] if found else ""
