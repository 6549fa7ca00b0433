"""Asking whether a question that missed is another wording: a person with one line, or a small model with one call.

Only unknown words may stand in the way (`cache.nearby`). What a model says is checked word by word; *the same* is kept
as an added wording once the answer was served, *different* as a rejection, and both can be taken back. Whatever goes
wrong is a plain miss.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .asking import Asked, columns_of, guards
from .cache.catalogue import Catalogue
from .errors import SeglamError
from .making import Progress, task
from .settings import Seglam
from .store import payloads
from .words import Answer, Candidate, Decision, Revision, Template, Usage

if TYPE_CHECKING:
    from .cache.nearness import Embedder
    from .compiler.binder import BindingProposal
    from .compiler.ledger import Order
    from .compiler.purse import Purse

LONGEST_VALUE = 40
Serve = Callable[[Asked, Decision], tuple[Decision, Answer | None]]


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What came of asking a model.

    Attributes
    ----------
    decision : a hit of the tier `confirmed`, or the miss, without the offer where the model said *different*.
    template : the wording to be added when the hit was served.
    asked : the question with what is left of its budget.
    """

    decision: Decision
    asked: Asked
    template: Template | None = None


class Confirmer:
    """Finds what a missed question may be another wording of, and asks a model about the nearest if it is to."""

    def __init__(self, settings: Callable[[], Seglam], catalogue: Catalogue) -> None:
        self._settings = settings
        self._catalogue = catalogue
        self._embedders: dict[tuple[str, ...], Embedder] = {}

    def answered(
        self, asked: Asked, decision: Decision, serve: Serve, progress: Progress
    ) -> tuple[Asked, Decision, Answer | None]:
        """The answer of a miss where a model says it is another wording; else what is left of it, with its offers.

        Parameters
        ----------
        serve : runs a hit and gives its answer, or the miss that it is after all.

        Raises
        ------
        SeglamError : E-STOPPED where the user stopped it, and what `serve` raises.
        """
        if decision.hit:  # which is not served, because a fresh compile is wanted
            return asked, decision, None
        found = self.confirmed(asked, self.offered(asked, decision), progress)
        if not found.decision.hit:
            return found.asked, found.decision, None
        decision, answer = serve(found.asked, found.decision)
        if answer is not None:
            self.learn(found)
            answer = dataclasses.replace(answer, usage=found.asked.spent)
        return found.asked, decision, answer

    def offered(self, asked: Asked, decision: Decision) -> Decision:
        """A miss with what may be offered first among its candidates."""
        options = asked.question.options
        unwanted = options.reuse == "fresh" or options.procedure is not None
        if unwanted or not len(self._catalogue.library.filing):
            return decision
        from .cache.proposing import likely, proposed, with_offers
        from .cache.strange import strange_words

        library, values = self._catalogue.library, columns_of(asked)
        if not strange_words(asked.reading, values):
            return decision
        names = likely(library, asked.reading, decision, self._embedder(asked))
        with self._catalogue.lock:
            found = proposed(library, asked.reading, names, guards(asked, self._catalogue), values)
        return with_offers(decision, found)

    def confirmed(self, asked: Asked, decision: Decision, progress: Progress) -> Confirmation:
        """What a model says to the nearest offer; the miss as it is where none is to be asked.

        Raises
        ------
        SeglamError : E-STOPPED where the user stopped it.
        """
        offer, order = _first_offer(decision), self._order(asked)
        revision = self._catalogue.library.get(offer.revision) if offer is not None else None
        if offer is None or order is None or revision is None or self._doubted(revision):
            return Confirmation(decision, asked)
        progress(f"asking {order.target.model} whether it is {revision.name}")
        said, usage = self._said(asked, revision, order, offer)
        left = asked.after(usage, asked.question.options.seconds or self._settings().timeout, order.usd)
        if said is not None and said.verdict == "different":
            self._reject(asked, revision)
            return Confirmation(_without(decision, revision, said.why), left)
        if said is None or said.template is None or guards(asked, self._catalogue)(revision, said.bindings):
            return Confirmation(decision, left)
        hit = dataclasses.replace(
            decision, hit=True, tier="confirmed", revision=revision, bindings=said.bindings, reason=""
        )
        return Confirmation(dataclasses.replace(hit, template=said.template.text), left, said.template)

    def learn(self, found: Confirmation) -> None:
        """Keep the wording of a confirmed hit that was served; a store that cannot be written spoils no answer."""
        revision, template = found.decision.revision, found.template
        assert revision is not None
        assert template is not None
        question = found.asked.reading.text
        try:
            self._catalogue.alias(revision.name, template.text, question=question, lang=template.lang, by="model")
        except SeglamError as error:
            self._catalogue.trouble = str(error)

    # ---------------------------------------------------------------- asking a model

    def _order(self, asked: Asked) -> Order | None:
        """What may be spent on asking; None where no model is to be asked."""
        options = asked.question.options
        if self._settings().binder != "model" or options.reuse != "auto" or options.procedure is not None:
            return None
        from .compiler.binder import order_of

        order = order_of(self._settings(), options)
        return None if order is None else dataclasses.replace(order, purse=self._purse())

    def _purse(self) -> Purse:
        from .compiler.purse import purse_of

        return purse_of(self._catalogue.log, self._settings())

    def _doubted(self, revision: Revision) -> bool:
        """Whether a model was wrong about this procedure, and nobody has looked at it since."""
        return "confirmed" in self._catalogue.corrections.suspended(revision.name)

    def _said(
        self, asked: Asked, revision: Revision, order: Order, offer: Candidate
    ) -> tuple[BindingProposal | None, Usage]:
        """What the model says and what it cost, which is in the log in every case."""
        from .compiler.binder import propose

        spent: list[Usage] = []
        begin = time.monotonic()
        try:
            said = propose(task(asked), revision, order, offer.offered, spent.append)
        except KeyboardInterrupt:
            self._record(asked, revision, spent, None)
            seconds = f"{time.monotonic() - begin:.1f}"
            raise SeglamError("E-STOPPED", seconds=seconds, spent=f"{order.target.model} was asked") from None
        self._record(asked, revision, spent, said)
        return said, spent[0] if spent else Usage()

    def _record(self, asked: Asked, revision: Revision, spent: list[Usage], said: BindingProposal | None) -> None:
        for usage in spent:
            says = (
                f"{said.verdict}: {said.why}" if said is not None else "asked whether it is the same: no usable reply"
            )
            data = payloads.binding(asked.reading.text, revision.label, usage, says)
            self._catalogue.record("run" if said is not None else "failed", {**data, **asked.told})

    def _reject(self, asked: Asked, revision: Revision) -> None:
        try:
            self._catalogue.reject(asked.reading.text, revision, by="model")
        except SeglamError as error:
            self._catalogue.trouble = str(error)

    def _embedder(self, asked: Asked) -> Embedder | None:
        """The model of vectors that was set; None where there is none, or nothing may be sent."""
        settings = self._settings()
        if not settings.embedder or asked.question.options.reuse != "auto":
            return None
        from .cache.nearness import Remembering
        from .compiler.embedding import LiteEmbedder
        from .compiler.routing import reached

        target = reached(settings, settings.embedder)
        key = (target.model, target.api_base, target.key_name)
        return self._embedders.setdefault(key, Remembering(LiteEmbedder(target, purse=self._purse)))


