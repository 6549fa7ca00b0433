"""Trying the properties of several procedures one after the other, told case by case, until somebody stops it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from seglam_magics.errors import SeglamError
from seglam_magics.notebook.wording import say
from seglam_magics.proving import Progress, Proving

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from seglam_magics.proving import Outcome
    from seglam_magics.words import Property, Revision

    from .office import Office

    Counted = Callable[[Property, Progress], None]
Tried = list[tuple["Revision", Proving]]


@dataclass(frozen=True, slots=True)
class Stopped:
    """That an interrupt ended it: the error that says so, and how far the property was that had begun, or ""."""

    error: SeglamError
    far: str


def proved(office: Office, chosen: Sequence[Revision], cases: int) -> tuple[Tried, Stopped | None]:
    """What came of each of `chosen`; where an interrupt ended it, of those begun by then.

    Raises
    ------
    SeglamError : as `Proving.run`.
    """
    tried: Tried = []
    for place, revision in enumerate(chosen):
        reached = [Progress(0, cases)]
        counted = _told(office, revision, place, len(chosen), reached)
        proving = Proving(revision, cases, told=_begun(counted, cases), counted=counted)
        tried.append((revision, proving))
        try:
            proving.run()
        except KeyboardInterrupt:
            return tried, _stopped(revision, len(proving.found), reached[-1])
    return tried, None


def _stopped(revision: Revision, done: int, reached: Progress) -> Stopped:
    error = SeglamError("E-TEST-STOPPED", procedure=revision.label, done=done, count=len(revision.properties))
    begun = revision.properties[done : done + 1]  # none where it came behind the last one
    return Stopped(error, "".join(say("test.within", name=one.name, far=far(reached)) for one in begun))


def _told(office: Office, revision: Revision, place: int, many: int, reached: list[Progress]) -> Counted:
    """What takes how far the test of `revision` is, which is at `place` among so many; `reached` has the last of it."""
    names = [one.name for one in revision.properties]

    def counted(one: Property, progress: Progress) -> None:
        number = names.index(one.name)
        reached[:] = [progress]
        facts = {"number": number + 1, "count": len(names), "name": one.name}
        within = 1.0 if progress.done is None else progress.done / max(progress.cases, 1)
        share = (place + (number + within) / len(names)) / many
        office.progress(say("test.at", procedure=revision.label, far=far(progress), **facts), share)

    return counted


def _begun(counted: Counted, cases: int) -> Callable[[Property, Outcome | None], None]:
    """What takes that the test of a property has begun; it may take a while until the first of its cases has held."""

    def told(one: Property, found: Outcome | None) -> None:
        if found is None:
            counted(one, Progress(0, cases))

    return told


def far(progress: Progress) -> str:
    """How far the test of a property is.

    >>> far(Progress(34, 100)), far(Progress(None, 100))
    ('34 of 100 cases', 'a case fails and is made smaller')
    """
    if progress.done is None:
        return say("test.smaller")
    done = say("test.done", done=f"{progress.done:,}", cases=f"{progress.cases:,}")
    return f"{done}, {progress.check}" if progress.check else done
