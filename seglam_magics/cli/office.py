"""What a verb works on, and what it gives back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from seglam_magics.reasoner import Reasoner
    from seglam_magics.settings import Seglam
    from seglam_magics.words import Trace


@dataclass(frozen=True, slots=True)
class Output:
    """Text for people, the same as data for `--json`, and the exit code."""

    text: str
    data: Any = field(default_factory=dict)
    code: int = 0


class Office:
    """The reasoner and what belongs to it; the reasoner is opened by the verb that needs it.

    Parameters
    ----------
    connect : gives the reasoner.
    names : variables of the notebook, for `why NAME`; nothing in a terminal.
    """

    def __init__(
        self, connect: Callable[[], Reasoner], settings: Seglam, names: Mapping[str, Any] | None = None
    ) -> None:
        self._connect = connect
        self.settings = settings
        self.names = names or {}

    @cached_property
    def reasoner(self) -> Reasoner:
        """The reasoner, with what other kernels have published by now."""
        reasoner = self._connect()
        reasoner.catalogue.follow()
        return reasoner

    def rows(self, query: str, **parameters: Any) -> list[dict[str, Any]]:
        """Rows of a query of the log's view."""
        return self.reasoner.view().query(query, **parameters)

    def decisions(self) -> list[Trace]:
        """The last decisions, latest first: of this kernel, else as the log has them."""
        return list(reversed(self.reasoner.recent())) or [self._logged(row) for row in self._asked()]

    def _asked(self) -> list[dict[str, Any]]:
        return [row for row in self.rows("log", limit=200) if row["kind"] in {"hit", "miss"}]

    def _logged(self, row: Mapping[str, Any]) -> Trace:
        from seglam_magics.words import Decision, Reading, Trace

        hit, question = row["kind"] == "hit", row["question"] or ""
        revision = self.reasoner.library.get(row["procedure"]) if hit and row["procedure"] else None
        return Trace(question, Reading(question), Decision(hit, row["tier"], revision, reason=row["reason"] or ""))


def terminal_office() -> Office:
    """The office of a terminal: settings and store of the working directory."""
    import sys

    from seglam_magics.reasoner import shared
    from seglam_magics.settings import load_settings

    settings = load_settings()
    return Office(lambda: shared(settings, lambda sentence: print(sentence, file=sys.stderr)), settings)
