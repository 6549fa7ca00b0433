"""The indexes of a large store as a file beside it, so that the next kernel need not read every record again.

Derived data and nothing more: it is used only where it was made of these very records by this very version, and thrown
away where anything does not fit. Plain JSON lines: the first has the check sum of all others, the last says where the
tables begin, and an entry of a table is read when it is first asked for.
"""

from __future__ import annotations

import json
import os
import secrets
import stat
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

FILE = "matching.index"
_MAGIC = b"seglam index 1 "
_FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_WRITING = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
_ROOMS = ("cache", "procedure", "question")  # what filing depends on
_READ = (".py", ".toml", ".txt")
_STALE = 3_600  # seconds after which the rest of a write that was killed is removed
_BREATH = 200  # lines between two looks whether to go on
_UNFIT = (AttributeError, IndexError, KeyError, RecursionError, TypeError, ValueError)
_compact = json.JSONEncoder(separators=(",", ":")).encode


@cache
def reader() -> str:
    """What files revisions here: the sum of the rooms it depends on, and the Python that folds letters.

    Raises
    ------
    OSError : the rooms are no files that can be read.
    """
    told = sha256(repr(sys.version_info[:2]).encode())
    for room in _ROOMS:
        folder = Path(__file__).parent.parent / room
        for path in sorted(p for p in (*folder.iterdir(), *folder.glob("data/*")) if p.suffix in _READ):
            told.update(path.name.encode() + path.read_bytes())
    return told.hexdigest()[:32]


class Lines:
    """A file of tables, all of it in memory as the bytes it was read as.

    Raises
    ------
    ValueError : it is no such file, it is damaged, or another reader made it.

    >>> writing = Writing()
    >>> writing.table("words", {"mean": writing.line([0, 2])})
    >>> lines = Lines(writing.closed({"names": ["a", "b", "c"]}), reader())
    >>> lines.head["names"], lines.at(lines.table("words")["mean"])
    (['a', 'b', 'c'], [0, 2])
    """

    def __init__(self, data: bytes, made_by: str) -> None:
        begin = data.find(b"\n") + 1
        if data[:begin] != _opening(memoryview(data)[begin:]):
            raise ValueError("no index, or a damaged one")
        self._data = data
        self.head: dict[str, Any] = self.at(data.rindex(b"\n", 0, -1) + 1)
        if self.head["reader"] != made_by:
            raise ValueError("the index of another version")

    def at(self, offset: int) -> Any:
        """What the line at this byte says."""
        return json.loads(self._data[offset : self._data.index(b"\n", offset)])

    def table(self, name: str) -> dict[str, int]:
        """Where the entries of a table lie, by their keys."""
        found = self.at(self.head["tables"][name])
        if not isinstance(found, dict):
            raise TypeError(name)
        return found


class Writing:
    """Lines to be written, and where they will lie.

    Parameters
    ----------
    numbers : name of each revision -> its place among all.
    stop : asked now and then whether to give up; may wait a moment, so that others get on.
    """

    def __init__(self, numbers: Mapping[str, int] | None = None, stop: Callable[[], bool] | None = None) -> None:
        self._numbers = numbers or {}
        self._stop = stop
        self._lines: list[bytes] = []
        self._size = len(_opening(b""))
        self._tables: dict[str, int] = {}

    def line(self, value: Any) -> int:
        """Add a line; the byte at which it begins.

        Raises
        ------
        InterruptedError : it shall not go on.
        """
        if self._stop is not None and not len(self._lines) % _BREATH and self._stop():
            raise InterruptedError
        offset, text = self._size, _compact(value).encode()
        self._lines.append(text)
        self._size += len(text) + 1
        return offset

    def numbers(self, names: Iterable[str]) -> list[int]:
        """The places of these revisions."""
        return [self._numbers[name] for name in names]

    def listed(self, names: Iterable[str]) -> int:
        """Add a line of these revisions."""
        return self.line(self.numbers(names))

    def table(self, name: str, entries: Mapping[str, int]) -> None:
        """Add a table: where its entries lie, by their keys."""
        self._tables[name] = self.line(entries)

    def closed(self, head: Mapping[str, Any]) -> bytes:
        """The whole file."""
        self.line({**head, "tables": self._tables, "reader": reader()})
        body = b"\n".join(self._lines) + b"\n"
        return _opening(body) + body


