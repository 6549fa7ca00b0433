"""What a child does to itself before it touches foreign code, in three tiers.

`S3`: Landlock and seccomp. No network, no program, no process, no file but Python's own to read, no signal to others.
`S2`: seccomp alone, on kernels without Landlock. The same, and no file can be opened at all, so what a job needs must
have been imported before: time zones of the standard library are not there, those of polars are.
`S1`: limits only: an own session, an empty environment, no inherited descriptors, no file that grows, bounded memory,
time, descriptors and output. The process could read and delete what its user can, and use the network.

In all of them root loses its capabilities on Linux, and files can still be asked about (`stat`: that they are there,
their size). `enter` reaches the tier it is told or fails, so a tier that is claimed was reached.
"""

from __future__ import annotations

import contextlib
import importlib
import math
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from . import landlock, privileges, seccomp

Isolation = Literal["S1", "S2", "S3"]
TIERS: tuple[Isolation, ...] = ("S3", "S2", "S1")  # the strongest first
_PACKAGES = {"site-packages", "dist-packages"}


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one job, in bytes and counts; its seconds come with the job.

    Attributes
    ----------
    address : address space; frame libraries reserve far more of it than they use.
    resident : memory in use by all its processes, watched from outside.
    files : open descriptors.
    output : characters kept of what the job prints.
    """

    address: int = 8 << 30
    resident: int = 4 << 30
    files: int = 64
    output: int = 64 << 10


def enter(tier: Isolation, seconds: float, limits: Limits, *, hearing: bool = False) -> None:
    """Restrict this process, which has a single thread, for good.

    Parameters
    ----------
    hearing : whether it may be handed descriptors over a socket that it has; only where nothing foreign will run.

    Raises
    ------
    OSError : this system does not offer `tier`; nothing foreign may run in this process.
    """
    _rlimits(seconds, limits)
    if sys.platform != "linux":
        if tier != "S1":
            raise OSError("this system has neither Landlock nor seccomp")
        return
    privileges.gain_nothing()
    if tier == "S3":
        landlock.enforce(rules())
        os.close(rules())
    privileges.drop_capabilities()
    privileges.hide()
    if tier != "S1":
        seccomp.install(seccomp.program(os.getpid(), reading=tier == "S3", hearing=hearing))


@cache
def rules() -> int:
    """A descriptor of what may be read, made once before children are forked; raises OSError without Landlock."""
    return landlock.ruleset(readable())


@cache
def readable() -> tuple[str, ...]:
    """What a child may read where it may read at all: the standard library, installed packages, time zones.

    Of folders that hold other things as well, such as the project an editable install points to, only the packages that
    have been imported from them.
    """
    places = {Path(place) for place in _places() if Path(place).exists()}
    return tuple(sorted(str(place) for place in places if places.isdisjoint(place.parents)))


def prepare() -> None:
    """Look up once, before children are forked, what each of them needs; after everything has been imported."""
    with contextlib.suppress(ImportError):
        importlib.import_module("resource")
    with contextlib.suppress(OSError):  # no Landlock: the tier will not be reached
        rules()
    with contextlib.suppress(OSError):  # no table for this architecture: nor will this one
        for reading in (True, False):
            seccomp.program(os.getpid(), reading=reading)
            seccomp.program(os.getpid(), reading=reading, hearing=True)


def _places() -> Iterator[str]:
    import sysconfig
    import zoneinfo

    paths = sysconfig.get_paths()
    yield from (paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib"))
    yield from (place for place in sys.path if Path(place).name in _PACKAGES or place.endswith(".zip"))
    yield from zoneinfo.TZPATH
    for name, module in list(sys.modules.items()):
        if "." not in name and getattr(module, "__path__", None) and getattr(module, "__file__", None):
            yield str(Path(str(module.__file__)).parent)


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