def offer_of(decision: Decision) -> str:
    """The line that offers the nearest procedure of a miss, "" where there is nothing to offer.

    >>> from seglam_magics.words import Binding
    >>> slots = {"k": Binding("k", 5), "xs": Binding("xs", "q3", "implied")}
    >>> near = Candidate("top@1", "ab", "", "blocked by 'shops'", slots)
    >>> offer_of(Decision(False, candidates=(near,)))
    "same as top with k=5, xs=q3, but for 'shops'? %seglam alias 1"
    """
    offer = _first_offer(decision)
    if offer is None or offer.offered is None:
        return ""
    number = decision.candidates.index(offer) + 1
    shown = ", ".join(f"{b.slot}={_shown(b.value, named=b.source in _NAMES)}" for b in offer.offered.values())
    slots = f" with {shown}" if shown else ""
    name, words = offer.revision.partition("@")[0], offer.blocked.removeprefix("blocked by ")
    return f"same as {name}{slots}, but for {words}? %seglam alias {number}"


_NAMES = ("variable", "implied")


def _shown(value: object, *, named: bool) -> str:
    text = str(value) if named else repr(value)
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"


def _first_offer(decision: Decision) -> Candidate | None:
    if decision.hit:
        return None
    return next((c for c in decision.candidates if c.offered is not None), None)


def _without(decision: Decision, revision: Revision, why: str) -> Decision:
    from .cache.proposing import withdrawn_offer

    return withdrawn_offer(decision, revision.proc_id, f"the model says it is different: {why}")
