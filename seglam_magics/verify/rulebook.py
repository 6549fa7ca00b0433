"""The rules of the lint as data: wordings, allow-lists and what is refused by name, read once from TOML files."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

from ..errors import closest


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One thing the lint refuses.

    Attributes
    ----------
    line : of the source, from 1; 0 where the source as a whole is meant.
    code : `E-EFFECT-*`, or `E-FRAME-*` for what would answer wrongly in silence on some engine.
    rule : name of the rule in the room's TOML files.
    says : what is wrong.
    do : what to write instead.
    """

    line: int
    code: str
    rule: str = field(compare=False)
    says: str = field(compare=False)
    do: str = field(compare=False)

    def __str__(self) -> str:
        return f"{self.code} line {self.line}: {self.says}; {self.do}"


@dataclass(frozen=True, slots=True)
class Rulebook:
    """One TOML file of rules, its lists of words taken apart."""

    data: Mapping[str, Any]
    allowed: Mapping[str, frozenset[str]]

    def words(self, table: str) -> dict[str, str]:
        """Each word of a table `rule = "word word"`, with its rule.

        >>> effects().words("names")["eval"]
        'dynamic'
        """
        return {word: rule for rule, words in self.data.get(table, {}).items() for word in words.split()}

    def finding(self, rule: str, line: int, **facts: Any) -> Finding:
        """The finding of `rule`, its wordings filled with `facts`."""
        entry = self.data["rules"][rule]
        return Finding(line, entry["code"], rule, entry["says"].format(**facts), entry["do"].format(**facts))


@cache
def effects() -> Rulebook:
    """What every procedure and property may do."""
    return _read("effects.toml")


@cache
def frames() -> Rulebook:
    """What a procedure on frames may say."""
    return _read("frame_rules.toml")


def _read(name: str) -> Rulebook:
    text = resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
    data = tomllib.loads(text)
    return Rulebook(data, {key: frozenset(words.split()) for key, words in data["allowed"].items()})


def advice(word: str, among: Any, otherwise: str) -> str:
    """`did you mean X?` where something like `word` is among the allowed ones.

    >>> advice("lowr", ["lower", "upper"], "write it in plain Python")
    'did you mean lower?'
    """
    near = closest(word, among) if len(word) > 2 else ""  # noqa: PLR2004 - two letters are like everything
    return f"did you mean {near}?" if near else otherwise
