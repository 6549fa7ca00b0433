"""What a child does to itself before it touches foreign code: the isolation of this tier.

Tier `S1` is limits only: an own session, no inherited descriptors, no writes to files, bounded memory, time and output.
Stronger tiers belong into `enter`, which says what it reached, so nothing else has to know.
"""

from __future__ import annotations

import contextlib
import ctypes
import math
import os
import sys
from dataclasses import dataclass

TIER = "S1"
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_CHILD_SUBREAPER = 1, 4, 36
_SIGKILL = 9


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one job, in bytes and counts; its seconds come with the job.

    Attributes
    ----------
    address : address space; frame libraries reserve far more of it than they use.
    resident : memory in use, watched from outside.
    files : open descriptors.
    output : characters kept of what the job prints.
    """

    address: int = 8 << 30
    resident: int = 4 << 30
    files: int = 64
    output: int = 64 << 10


def enter(seconds: float, limits: Limits) -> str:
    """Restrict this process for good and say which tier was reached."""
    _rlimits(seconds, limits)
    _prctl(_PR_SET_DUMPABLE, 0)
    return TIER


def die_with_parent(parent: int) -> None:
    """Let the system kill this process when `parent`, which started it, ends; ends at once where it is gone already."""
    _prctl(_PR_SET_PDEATHSIG, _SIGKILL)
    if hasattr(os, "getppid") and os.getppid() != parent:
        os._exit(0)


def adopt_orphans() -> None:
    """Make this process the parent of what its children leave behind, so that it can end them."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def offer_to_memory_killer() -> None:
    """When memory runs out the system is to end this process, not the user's kernel."""
    with contextlib.suppress(OSError):
        fd = os.open("/proc/self/oom_score_adj", os.O_WRONLY)
        try:
            os.write(fd, b"1000")
        finally:
            os.close(fd)


def _rlimits(seconds: float, limits: Limits) -> None:
    try:
        import resource
    except ImportError:  # Windows
        return
    # at the soft limit SIGXCPU says why it ends, at the hard one it is killed
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(seconds) + 1, math.ceil(seconds) + 2))
    wanted = {
        resource.RLIMIT_AS: limits.address,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_NOFILE: limits.files,
        resource.RLIMIT_CORE: 0,
    }
    for kind, value in wanted.items():
        # macOS refuses some of them; a lower hard limit that is there already stays
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(kind, (value, value))


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)
