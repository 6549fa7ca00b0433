"""Saying whether hits were right: siblings that agree, the person who asked, a sample of fresh compiles."""

from __future__ import annotations

from collections.abc import Callable

from .asking import Asked
from .cache.catalogue import Catalogue
from .cache.labels import Label, tier_of
from .errors import SeglamError
from .provisional import settle
from .rechecking import Rechecker, today
from .settings import Seglam
from .words import Answer, Revision, Tier, Trace


class Judge:
    """Labels hits; every label is an event, and one wrong hit suspends its tier for the procedure."""

    def __init__(self, settings: Callable[[], Seglam], catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self.rechecker = Rechecker(settings, catalogue)

    def served(self, asked: Asked, answer: Answer) -> None:
        """Note what a hit that was served proves; returns at once."""
        settle(self._catalogue, asked, answer)
        tier = tier_of(answer.decision)
        if tier is None or tier == "forced":
            return
        for sibling, _ in answer.decision.rivals:
            label = Label(tier, True, "sibling", answer.question, sibling.name, today())  # noqa: FBT003 - a verdict
            self._catalogue.observe(answer.revision, label)
        self.rechecker.offer(asked, answer)

    def reject(self, trace: Trace) -> Revision:
        """Never answer the question of `trace` with the revision that did again, and suspend the tier that found it.

        Raises
        ------
        SeglamError : E-USAGE where it was not answered.
        """
        revision = _answered(trace)
        tier = tier_of(trace.decision) if trace.decision.hit else None
        self._catalogue.reject(trace.reading.text, revision, tier)
        if tier == "confirmed":  # the wording that a model confirmed would go on to answer
            self._catalogue.unalias(revision.name, trace.decision.template)
        return revision

    def label(self, trace: Trace, *, right: bool) -> tuple[Revision, Tier]:
        """Say whether the hit of `trace` was right; its revision, and the tier that found it.

        Raises
        ------
        SeglamError : E-USAGE where it was not answered, or by no tier.
        """
        revision, tier = _answered(trace), tier_of(trace.decision)
        if not trace.decision.hit or tier is None or tier == "forced":
            problem = f"{revision.label} was no hit for that question"
            raise SeglamError("E-USAGE", problem=problem, advice="%seglam reject keeps a compiled answer away")
        self._catalogue.label(revision, Label(tier, right, "user", trace.reading.text))
        return revision, tier

    def close(self) -> None:
        """Check nothing more."""
        self.rechecker.close()


def _answered(trace: Trace) -> Revision:
    revision = trace.answer.revision if trace.answer is not None else trace.decision.revision
    if revision is None:
        raise SeglamError("E-USAGE", problem="that question was not answered", advice="%seglam why lists decisions")
    return revision
