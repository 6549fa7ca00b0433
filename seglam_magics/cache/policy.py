"""Which ways to match and which fences are in use: all of them, unless one is switched off to measure its worth."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Policy:
    """Every tier and every guard by name.

    Attributes
    ----------
    template, grounded, text, spaces, memory : tiers; `spaces` is the part of `text` between several wordings.
    slots : the caller's guards: columns and dtypes are there, values are of their column.
    leftovers : a word that may be a condition blocks.
    counts : "how many points" over numbers means only what a wording meant.
    rivals : procedures that fit and disagree are a miss.
    empty : an empty result where the examples were not is a miss.
    """

    memory: bool = True
    template: bool = True
    grounded: bool = True
    text: bool = True
    spaces: bool = True
    slots: bool = True
    leftovers: bool = True
    counts: bool = True
    rivals: bool = True
    empty: bool = True


ALL = Policy()
