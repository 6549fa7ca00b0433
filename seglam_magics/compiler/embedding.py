"""An embedding model as an `Embedder`: any that litellm reaches. Its vectors propose candidates and decide nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ..cache.nearness import unit
from ..errors import SeglamError
from ..thinking.run import CHARACTERS_PER_TOKEN
from ..trust.redaction import redact
from . import gateway
from .gateway import Target
from .purse import Purse

if TYPE_CHECKING:
    from ..cache.nearness import Vectors

AT_ONCE = 100  # texts of one call
SECONDS = 10.0


class LiteEmbedder:
    """Vectors of a model; wrap it in `Remembering`, so that a wording is sent once.

    Parameters
    ----------
    seconds : longest silence of one call.
    purse : pays for it.

    >>> embedder = LiteEmbedder(Target("scripted/demo"))
    >>> embedder.embed(["mean of _ per _", "mean of _"]).shape
    (2, 64)
    >>> from seglam_magics.scripted import stop
    >>> stop("demo")
    """

    def __init__(self, target: Target, seconds: float = SECONDS, purse: Callable[[], Purse] = Purse) -> None:
        self._target, self._seconds, self._purse = target, seconds, purse

    def embed(self, texts: Sequence[str]) -> Vectors:
        """See `Embedder.embed`. Known secrets in the texts are replaced before they are sent.

        Raises
        ------
        SeglamError : E-MODEL-*, also for a reply that is not one vector of numbers per text; E-BUDGET.
        """
        import numpy as np

        sent = [redact(text) or " " for text in texts]
        found = [row for at in range(0, len(sent), AT_ONCE) for row in self._asked(sent[at : at + AT_ONCE])]
        try:
            rows = np.array(found, dtype=np.float64).reshape(len(sent), -1)
        except (TypeError, ValueError):
            raise self._odd("its vectors are no numbers, or of different lengths") from None
        if not (rows.size and np.isfinite(rows).all()):
            raise self._odd("its vectors are empty or not finite")
        return unit(rows)

    def _asked(self, texts: list[str]) -> list[list[float]]:
        tokens = sum(map(len, texts)) // CHARACTERS_PER_TOKEN
        purse = self._purse()
        cost = gateway.price(self._target, tokens, 0) if purse.counts_money else None
        purse.check(cost, tokens)
        purse.add("embed", cost, tokens)
        rows = gateway.embed(self._target, texts, self._seconds)
        if len(rows) != len(texts):
            raise self._odd(f"{len(rows)} vectors for {len(texts)} texts")
        return rows

    def _odd(self, why: str) -> SeglamError:
        return SeglamError("E-MODEL-FAILED", model=self._target.model, why=why)
