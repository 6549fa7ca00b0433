"""The pack as it ships: one data file, refused unless it is the very one this version of seglam was made with.

The first line is what it takes to find a procedure, each further line the record of one, which is read when it is used.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

from ..procedure.stored import RawRecord, Stored
from ..words import Revision
from .lexicon import FILE as WORDS
from .patterns import Pattern, Place
from .pin import PIN

FILE = "pack.jsonl"


@dataclass(frozen=True, slots=True)
class Pack:
    """The procedures that ship with seglam.

    Attributes
    ----------
    forms : the form of a wording -> the wordings of that form, as JSON that is read when it is used; see `patterns`.
    ambiguous : the form of a wording without its conditions -> why it is not answered, and what it may mean.
    procedures : name -> its record.
    identities : the proc_id of each of them.
    between : names of those over two tables.
    """

    forms: Mapping[str, str]
    procedures: Mapping[str, Stored]
    identities: frozenset[str]
    ambiguous: Mapping[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    between: tuple[str, ...] = ()

    def patterns(self, key: str) -> tuple[Pattern, ...]:
        """The wordings of a form."""
        return tuple(_pattern(key, *entry) for entry in json.loads(self.forms.get(key, "[]")))

    def revision(self, name: str) -> Revision:
        """The procedure of this name.

        >>> load().revision("starter_mean_by_group").summary
        'Mean of a column for each value of another.'
        """
        return self.procedures[name].revision

    def ships(self, proc_id: str) -> bool:
        """Whether this is the identity of a procedure of the pack."""
        return proc_id in self.identities


class Altered(Exception):
    """The file of the pack is not the one this version was made with."""


@cache
def load() -> Pack:
    """The pack.

    Raises
    ------
    Altered : the file is missing, or is another one than the code pins.
    """
    folder = resources.files(__package__)
    try:
        return parsed(folder.joinpath(FILE).read_bytes(), folder.joinpath(WORDS).read_bytes(), PIN)
    except OSError as error:
        raise Altered(str(error)) from None


def pin_of(data: bytes, words: bytes) -> str:
    """What the code pins: the SHA-256 of both files."""
    return hashlib.sha256(hashlib.sha256(data).digest() + hashlib.sha256(words).digest()).hexdigest()


def parsed(data: bytes, words: bytes, pin: str) -> Pack:
    """The pack in `data`; raises Altered where it or its words are others than `pin` says."""
    if pin_of(data, words) != pin:
        raise Altered(FILE)
    head, *records = data.splitlines()
    stored = [Stored(RawRecord(record)) for record in records]
    said = json.loads(head)
    ambiguous = {key: (why, tuple(readings)) for key, (why, readings) in said["ambiguous"].items()}
    identities = frozenset(s.proc_id for s in stored)
    return Pack(said["patterns"], {s.name: s for s in stored}, identities, ambiguous, tuple(said["between"]))


def _pattern(key: str, name: str, text: str, places: Mapping[str, list[Any]], signs: Mapping[str, str]) -> Pattern:
    found: dict[str, Place] = {slot: tuple(place) for slot, place in places.items()}
    return Pattern(name, key, found, {int(k): sign for k, sign in signs.items()}, text)
