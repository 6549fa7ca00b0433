"""What a process can give up on Linux: capabilities, new privileges, being looked into. Elsewhere these do nothing."""

from __future__ import annotations

import contextlib
import ctypes
import os
import struct
import sys
from functools import cache
from typing import Any

_PDEATHSIG, _DUMPABLE, _CHILD_SUBREAPER, _NO_NEW_PRIVS, _CAP_AMBIENT = 1, 4, 36, 38, 47
_AMBIENT_CLEAR_ALL = 4
_CAP_VERSION = 0x20080522
_SIGKILL = 9


@cache
def libc() -> Any:
    """The C library of this process, which keeps `errno`."""
    return ctypes.CDLL(None, use_errno=True)


def checked(result: int, what: str) -> int:
    """`result` of a C function; raises OSError where it is negative."""
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def prctl(option: int, value: int, form: bytes | None = None) -> None:
    """Set a property of this process; raises OSError where the system refuses."""
    # a plain int would be passed as 32 bits, and the kernel wants all 64 of an unused argument to be 0
    none = ctypes.c_ulong(0)
    checked(libc().prctl(option, ctypes.c_ulong(value), ctypes.c_char_p(form), none, none), f"prctl {option}")


def gain_nothing() -> None:
    """No program this process starts, and no filter it sets, can ever give it more than it has."""
    if sys.platform == "linux":
        prctl(_NO_NEW_PRIVS, 1)


def drop_capabilities() -> None:
    """Give up what makes root more than a user: passing over permissions, tracing, mounting, configuring."""
    if sys.platform != "linux":
        return
    with contextlib.suppress(OSError):  # kernels without ambient capabilities have none to clear
        prctl(_CAP_AMBIENT, _AMBIENT_CLEAR_ALL)
    header, none = struct.pack("=Ii", _CAP_VERSION, 0), bytes(24)
    checked(libc().capset(ctypes.c_char_p(header), ctypes.c_char_p(none)), "capset")


def hide() -> None:
    """Let no process of this user look into this one: no trace, no core dump, no memory or environment under /proc."""
    if sys.platform == "linux":
        prctl(_DUMPABLE, 0)


def die_with_parent(parent: int) -> None:
    """Let the system kill this process when `parent`, which started it, ends; ends at once where it is gone already."""
    if sys.platform == "linux":
        prctl(_PDEATHSIG, _SIGKILL)
    if hasattr(os, "getppid") and os.getppid() != parent:
        os._exit(0)


def adopt_orphans() -> None:
    """Make this process the parent of what its children leave behind, so that it can end them."""
    if sys.platform == "linux":
        prctl(_CHILD_SUBREAPER, 1)


def offer_to_memory_killer() -> None:
    """When memory runs out the system is to end this process and its children, not the user's kernel."""
    with contextlib.suppress(OSError):
        fd = os.open("/proc/self/oom_score_adj", os.O_WRONLY)
        try:
            os.write(fd, b"1000")
        finally:
            os.close(fd)
