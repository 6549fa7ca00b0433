"""Revisions that came in a pack: told from those made here by the log alone, and shelved all together or not at all.

An `import` event says which identities follow it from the same kernel. Until the last of them has arrived none is known
to anybody, so an import that was killed half-way has changed nothing. What is made here afterwards under the same
identity is one's own.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ..procedure.stored import Stored
from ..words import Event


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an imported revision came from.

    Attributes
    ----------
    pack : SHA-256 of the file.
    signer, fingerprint : who signed it, "" where nobody did.
    """

    pack: str
    signer: str = ""
    fingerprint: str = ""


@dataclass(slots=True)
class _Batch:
    origin: Origin
    awaited: set[str]
    held: list[Stored] = field(default_factory=list)


class Arrivals:
    """Every import of a store, as the events say."""

    def __init__(self) -> None:
        self._batches: dict[tuple[str, str], _Batch] = {}  # (kernel, identity) -> the import it is awaited in
        self._origins: dict[tuple[str, int], Origin] = {}
        self._numbers: dict[str, int] = {}

    def announce(self, event: Event) -> None:
        """Take in an `import` event; what an earlier one of the same kernel still waits for never came."""
        identities = event.data.get("procedures")
        if not isinstance(identities, list):
            return
        texts = [str(event.data.get(key) or "") for key in ("pack", "signer", "fingerprint")]
        batch = _Batch(Origin(*texts), {str(one) for one in identities})
        for identity in batch.awaited:
            self._batches[event.kernel, identity] = batch

    def arrived(self, event: Event, stored: Stored) -> list[Stored]:
        """What may be shelved now that `stored` has come."""
        batch = self._batches.pop((event.kernel, stored.proc_id), None) if self._batches else None
        if batch is None:
            return [stored]
        self._numbers[stored.name] = max(stored.number, self._numbers.get(stored.name, 0))
        batch.awaited.discard(stored.proc_id)
        batch.held.append(stored)
        self._origins[stored.name, stored.number] = batch.origin
        return [] if batch.awaited else batch.held

    def last(self, name: str) -> int:
        """The highest number given to a revision of `name` that came in a pack, shelved or not; 0 for none."""
        return self._numbers.get(name, 0)

    def origin(self, name: str, number: int) -> Origin | None:
        """Where this revision came from, None where it was made here."""
        return self._origins.get((name, number))

    def __bool__(self) -> bool:
        return bool(self._origins)