def _opening(body: bytes | memoryview) -> bytes:
    return _MAGIC + sha256(body).hexdigest().encode() + b"\n"


class Tables:
    """The tables of a file as far as they still hold.

    Parameters
    ----------
    names : of the revisions by their numbers.
    gone : numbers of those that were revised, reworded or taken out since; nothing here speaks of them.

    Attributes
    ----------
    unfit : whether something was read that does not fit: nothing that was found by it can be relied on.
    """

    def __init__(self, lines: Lines, names: list[str], gone: frozenset[int]) -> None:
        self._lines, self._names, self._gone = lines, names, gone
        self._found: dict[str, dict[str, int]] = {}
        self.unfit = False

    def __len__(self) -> int:
        return len(self._names) - len(self._gone)

    @property
    def size(self) -> int:
        """How many numbers are taken."""
        return len(self._names)

    def keys(self, table: str) -> Iterable[str]:
        """Its keys."""
        if table not in self._found:
            try:
                self._found[table] = self._lines.table(table)
            except _UNFIT:
                self.unfit = True
                self._found[table] = {}
        return self._found[table]

    def entry(self, table: str, key: str, made: Callable[[Any], Any]) -> Any:
        """What `made` makes of an entry; None where there is none, or it is none that it can be made of."""
        self.keys(table)
        offset = self._found[table].get(key)
        return None if offset is None else self.line(offset, made)

    def line(self, offset: int, made: Callable[[Any], Any]) -> Any:
        """What `made` makes of the line at this byte, None where it cannot be made of it."""
        try:
            return made(self._lines.at(offset))
        except _UNFIT:
            self.unfit = True
            return None

    def living(self, numbers: Iterable[int]) -> list[int]:
        """Those of them that still hold."""
        gone, names = self._gone, self._names
        found = [n for n in numbers if n not in gone] if gone else list(numbers)
        if found and not 0 <= min(found) <= max(found) < len(names):
            raise ValueError("a number of nothing")
        return found

    def name(self, number: int) -> str | None:
        """The name of a number, None where it does not hold any more."""
        living = self.living((number,))
        return self._names[number] if living else None

    def names_of(self, numbers: Iterable[int]) -> list[str]:
        """The names of those of them that still hold."""
        names = self._names
        return [names[n] for n in self.living(numbers)]

    def numbers(self, table: str, key: str) -> list[int]:
        """The numbers that an entry lists, as far as they hold."""
        return self.entry(table, key, self.living) or []

    def names(self, table: str, key: str) -> list[str]:
        """The names of the same."""
        return self.entry(table, key, self.names_of) or []


def read_kept(folder: Path | None) -> Lines | None:
    """The index kept in the folder of a store; None where there is none that this version can use."""
    if folder is None:
        return None
    with suppress(OSError, *_UNFIT):
        handle = os.open(folder / FILE, _FLAGS)
        with os.fdopen(handle, "rb") as file:
            return Lines(file.read(), reader()) if stat.S_ISREG(os.fstat(handle).st_mode) else None
    return None


def write_kept(folder: Path, data: bytes) -> None:
    """Put the index in its place, whole or not at all.

    Raises
    ------
    OSError : it cannot be written; nothing has changed.
    """
    for rest in folder.glob(f"{FILE}.*"):
        with suppress(OSError):
            if rest.stat().st_mtime < time.time() - _STALE:
                rest.unlink()
    part = folder / f"{FILE}.{secrets.token_hex(4)}"
    try:
        with os.fdopen(os.open(part, _WRITING, 0o600), "wb") as file:
            file.write(data)
        part.replace(folder / FILE)
    except OSError:
        with suppress(OSError):
            part.unlink()
        raise
