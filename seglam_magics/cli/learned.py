"""What was learned about a procedure since it was stored: wordings, labels, suspensions, rejections, merges."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from seglam_magics.notebook.explain import proven
from seglam_magics.notebook.wording import one_line, say

from .texts import pairs

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from seglam_magics.words import Revision

    from .office import Office

LEARNED = "aliases, rejected, labels, suspended, merged"


@dataclass(frozen=True, slots=True)
class Learned:
    """What is known of one procedure.

    Attributes
    ----------
    tiers : tier -> its hits, right and wrong labels, and the bound on the share of wrong ones (None without labels).
    merged : the procedure that answers for it, None where it does itself.
    """

    aliases: tuple[str, ...] = ()
    rejected: tuple[str, ...] = ()
    tiers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    suspended: tuple[str, ...] = ()
    merged: str | None = None

    def line(self, tier: str) -> str:
        """Hits of a tier and what is proven of them."""
        known = self.tiers.get(tier, {"hits": 0, "right": 0, "wrong": 0})
        said = proven(known["hits"], known["right"], known["wrong"])
        return f"{said} · {say('labels.suspended')}" if tier in self.suspended else said

    def lines(self) -> Iterator[str]:
        """A line for each tier that has hits or labels."""
        yield from pairs((tier, self.line(tier)) for tier in self.tiers).splitlines()
        if self.merged:
            yield say("ls.merged", name=self.merged)

    def data(self) -> dict[str, Any]:
        """The same as data."""
        return {
            "aliases": list(self.aliases),
            "rejected": list(self.rejected),
            "labels": self.tiers,
            "suspended": list(self.suspended),
            "merged": self.merged,
        }


def learned(office: Office, revision: Revision) -> Learned:
    """What is known of the procedure of `revision`."""
    name, said = revision.name, office.reasoner.catalogue.corrections
    hits = {row["tier"]: row["hits"] for row in office.rows("tiers", name=name)}
    labels = said.labels(name)
    suspended = said.suspended(name)
    tiers = {
        tier: {
            "hits": hits.get(tier, 0),
            "right": labels[tier].right if tier in labels else 0,
            "wrong": labels[tier].wrong if tier in labels else 0,
            "bound": labels[tier].bound if tier in labels and labels[tier].checked else None,
        }
        for tier in dict.fromkeys([*hits, *labels, *suspended])
    }
    return Learned(
        tuple(t.text for t in said.aliases(name)),
        tuple(one_line(question, 200) for question in said.counter_examples(revision.proc_id)),
        tiers,
        tuple(sorted(suspended)),
        said.merged(name),
    )
