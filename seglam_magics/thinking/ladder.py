"""How a run goes on after an interrupt: from inside its thinking where a provider can do that, else with notes.

    3  the thinking is continued         2  the answer is continued, the thinking goes along as notes
    1  a new turn with notes             0  from the start: there is nothing to go on from

Which level a model has is found out by asking it for one token (`compiler.probing`), not from a list of models.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal

from .run import CHARACTERS_PER_TOKEN

Ask = Literal["resume", "hurry", "answer", "strict", "update"]
VERSION = "v1"
NOTES_TOKENS = 2000
_DECIDING = ("so ", "therefore", "use ", "hence", "will ", "значит", "поэтому", "итак", "`", "def ")
_OPENED = "{"  # the first byte of a compile reply


@dataclass(frozen=True, slots=True)
class Wordings:
    """What is said to a model: inside its thinking, and in a turn anew."""

    version: str
    inside: Mapping[str, str]
    anew: Mapping[str, str]
    shown: Mapping[str, str]


@cache
def wordings(version: str = VERSION) -> Wordings:
    """The wordings of a version."""
    text = resources.files(__package__).joinpath("wordings", f"{version}.toml").read_text(encoding="utf-8")
    told = tomllib.loads(text)
    return Wordings(told["version"], told["inside"], told["anew"], told["shown"])


@dataclass(frozen=True, slots=True)
class Going:
    """A request that goes on: the messages to send, and whether the model opens with what it had begun.

    Attributes
    ----------
    messages : all of them, the question's own first.
    prefix : text of the answer that was sent along and that the reply continues.
    """

    messages: tuple[Mapping[str, Any], ...]
    prefix: str = ""


def going_on(
    messages: Sequence[Mapping[str, Any]],
    *,
    level: int,
    ask: Ask,
    thinking: str,
    answer: str,
    updates: Sequence[str] = (),
    plain: bool = False,
    version: str = VERSION,
) -> Going:
    """The request that goes on with a run.

    Parameters
    ----------
    messages : of the first request: the system's and the user's.
    level : of the ladder; 0 sends the question again with the updates merged into it.
    thinking, answer : what there is.
    updates : all so far, in order; they are said again at every level but the third, where the thinking holds them.
    plain : leave the guiding sentences out (for measuring what they are worth).
    """
    told = wordings(version)
    if level == 0 or not (thinking.strip() or answer.strip()):
        return Going(_merged(messages, updates, ask, told))
    if level == 3:  # noqa: PLR2004 - the ladder's
        return Going((*messages, _thought(thinking + _said(told.inside, ask, updates, thinking, plain=plain))))
    notes = told.anew["notes"].format(notes=last_of(thinking or answer))
    said = notes + _said(told.anew, ask, updates, thinking, plain=plain)
    turned = (*messages[:-1], {**messages[-1], "content": messages[-1]["content"] + said})
    if level == 2:  # noqa: PLR2004
        return Going((*turned, {"role": "assistant", "content": _OPENED, "prefix": True}), _OPENED)
    return Going(turned)


def _thought(text: str) -> dict[str, Any]:
    return {"role": "assistant", "content": "", "reasoning_content": text, "prefix": True}


def _merged(
    messages: Sequence[Mapping[str, Any]], updates: Sequence[str], ask: Ask, told: Wordings
) -> tuple[Mapping[str, Any], ...]:
    said = told.anew[ask] if ask in ("answer", "strict", "hurry") else ""
    content = messages[-1]["content"] + "".join(f"\n{update}" for update in updates) + said
    return (*messages[:-1], {**messages[-1], "content": content})


def _said(words: Mapping[str, str], ask: Ask, updates: Sequence[str], thinking: str, *, plain: bool) -> str:
    update = words["plain" if plain else "update"].format(u="\n".join(updates)) if updates else ""
    if ask == "update":
        return update
    return update + words.get(ask, "").format(known=known(thinking))


def known(thinking: str) -> str:
    """The last paragraph of the thinking in which something was settled, in at most 600 characters.

    >>> known("So the mean is taken per driver.")
    'So the mean is taken per driver.'
    """
    paragraphs = [part.strip() for part in thinking.split("\n\n") if part.strip()]
    deciding = (p for p in reversed(paragraphs) if any(word in f"{p.lower()} " for word in _DECIDING))
    return next(deciding, paragraphs[-1] if paragraphs else "nothing yet")[-600:]


def last_of(thinking: str, tokens: int = NOTES_TOKENS) -> str:
    """The last `tokens` of the thinking, begun at a sentence.

    >>> last_of("One. Two. Three.", tokens=3)
    'Three.'
    """
    text = thinking.strip()
    size = tokens * CHARACTERS_PER_TOKEN
    if len(text) <= size:
        return text
    tail = text[-size:]
    starts = [i for i in (tail.find(end) for end in (". ", "\n", "? ", "! ")) if i >= 0]
    return tail[min(starts) + 1 :].lstrip() if starts else tail
