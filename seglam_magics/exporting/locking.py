"""Pinning what answered the questions of a notebook, in the lock beside it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ..errors import SeglamError
from ..frozen.lockfile import Lock, Pin, key, read_lock, written
from ..frozen.places import LOCK_NAME
from .executing import Ran
from .files import replace_text


def lock_of(notebook: Path) -> Path:
    """The lock beside a notebook.

    >>> lock_of(Path("work/a.ipynb")).as_posix()
    'work/seglam.lock'
    """
    return notebook.parent / LOCK_NAME


def pins_of(ran: Ran) -> dict[str, Pin]:
    """Question -> pin of what answered it.

    Raises
    ------
    SeglamError : E-LOCK-TWO where two revisions answered the same question.
    """
    pins: dict[str, tuple[Pin, int]] = {}
    for index, records in sorted(ran.records.items()):
        for record in records:
            if record.revision is None:
                continue
            pin, question = Pin.of(record.revision), key(record.question)
            known, cell = pins.setdefault(question, (pin, index + 1))
            if known.sha256 != pin.sha256:
                raise SeglamError(
                    "E-LOCK-TWO", question=question, first=known.label, one=cell, second=pin.label, other=index + 1
                )
    return {question: pin for question, (pin, _) in pins.items()}


def write_lock(notebook: Path, pins: dict[str, Pin]) -> bool:
    """Pin a notebook in the lock beside it; whether the file has changed. Other notebooks keep their pins.

    Raises
    ------
    SeglamError : E-LOCK-* for a lock that cannot be read, E-LOCK-WRITE.
    """
    path = lock_of(notebook)
    lock = replace(read_lock(path) or Lock(path), path=path).with_notebook(notebook.name, pins)
    text = written(lock)
    try:
        if path.exists() and path.read_text(encoding="utf-8") == text:
            return False
        replace_text(path, text)
    except OSError as error:
        raise SeglamError("E-LOCK-WRITE", path=path, why=error.strerror or str(error)) from None
    return True
