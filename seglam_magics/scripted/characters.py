"""Scripted characters: how the scripted model goes on when something is said to it while it thinks.

A character plays over any set of recordings: these say what the right reply is, the character what becomes of it. What
it does is decided by the request and by how often that came before, never by chance or a clock.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field

from seglam_magics.errors import SeglamError, closest

from . import misdeeds
from .protocol import CHARACTERS_PER_TOKEN, shared

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .protocol import Request
    from .recordings import Turn

Said = Literal["strict", "answer", "hurry", "update", "resume"]
Deed = Literal["answers", "leaks", "panics", "doubts"]
_NOTES = re.compile(r"<notes>\n(.*?)\n</notes>", re.DOTALL)
_KNOWN_BY = 60  # last characters of the notes, by which the place in the thinking is found


class _Told(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Reaction(_Told):
    """What a character does when one of `to` was said; see `characters.toml`."""

    to: list[Said] = Field(min_length=1)
    thinks: float = Field(ge=0.0, le=1.0)
    does: Deed
    share: float = Field(default=1.0, ge=0.0, le=1.0)


class Character(_Told):
    """How one character thinks and reacts."""

    tokens: int = Field(default=0, ge=0)
    chunk: int | None = Field(default=None, ge=1)
    delay: float | None = Field(default=None, ge=0.0, le=60.0)
    reaction: list[Reaction]


class _Cast(_Told):
    steps: list[str] = Field(min_length=1)
    heard: dict[Said, str]
    leaks: misdeeds.Leaks
    characters: dict[str, Character]


@cache
def _cast() -> _Cast:
    text = resources.files(__package__).joinpath("characters.toml").read_text(encoding="utf-8")
    return _Cast.model_validate(tomllib.loads(text))


def names() -> list[str]:
    """The characters there are.

    >>> names()
    ['ideal', 'leaky', 'panicky', 'doubter']
    """
    return list(_cast().characters)


def character(name: str) -> Character:
    """The character of this name.

    Raises
    ------
    SeglamError
        E-MODEL-UNKNOWN when there is none.
    """
    found = _cast().characters.get(name)
    if found is None:
        near = closest(name, names())
        why = f"characters are {', '.join(names())}" + (f"; did you mean {near}?" if near else "")
        raise SeglamError("E-MODEL-UNKNOWN", model=f"loop/{name}", why=why)
    return found


@dataclass(frozen=True, slots=True)
class Played:
    """The reply of a character, and what it did in it, as the witness tells it."""

    turn: Turn
    did: Deed = "answers"


def play(role: Character, request: Request, right: Turn, before: Turn | None, times: int) -> Played:
    """What a character replies.

    Parameters
    ----------
    right : the recorded reply.
    before : the reply to the question without its update, None where none was said.
    times : how often this request came before.
    """
    right = right.model_copy(update={"reasoning": right.reasoning or thinking(role.tokens), **_pace(role)})
    turn = right
    said = heard(request, right)
    reaction = next((r for r in role.reaction if said.intersection(r.to)), None)
    if reaction is None:
        return Played(turn)
    turn = turn.model_copy(update={"reasoning": _thought(request, right, reaction.thinks)})
    chance = _Chance(request, times)
    if right.reply is None or chance.of("whether") >= reaction.share:
        return Played(turn)
    return _misdone(turn, right.reply, before, reaction.does, chance)


def thinking(tokens: int) -> str:
    """What a character thinks in so many tokens, in paragraphs.

    >>> thinking(40).splitlines()[2]
    'Step 2: Rows without a value say nothing, so I leave them out.'
    """
    steps, said, size = _cast().steps, list[str](), 0
    while size + CHARACTERS_PER_TOKEN < tokens * CHARACTERS_PER_TOKEN:
        said.append(f"Step {len(said) + 1}: {steps[len(said) % len(steps)]}\n\n")
        size += len(said[-1])
    return "".join(said)


def _pace(role: Character) -> dict[str, float]:
    return {name: value for name in ("chunk", "delay") if (value := getattr(role, name)) is not None}


def heard(request: Request, right: Turn) -> set[Said]:
    """What was said to the model: inside its thinking, or in its last turn."""
    begun = request.begun
    inside = begun.reasoning_content if begun is not None else None
    text = inside[shared(right.reasoning, inside) :] if inside is not None else request.asked[-1]
    return {word for word, pattern in _cast().heard.items() if re.search(pattern, text)}


def _thought(request: Request, right: Turn, share: float) -> str:
    """All thinking of the reply, what was sent along included where it is continued."""
    begun = request.begun
    inside = begun.reasoning_content if begun is not None else None
    if inside is not None:
        at = shared(right.reasoning, inside)
        return right.reasoning[: at + round(share * (len(right.reasoning) - at))]
    open_ = right.reasoning[_noted(request, right) :]
    return open_[: round(share * len(open_))]


def _noted(request: Request, right: Turn) -> int:
    """Where the notes in the request end in the thinking."""
    notes = _NOTES.search(request.asked[-1])
    end = notes[1].strip()[-_KNOWN_BY:] if notes else ""
    at = right.reasoning.find(end) if end else -1
    return at + len(end) if at >= 0 else 0


def _misdone(turn: Turn, reply: Mapping[str, object], before: Turn | None, deed: Deed, chance: _Chance) -> Played:
    if deed == "leaks":
        raw = misdeeds.leaked(reply, _cast().leaks, chance.of("form"))
    elif deed == "panics":
        raw = misdeeds.panicked(reply)
    elif deed == "doubts" and before is not None and before.reply is not None:
        if before.reply["code"] == reply["code"]:
            return Played(turn)  # an update that changes nothing can be taken by nobody
        raw = misdeeds.doubted(reply, before.reply)
    else:
        return Played(turn)
    return Played(turn.model_copy(update={"reply": None, "raw": raw}), deed)


@dataclass(frozen=True, slots=True)
class _Chance:
    """Numbers from 0 to 1 that a request gives, others when it comes again."""

    request: Request
    times: int

    def of(self, what: str) -> float:
        text = "\0".join(
            [what, str(self.times), *(m.text + (m.reasoning_content or "") for m in self.request.messages)]
        )
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
        return int.from_bytes(digest[:6]) / 2**48
