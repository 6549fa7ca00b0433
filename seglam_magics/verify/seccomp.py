"""seccomp: the system calls a process may make, checked by the kernel with a program it is given once.

A closed list (`syscalls.toml`), not one of what is forbidden: it was read off what Python, polars, narwhals and
Hypothesis do under a tracer, with the families those calls belong to. So io_uring, ptrace, pidfd, bpf, keys, sockets,
exec, mounts, namespaces, shared memory, and whatever the next kernel brings, need no line. Files are opened to read or
not at all; `clone` makes threads only; signals reach this process alone, also those a pipe would send to its owner.
"""

from __future__ import annotations

import ctypes
import platform
import struct
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from .privileges import prctl

_SET_SECCOMP, _FILTER = 22, 2
_LOAD, _EQUAL, _ABOVE, _NOT_BELOW, _ANY_BIT, _RETURN = 0x20, 0x15, 0x25, 0x35, 0x45, 0x06
_NUMBER, _MACHINE, _ARGUMENTS = 0, 4, 16  # offsets in what the program looks at
_ALLOW, _ERROR, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_EPERM, _EACCES, _ENOSYS = 1, 13, 38
_WRITING = 0o1 | 0o2 | 0o100 | 0o1000  # O_WRONLY, O_RDWR, O_CREAT, O_TRUNC
_THREAD = 0x00010000  # CLONE_THREAD
_NAMESPACES = 0x7E020000  # every CLONE_NEW…

_FORM = struct.Struct("=HBBI")
_OWN = -1  # stands for the number of the process

Instruction = tuple[int, int, int, int]  # operation, skip if true, skip if false, operand


@dataclass(frozen=True, slots=True)
class Machine:
    """The numbers of one architecture; `foreign` is where numbers of another ABI begin, 0 where there is none."""

    audit: int
    foreign: int
    newest: int
    numbers: dict[str, int]


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(resources.files(__package__).joinpath("syscalls.toml").read_text(encoding="utf-8"))


def machine(name: str) -> Machine:
    """The numbers of architecture `name`; raises OSError where there are none.

    >>> machine("x86_64").numbers["read"], machine("aarch64").numbers["read"]
    (0, 63)
    """
    try:
        known = _data()["machine"][name]
    except KeyError:
        raise OSError(_ENOSYS, f"seccomp: no table of system calls for {name}") from None
    return Machine(known["audit"], known.get("foreign", 0), known["newest"], known["numbers"])


def program(pid: int, *, reading: bool, hearing: bool = False, name: str = "") -> list[Instruction]:
    """The filter for the process `pid`.

    Parameters
    ----------
    reading : whether files may be opened to read; otherwise none can be opened at all.
    hearing : whether messages of sockets that are open already may be received.
    name : architecture, this machine's if empty.
    """
    # made once before forking: only its own number is new to a child
    return [(*one[:3], pid) if one[3] == _OWN else one for one in _template(name, reading=reading, hearing=hearing)]


@cache
def _template(name: str, *, reading: bool, hearing: bool) -> tuple[Instruction, ...]:
    known = machine(name or platform.machine())
    found = [(_LOAD, 0, 0, _MACHINE), (_EQUAL, 1, 0, known.audit), _back(_KILL), (_LOAD, 0, 0, _NUMBER)]
    if known.foreign:
        found += [(_NOT_BELOW, 0, 1, known.foreign), _refuse(_EPERM)]
    found += [(_ABOVE, 0, 1, known.newest), _refuse(_ENOSYS)]
    for call in _data()["absent"].split():
        found += _when(known, call, [_refuse(_ENOSYS)])
    for call, block in _rules(reading=reading).items():
        found += _when(known, call, block)
    free = [*_data()["free"].split(), *(_data()["hearing"].split() if hearing else ())]
    for first, last in _runs(known.numbers[call] for call in free if call in known.numbers):
        if first == last:
            found += [(_EQUAL, 0, 1, first), _back(_ALLOW)]
        else:
            found += [(_NOT_BELOW, 0, 2, first), (_ABOVE, 1, 0, last), _back(_ALLOW)]
    return (*found, _refuse(_EPERM))


def _runs(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Numbers that follow each other, as first and last."""
    runs: list[tuple[int, int]] = []
    for number in sorted(numbers):
        follows = runs and runs[-1][1] == number - 1
        runs[-1:] = [(runs[-1][0], number)] if follows else [*runs[-1:], (number, number)]
    return runs


def install(filtering: Sequence[Instruction]) -> None:
    """Hold this process, which has a single thread, to a program for good; it must have given up new privileges.

    Raises
    ------
    OSError : this kernel has no seccomp filters, or they are not for this process or architecture.
    """
    code = b"".join(_FORM.pack(*instruction) for instruction in filtering)
    held = ctypes.create_string_buffer(code, len(code))
    form = struct.pack("@HP", len(code) // 8, ctypes.addressof(held))
    prctl(_SET_SECCOMP, _FILTER, form)


def _rules(*, reading: bool) -> dict[str, list[Instruction]]:
    opening = {"open": 1, "openat": 2}
    found = {
        call: [*_load(at), *_if_any(_WRITING, _EACCES), _back(_ALLOW)] if reading else [_refuse(_EACCES)]
        for call, at in opening.items()
    }
    found["clone"] = [*_load(0), *_if_any(_NAMESPACES, _EPERM), (_ANY_BIT, 0, 1, _THREAD), _back(_ALLOW)]
    found |= {call: [*_load(0), *_one_of([_OWN])] for call in ("kill", "tgkill")}
    asking = [*_load(2), (_EQUAL, 0, 3, 0), (_LOAD, 0, 0, _ARGUMENTS + 20), (_EQUAL, 0, 1, 0), _back(_ALLOW)]
    found["prlimit64"] = [*_load(0), (_EQUAL, 2, 0, 0), (_EQUAL, 1, 0, _OWN), _refuse(_EPERM), *asking]
    found |= {call: [*_load(rule["argument"]), *_one_of(rule["values"])] for call, rule in _data()["values"].items()}
    return found


def _when(known: Machine, call: str, block: Sequence[Instruction]) -> list[Instruction]:
    """`block` for one call, which nothing after it looks at again; nothing where the architecture lacks the call."""
    number = known.numbers.get(call)
    if number is None:
        return []
    closed = [*block, _refuse(_EPERM)]
    return [(_EQUAL, 0, len(closed), number), *closed]


def _load(argument: int) -> list[Instruction]:
    # the lower half; both architectures are little-endian, and the kernel takes these arguments as 32 bits
    return [(_LOAD, 0, 0, _ARGUMENTS + 8 * argument)]


def _one_of(values: Sequence[int]) -> list[Instruction]:
    return [part for value in values for part in ((_EQUAL, 0, 1, value), _back(_ALLOW))]


def _if_any(bits: int, error: int) -> list[Instruction]:
    return [(_ANY_BIT, 0, 1, bits), _refuse(error)]


def _back(action: int) -> Instruction:
    return (_RETURN, 0, 0, action)


def _refuse(error: int) -> Instruction:
    return _back(_ERROR | error)
