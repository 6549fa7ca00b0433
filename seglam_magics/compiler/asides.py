"""What a question leaves open: the model says so with a default, the user is asked where there is one.

An answer other than the default belongs to the question from then on, as an update does. A default is taken and said;
it is added as well where the question cannot be read without it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from ..errors import SeglamError
from ..trust.redaction import redact
from .request import prompt

if TYPE_CHECKING:
    from .reply import Reply

MOST = 2
LONGEST = 300


@dataclass(frozen=True, slots=True)
class Open:
    """Something a question leaves open, and what is taken where nobody says otherwise."""

    question: str
    default: str


class Asker(Protocol):
    """Whoever puts a question to the user."""

    def __call__(self, question: str, default: str) -> str | None:
        """What the user says, "" for the default; None where nobody can be asked."""
        ...


def left_open(reply: Reply) -> tuple[Open, ...]:
    """What a reply leaves open, as far as it says what it took; on one line each, and no more than two."""
    shown = ((_line(part.question), _line(part.taken)) for part in reply.open_questions)
    return tuple(Open(*pair) for pair in shown if all(pair))[:MOST]


class Asides:
    """What one compile puts to its user, once.

    Parameters
    ----------
    waited : told the seconds the user took.

    Attributes
    ----------
    notes : what to say of the defaults that were taken.
    """

    def __init__(self, asker: Asker | None, waited: Callable[[float], object]) -> None:
        self._asker, self._waited = asker, waited
        self._put = self._settled = False
        self.notes: list[str] = []

    def put(self, found: Sequence[Open]) -> tuple[str, ...]:
        """Ask the user; what that adds to the question.

        Raises
        ------
        KeyboardInterrupt : the user wants to be asked nothing any more.
        """
        if self._put or not found:
            return ()
        self._put, began = True, time.monotonic()
        said = [(one, None if self._asker is None else self._asker(one.question, one.default)) for one in found]
        self._waited(time.monotonic() - began)
        self.notes += [_taken(one) for one, text in said if text is None]
        others = [(one, _line(text or "")) for one, text in said]
        added = [added_words(one, text) for one, text in others if text and text.casefold() != one.default.casefold()]
        self._settled = bool(added)
        return tuple(added)

    def settle(self, found: Sequence[Open]) -> tuple[str, ...]:
        """The defaults as words of the question, for one that cannot be read without them; nothing the second time."""
        if self._settled:
            return ()
        self._settled = True
        return tuple(added_words(one, one.default) for one in found)


def _taken(one: Open) -> str:
    return SeglamError("W-QUESTION-OPEN", question=one.question, default=one.default).says


def added_words(one: Open, said: str) -> str:
    """An answer as it is added to the question."""
    return prompt("answered.md").strip().replace("{question}", one.question).replace("{answer}", said)


def _line(text: str) -> str:
    return redact(" ".join("".join(c if c.isprintable() else " " for c in text).split()))[:LONGEST]
