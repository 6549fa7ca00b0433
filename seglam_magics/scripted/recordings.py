"""Recorded replies: files of a folder, checked when they are loaded, found by the question they answer."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from seglam_magics.errors import SeglamError

from .characters import Character, character

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SHIPPED = Path(__file__).parent / "recordings"
SETTINGS = "set.toml"


class Usage(BaseModel):
    """Tokens a reply is said to have used, and how many of the prompt came from a cache."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    prompt_tokens: int = Field(ge=0)
    completion_tokens: int = Field(ge=0)
    cached_tokens: int | None = Field(default=None, ge=0)


class Turn(BaseModel):
    """One reply of the scripted model.

    Attributes
    ----------
    reasoning : streamed before the reply, as `reasoning_content`.
    reply : sent as JSON text; or `raw`: sent as it is, `repeat` times; or `error`: sent as the body of `status`, an
        object as OpenAI's `{"error": …}`, a text as an HTML page.
    usage : tokens to report; without it four characters count as one.
    chunk : characters per streamed chunk; `delay` seconds between two chunks.
    truncate_after : characters of text after which the reply ends with `finish_reason` `length`.
    stall_after, disconnect_after : chunks after which nothing more comes, or the connection is cut.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    reasoning: str = ""
    reply: dict[str, Any] | None = None
    raw: str | None = None
    repeat: int = Field(default=1, ge=1)
    usage: Usage | None = None
    chunk: int = Field(default=40, ge=1)
    delay: float = Field(default=0.0, ge=0.0, le=60.0)
    status: int = Field(default=200, ge=200, le=599)
    error: dict[str, Any] | str | None = None
    truncate_after: int | None = Field(default=None, ge=0)
    stall_after: int | None = Field(default=None, ge=0)
    disconnect_after: int | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _says_one_thing(self) -> Turn:
        if sum(said is not None for said in (self.reply, self.raw, self.error)) != 1:
            raise ValueError("give exactly one of reply, raw and error")
        if (self.error is not None) != (self.status >= 400):  # noqa: PLR2004 - the border of HTTP itself
            raise ValueError("an error needs a status of 400 or more, and such a status an error")
        return self

    @property
    def whole(self) -> str:
        """The text of the reply before it is truncated."""
        return self.raw * self.repeat if self.raw is not None else json.dumps(self.reply, ensure_ascii=False)

    @property
    def text(self) -> str:
        """The text of the reply as it is sent."""
        return self.whole if self.truncate_after is None else self.whole[: self.truncate_after]


class Recording(Turn):
    """A question, the reply to it, and the replies to its repair turns in `then` (the last one repeats)."""

    question: str = Field(min_length=1)
    then: tuple[Turn, ...] = ()

    def turn(self, number: int) -> Turn:
        """The reply to turn `number`, counted from 0."""
        turns = (self, *self.then)
        return turns[min(number, len(turns) - 1)]


@dataclass(frozen=True, slots=True)
class RecordingSet:
    """The recordings of one folder.

    Attributes
    ----------
    by_question : folded question -> (name of its file, recording), the longest question first.
    key : the API key that the set demands, None for none.
    continues : what it can go on with: 1 nothing, 2 an answer, 3 a thought. Who asks for more is refused.
    character : how it goes on when something is said to it; None replies what is recorded.
    """

    name: str
    by_question: Mapping[str, tuple[str, Recording]] = field(default_factory=dict)
    key: str | None = None
    continues: int = 1
    character: Character | None = None


# What a set says that is only asked whether it can go on with what was begun.
PROBED = Turn(raw=" three, four, five.", reasoning=" three, four, five.", chunk=8)


def fold(text: str) -> str:
    """Text with every stretch of white space made one blank.

    >>> fold("How many    rows?")
    'How many rows?'
    """
    return " ".join(text.split())


def find_folder(name: str) -> Path:
    """The folder of a set: one that ships with seglam, or the path of another one.

    Raises
    ------
    SeglamError
        E-MODEL-UNKNOWN when there is none.
    """
    shipped = sorted(p.name for p in SHIPPED.iterdir() if p.is_dir())
    folder = SHIPPED / name if name in shipped else Path(name)
    if not name or not folder.is_dir():
        raise SeglamError(
            "E-MODEL-UNKNOWN", model=f"scripted/{name}", why=f"recordings exist for: {', '.join(shipped)}"
        )
    return folder.resolve()


def load_set(folder: Path) -> RecordingSet:
    """Read and check every recording of a folder.

    Raises
    ------
    SeglamError
        E-SCRIPTED-RECORDING, naming the file and the field.
    """
    found: dict[str, tuple[str, Recording]] = {}
    for path in sorted(folder.glob("*.json")):
        recording = _load(path)
        question = fold(recording.question)
        if question in found:
            raise _unusable(path, "question", f"{found[question][0]}.json answers the same one")
        found[question] = (path.stem, recording)
    longest_first = dict(sorted(found.items(), key=lambda item: -len(item[0])))
    settings = _settings(folder)
    role = None if settings.character is None else character(settings.character)
    return RecordingSet(folder.name, longest_first, settings.key, settings.continues, role)


def find(recordings: RecordingSet, messages: Iterable[str]) -> tuple[str, Recording] | None:
    """The recording that answers: the longest question found in the newest user message that holds one.

    A question must fill its lines: the recorded one with three more words is another one, and no recording answers it.
    """
    for message in reversed(list(messages)):
        for question, found in recordings.by_question.items():
            if _pattern(question).search(message):
                return found
    return None


def without_update(recordings: RecordingSet, recording: Recording) -> Recording | None:
    """The recording of the same question before something was added to it; None where nothing was."""
    asked = fold(recording.question)
    shorter = (found for question, (_, found) in recordings.by_question.items() if asked.startswith(f"{question} "))
    return next(shorter, None)


@lru_cache(maxsize=256)
def _pattern(question: str) -> re.Pattern[str]:
    spaced = r"\s+".join(map(re.escape, question.split()))
    return re.compile(rf"^[^\S\n]*{spaced}[^\S\n]*$", re.MULTILINE)


def _load(path: Path) -> Recording:
    try:
        return Recording.model_validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        raise _unusable(path, ".".join(map(str, first["loc"])) or "the whole", first["msg"]) from None


class Settings(BaseModel):
    """What `set.toml` may say, see `RecordingSet`."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    key: str | None = None
    continues: int = Field(default=1, ge=1, le=3)
    character: str | None = None


def _settings(folder: Path) -> Settings:
    path = folder / SETTINGS
    if not path.exists():
        return Settings()
    try:
        return Settings.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        first = error.errors()[0]
        raise _unusable(path, ".".join(map(str, first["loc"])), first["msg"]) from None
    except ValueError as error:
        raise _unusable(path, "the whole", f"not TOML: {error}") from None


def _unusable(path: Path, where: str, why: str) -> SeglamError:
    return SeglamError("E-SCRIPTED-RECORDING", file=path.name, field=where, why=why)
