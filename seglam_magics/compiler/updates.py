"""The updates of one run: what stood before them, what was asserted with them, and whether they were taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..thinking.detectors import Flag, self_doubt
from ..thinking.run import Said
from ..words import Revision
from .course import Course, Known
from .reply import Reply
from .request import Task
from .taking import Judging, found_out, kept, source_only

if TYPE_CHECKING:
    from ..thinking.driving import Driver
    from ..verify import Executor

UNTOLD = "whether the update was taken could not be checked: there is nothing from before it to compare with"
NOTHING = "the update changes nothing: old and new give the same results"


class Updates:
    """What is known of the updates of one run.

    Attributes
    ----------
    told : what the user should know of how they were taken.
    answers : those of them that answer what the model asked: no interrupts, and in words of the model.
    """

    def __init__(self, driver: Driver, course: Course) -> None:
        self._driver, self._course = driver, course
        self._before: Known | None = None
        self._repeated = False
        self.told: list[str] = []
        self.answers: set[str] = set()

    @property
    def checks(self) -> tuple[str, ...]:
        """What was asserted with the updates that were delivered."""
        return tuple(dict.fromkeys(said.check for said in self._delivered if said.check))

    @property
    def _delivered(self) -> list[Said]:
        return [said for said in self._driver.run.said if said.op == "update" and said.level is not None]

    def stood(self, known: Known) -> None:
        """There was this procedure when an update came."""
        self._before = known

    def come(self) -> None:
        """Updates are about to be delivered: what stands now is what they change."""
        run = self._driver.run
        if run.candidate:
            self._driver.now(before=run.candidate)
        elif self._course.earlier is not None and self._before is None:
            self._before = self._course.earlier(run.updates)

    def doubt(self, known: Known, reply: Reply, task: Task, executor: Executor, seconds: float) -> Flag | None:
        """The finding that they were not taken, None where they were or nobody can tell."""
        self.told = []
        if not self._delivered:
            return None
        before = self._before or source_only(self._driver.run.before, *known)
        texts = [said.text for said in self._delivered if said.text not in self.answers]
        taken = found_out(Judging(known, before, task, self.checks, texts, executor, seconds), reply)
        flag = self_doubt(taken)
        if flag is None and taken.differs is False:
            self.told = [NOTHING]
        elif flag is None and taken.differs is None and not (taken.asserted or taken.checks):
            self.told = [UNTOLD]
        return flag

    def repeat(self, revision: Revision) -> bool:
        """Whether to begin again, which is done once; both attempts are kept."""
        run = self._driver.run
        if self._repeated:
            self._driver.now(candidate=revision.source)
            return False
        self._repeated = True
        self._driver.now(before=revision.source, candidate="")
        self._before = self._before or source_only(run.before, revision, {})
        return True

    def kept(self, known: Known, executor: Executor, *, cases: int, seconds: float) -> Revision:
        """The procedure with what was asserted among its properties."""
        revision, checks = known[0], self.checks
        if not checks or revision.verdict is None:
            return revision
        return kept(revision, checks, executor, cases=cases, seconds=seconds)
