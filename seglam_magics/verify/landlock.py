"""Landlock: a process may read in the folders named, and touch no other file, ever again.

What a kernel knows of it grew with its versions; all that this one knows is refused but reading: also TCP, signals and
abstract sockets outside of this process. It says nothing about asking (`stat`) and about changing modes, owners and
times; those are the business of `seccomp`.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import struct
from collections.abc import Sequence
from pathlib import Path

from .privileges import checked, libc

# One table for every architecture since 5.0, when system calls began to be numbered alike.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION, _PATH_BENEATH = 1, 1
_READ_FILE, _READ_DIR = 1 << 2, 1 << 3
# version -> bits it added to the rights on files, on TCP, and to the scopes
_FILES = {1: (1 << 13) - 1, 2: 1 << 13, 3: 1 << 14, 5: 1 << 15}
_TCP, _SCOPES = 4, 6


def version() -> int:
    """The version of Landlock this kernel offers; raises OSError where it offers none."""
    return checked(_call(_CREATE_RULESET, None, 0, _VERSION), "Landlock")


def ruleset(readable: Sequence[str]) -> int:
    """A descriptor of the rules that let a process read files and folders in `readable` and nothing else.

    Raises
    ------
    OSError : this kernel has no Landlock, or it is not switched on.
    """
    known = version()
    files = sum(bits for since, bits in _FILES.items() if known >= since)
    form = struct.pack("=QQQ", files, 3 * (known >= _TCP), 3 * (known >= _SCOPES))
    size = 24 if known >= _SCOPES else 16 if known >= _TCP else 8
    rules = checked(_call(_CREATE_RULESET, form, size, 0), "Landlock")
    for path in readable:
        with contextlib.suppress(FileNotFoundError):
            _allow(rules, path)
    return rules


def enforce(rules: int) -> None:
    """Hold this process to `rules` for good, and what it starts; it must have given up new privileges."""
    checked(_call(_RESTRICT_SELF, rules, 0), "Landlock")


def _allow(rules: int, path: str) -> None:
    fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        rights = _READ_FILE | _READ_DIR if Path(path).is_dir() else _READ_FILE
        checked(_call(_ADD_RULE, rules, _PATH_BENEATH, struct.pack("=Qi", rights, fd), 0), f"Landlock {path}")
    finally:
        os.close(fd)


def _call(number: int, *arguments: int | bytes | None) -> int:
    # a plain int would be passed as 32 bits, and the rest of its register is anything
    given = [ctypes.c_long(a) if isinstance(a, int) else ctypes.c_char_p(a) for a in arguments]
    result: int = libc().syscall(ctypes.c_long(number), *given)
    return result
