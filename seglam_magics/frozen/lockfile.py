"""`seglam.lock`: for each notebook of a folder, question -> `name@N sha256:…`.

TOML in one spelling: notebooks and questions are sorted, one question a line, so that a lock of the same pins has the
same bytes and two locks differ in the lines of the questions that differ.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import SeglamError
from ..words import Revision

FORMAT = 1
HEAD = "# Which procedure answers which question, see --reuse frozen. Made by `seglam lock`; do not edit.\n"
_LARGEST = 16 << 20
_PIN = re.compile(r"(?P<label>[^\W\d]\w{0,200}@[1-9]\d{0,8}) sha256:(?P<sha256>[0-9a-f]{64})")
_MERGE = re.compile(r"^(<{7}|={7}|>{7}|\|{7})( |$)", re.MULTILINE)
# The marks that differ from process to process are one mark in a lock.
_MARK = re.compile(r"(‹secret:\w+?)_[b-df-hj-np-tv-xz]{6}›")
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}


@dataclass(frozen=True, slots=True)
class Pin:
    """A revision by name and by content; the content decides.

    >>> str(Pin("total@1", "ab" * 32))[:20]
    'total@1 sha256:ababa'
    """

    label: str
    sha256: str

    @classmethod
    def of(cls, revision: Revision) -> Pin:
        """The pin of a revision."""
        return cls(revision.label, revision.proc_id)

    def __str__(self) -> str:
        return f"{self.label} sha256:{self.sha256}"


Pins = Mapping[str, Pin]


@dataclass(frozen=True, slots=True)
class Lock:
    """What a lock file says: notebook -> question -> pin."""

    path: Path
    notebooks: Mapping[str, Pins] = field(default_factory=dict)

    def pin(self, question: str, notebook: str = "") -> Pin | None:
        """The pin of a normalised question, None where it has none.

        Parameters
        ----------
        notebook : name of its file; of a notebook that is not in the lock, and of "", all notebooks are asked.

        Raises
        ------
        SeglamError : E-LOCK-AMBIGUOUS where two notebooks pin the question to two revisions.
        """
        asked = [notebook] if notebook in self.notebooks else list(self.notebooks)
        found = {name: pin for name in asked if (pin := self.notebooks[name].get(key(question))) is not None}
        if len({pin.sha256 for pin in found.values()}) > 1:
            (one, first), (other, second), *_ = found.items()
            raise SeglamError(
                "E-LOCK-AMBIGUOUS", question=question, one=one, first=first.label, other=other, second=second.label
            )
        return next(iter(found.values()), None)

    def with_notebook(self, name: str, pins: Pins) -> Lock:
        """The same lock with these pins for one notebook; a notebook without questions is not in it."""
        others = {other: known for other, known in self.notebooks.items() if other != name}
        return Lock(self.path, {**others, name: pins} if pins else others)


def key(question: str) -> str:
    """A normalised question as it stands in a lock.

    >>> key("rows with ‹secret:github_bcdfgh›")
    'rows with ‹secret:github›'
    """
    return _MARK.sub(r"\1›", question)


def written(lock: Lock) -> str:
    r"""The text of a lock; the same pins are the same text.

    >>> lock = Lock(Path("seglam.lock"), {"a.ipynb": {"how many?": Pin("rows@2", "0f" * 32)}})
    >>> written(lock).splitlines()[3]
    '["a.ipynb"]'
    """
    lines = [HEAD + f"format = {FORMAT}"]
    for notebook, pins in sorted(lock.notebooks.items()):
        lines.append(f"\n[{_quoted(notebook)}]")
        lines += [f"{_quoted(question)} = {_quoted(str(pin))}" for question, pin in sorted(pins.items())]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return '"' + "".join(_ESCAPES.get(c, c if c.isprintable() else f"\\U{ord(c):08X}") for c in text) + '"'


# ---------------------------------------------------------------- reading


def read_lock(path: Path) -> Lock | None:
    """The lock in a file, None where there is no such file.

    Raises
    ------
    SeglamError : E-LOCK-READ for a file that cannot be read, E-LOCK-MERGE for one with merge markers, E-LOCK-NEWER for
        one of a later version of seglam, E-LOCK-FORM for one that is no lock.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SeglamError("E-LOCK-READ", path=path, why=error.strerror or str(error)) from None
    if len(data) > _LARGEST:
        raise SeglamError("E-LOCK-FORM", path=path, why="it is larger than 16 MB")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise SeglamError("E-LOCK-FORM", path=path, why="it is not text in UTF-8") from None
    marker = _MERGE.search(text)
    if marker is not None:
        raise SeglamError("E-LOCK-MERGE", path=path, line=text.count("\n", 0, marker.start()) + 1)
    return _parsed(path, text)


def _parsed(path: Path, text: str) -> Lock:
    try:
        plain = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise SeglamError("E-LOCK-FORM", path=path, why=f"it is not TOML: {error}") from None
    number = plain.pop("format", None)
    if type(number) is not int or number < 1:
        raise SeglamError("E-LOCK-FORM", path=path, why="it does not say its format")
    if number > FORMAT:
        raise SeglamError("E-LOCK-NEWER", path=path, format=number, known=FORMAT)
    return Lock(path, {name: _pins(path, name, pins) for name, pins in plain.items()})


def _pins(path: Path, notebook: str, plain: Any) -> Pins:
    if not isinstance(plain, dict):
        raise SeglamError("E-LOCK-FORM", path=path, why=f"{notebook!r} is not a table of questions")
    return {question: _pin(path, question, pin) for question, pin in plain.items()}


def _pin(path: Path, question: str, plain: Any) -> Pin:
    found = _PIN.fullmatch(plain) if isinstance(plain, str) else None
    if found is None:
        raise SeglamError("E-LOCK-FORM", path=path, why=f"the pin of “{question}” is not name@N sha256:…")
    return Pin(found["label"], found["sha256"])
