"""The procedures as a list: read once, then shown page by page, filtered and sorted."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..notebook.wording import one_line

if TYPE_CHECKING:
    from seglam_magics.cli import Office

PAGE = 100
MOST = 200  # rows of one page
FRESH = 2.0  # seconds for which what was read is shown again
SORTS: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
    "used": lambda row: -(row["last_used"] or 0),
    "name": lambda row: row["name"].casefold(),
    "hits": lambda row: -row["hits"],
    "saved": lambda row: -row["saved_tokens"],
    "created": lambda row: -(row["created"] or 0),
}
SHOWN: Mapping[str, Callable[[Mapping[str, Any]], bool]] = {
    "all": lambda _row: True,
    "active": lambda row: not row["retired"],
    "unused": lambda row: not row["hits"],
    "retired": lambda row: bool(row["retired"]),
    "pinned": lambda row: bool(row["pinned"]),
}


@dataclass(slots=True)
class Listing:
    """What the list shows, and the rows it was made of.

    Attributes
    ----------
    sort, show, filter : as the last page was asked for; what is unknown is taken for the default.
    """

    sort: str = "used"
    show: str = "active"
    filter: str = ""
    _rows: list[dict[str, Any]] = field(default_factory=list)
    _read: float = float("-inf")

    def page(self, office: Office, offset: int = 0, limit: int = PAGE, *, anew: bool = False) -> dict[str, Any]:
        """Rows from `offset` on, and how many there are: `total`, of those the filter leaves."""
        if anew or (offset == 0 and time.monotonic() - self._read > FRESH):
            self._rows = office.rows("procedures")
            self._read = time.monotonic()
        found = self._found()
        with office.reasoner.catalogue.lock:
            rows = [row_of(office, row) for row in found[offset : offset + min(limit, MOST)]]
        chosen = {"sort": self.sort, "show": self.show, "filter": self.filter}
        return {"total": len(found), "all": len(self._rows), "offset": offset, "rows": rows, **chosen}

    def forget(self) -> None:
        """Read the rows again for the next page."""
        self._read = float("-inf")

    def asked(self, fields: Mapping[str, Any]) -> None:
        """Take over how the list is to be shown."""
        sort, show = fields.get("sort", self.sort), fields.get("show", self.show)
        self.sort = sort if sort in SORTS else "used"
        self.show = show if show in SHOWN else "active"
        self.filter = str(fields.get("filter", self.filter))[:200]

    def _found(self) -> list[dict[str, Any]]:
        words = self.filter.casefold().split()
        rows = filter(SHOWN[self.show], self._rows)
        fitting = (row for row in rows if all(word in f"{row['name']} {row['summary']}".casefold() for word in words))
        return sorted(fitting, key=SORTS[self.sort])


def row_of(office: Office, row: Mapping[str, Any]) -> dict[str, Any]:
    """One row as it is shown; what only the kernel knows (trust, properties, labels) is looked up for it alone."""
    reasoner = office.reasoner
    revision = reasoner.library.get(f"{row['name']}@{row['number']}")
    checks = [c for c in (revision.verdict.checks if revision and revision.verdict else ()) if _is_property(c.name)]
    labels = reasoner.catalogue.corrections.labels(row["name"]).values()
    bounds = [(known.bound, known.checked) for known in labels if known.checked]
    return {
        "name": row["name"],
        "number": row["number"],
        "summary": one_line(row["summary"] or (revision.question if revision else ""), 120),
        "hits": row["hits"],
        "last_used": row["last_used"],
        "held": sum(check.ok for check in checks),
        "properties": len(checks),
        "trust": reasoner.approvals.state(revision) if revision else "draft",
        "bound": max(bounds)[0] if bounds else None,
        "checked": sum(checked for _, checked in bounds),
        "retired": row["retired"],
        "pinned": row["pinned"],
    }


def _is_property(name: str) -> bool:
    return name.startswith("property ")
