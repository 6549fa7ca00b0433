"""Telling thinking from answer in a stream that marks the one inside the other.

Marks count only before the answer begins: once it has begun, a mark in it is text of the answer (or a leak, which is a
finding of its own), and a procedure whose code holds such a mark is read as it is.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal


@dataclass(frozen=True, slots=True)
class Mark:
    """A pair of texts around thinking, or around the answer where `wrap`."""

    open: str
    close: str
    wrap: bool = False


@dataclass(frozen=True, slots=True)
class Piece:
    """What a part of a stream adds. `moved`: what was taken for the answer so far was thinking."""

    thinking: str = ""
    answer: str = ""
    moved: bool = False


@cache
def marks() -> tuple[Mark, ...]:
    """All pairs, the longest opening first."""
    text = resources.files(__package__).joinpath("formats.toml").read_text(encoding="utf-8")
    told = tomllib.loads(text)
    pairs = [Mark(p["open"], p["close"], kind == "wrap") for kind in ("thinking", "wrap") for p in told[kind]]
    return tuple(sorted(pairs, key=lambda mark: -len(mark.open)))


class Splitter:
    """Splits one reply; feed it the content as it comes, in pieces of any size.

    >>> splitter = Splitter()
    >>> [splitter.feed("<thin"), splitter.feed("k>So 4.</think> {}")][1]
    Piece(thinking='So 4.', answer='{}', moved=False)
    """

    def __init__(self) -> None:
        self._where: Literal["before", "thinking", "answer"] = "before"
        self._mark: Mark | None = None
        self._held = ""  # what may be the beginning of a mark
        self._answer = ""  # as long as it may turn out to be thinking

    def feed(self, text: str) -> Piece:
        """What `text` adds; what may be the beginning of a mark is held back."""
        return self._read(text, last=False)

    def end(self) -> Piece:
        """What was held back; the reply has ended."""
        return self._read("", last=True)

    def _read(self, text: str, *, last: bool) -> Piece:
        self._held += text
        thinking, answer, moved = "", "", False
        while True:
            where, held = self._where, self._held
            if where == "before":
                found = self._opened(last=last)
            elif where == "thinking":
                thinking += self._thought(last=last)
                found = self._where != where
            else:
                more, back = self._answered(last=last)
                moved, found = moved or back, back
                thinking, answer = (thinking + answer + more, "") if back else (thinking, answer + more)
            if not found or (self._where, self._held) == (where, held):
                return Piece(thinking, answer, moved)

    def _opened(self, *, last: bool) -> bool:
        """Whether the reply has gone on from before thinking and answer to one of them."""
        stripped = self._held.lstrip()
        for mark in marks():
            if stripped.startswith(mark.open):
                self._held = stripped.removeprefix(mark.open)
                self._mark, self._where = mark, "answer" if mark.wrap else "thinking"
                return True
        if not stripped or (not last and any(mark.open.startswith(stripped) for mark in marks())):
            self._held = "" if last else self._held
            return False
        self._held, self._mark, self._where = stripped, None, "answer"
        return True

    def _thought(self, *, last: bool) -> str:
        assert self._mark is not None
        before, closed, after = self._held.partition(self._mark.close)
        if closed:
            self._held, self._where, self._mark = after, "before", None
            return before
        return self._released(before, [self._mark.close], last=last)

    def _answered(self, *, last: bool) -> tuple[str, bool]:
        """Text of the answer; or text and True where a closing mark alone shows that all of it was thinking."""
        if self._mark is not None:
            before, closed, _ = self._held.partition(self._mark.close)
            if closed:
                self._held = ""
                return before, False
            return self._released(before, [self._mark.close], last=last), False
        closes = [mark.close for mark in marks() if not mark.wrap] if self._open_to_doubt() else []
        for close in closes:
            before, closed, after = self._held.partition(close)
            if closed:
                self._held, self._where, self._answer = after, "before", ""
                return before, True
        return self._kept(self._released(self._held, closes, last=last)), False

    def _open_to_doubt(self) -> bool:
        """Whether a lone closing mark may follow: chat templates open the thinking themselves; JSON is the answer."""
        return not (self._answer + self._held).lstrip("` \n").startswith(("{", "json"))

    def _kept(self, text: str) -> str:
        if len(self._answer) < 40:  # noqa: PLR2004 - only how it begins is looked at
            self._answer += text[:40]
        return text

    def _released(self, text: str, closes: list[str], *, last: bool) -> str:
        """The part of `text` that cannot be the beginning of one of `closes`; the rest stays held."""
        keep = 0 if last else max((_overlap(text, close) for close in closes), default=0)
        self._held = text[len(text) - keep :] if keep else ""
        return text[: len(text) - keep] if keep else text


def _overlap(text: str, mark: str) -> int:
    """How many characters at the end of `text` are the beginning of `mark`."""
    return next((n for n in range(min(len(text), len(mark) - 1), 0, -1) if text.endswith(mark[:n])), 0)
