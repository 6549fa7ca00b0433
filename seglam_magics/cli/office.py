"""What a verb works on, and what it gives back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from .progress import Progress, at_terminal

if TYPE_CHECKING:
    from collections.abc import Callable

    from seglam_magics.errors import SeglamError
    from seglam_magics.reasoner import Reasoner
    from seglam_magics.settings import Seglam
    from seglam_magics.thinking.run import Run
    from seglam_magics.words import Onward, Trace


@dataclass(frozen=True, slots=True)
class Output:
    """Text for people, the same as data for `--json`, the exit code, and in a notebook the value of the line.

    `error` is what ended it before its end: it is raised once the text, which is what was found by then, is shown.
    """

    text: str
    data: Any = field(default_factory=dict)
    code: int = 0
    value: Any = None
    error: SeglamError | None = None


class Asking(Protocol):
    """What asks questions in a notebook."""

    def go_on(self, run: Run, onward: Onward, limits: Mapping[str, Any]) -> None:
        """Go on with a stopped run and show its answer."""

    def queue(self, text: str) -> None:
        """Ask a question when the one on its way is answered; at once where none is."""

    def again(self, why: str) -> None:
        """Have the procedure of the last question written anew, show its answer and what differs."""

    def write(self, cell: str) -> None:
        """Write a cell below."""


class Office:
    """The reasoner and what belongs to it; the reasoner is opened by the verb that needs it.

    Parameters
    ----------
    connect : gives the reasoner.
    names : variables of the notebook, for `why NAME`; nothing in a terminal.
    asking : asks where the data is; None in a terminal.
    progress : told by the verb how far it is; without one nobody is.
    """

    def __init__(
        self,
        connect: Callable[[], Reasoner],
        settings: Seglam,
        names: Mapping[str, Any] | None = None,
        asking: Asking | None = None,
        progress: Progress | None = None,
    ) -> None:
        self._connect = connect
        self.settings = settings
        self.names = names or {}
        self.progress = progress or Progress()
        self._asking = asking

    @property
    def in_notebook(self) -> bool:
        """Whether a question can be asked here."""
        return self._asking is not None

    def go_on(self, run: Run, onward: Onward, limits: Mapping[str, Any]) -> None:
        """Go on with a stopped run and show its answer."""
        assert self._asking is not None
        self.progress.hush()
        self._asking.go_on(run, onward, limits)

    def queue(self, text: str) -> None:
        """Ask a question when the one on its way is answered."""
        assert self._asking is not None
        self.progress.hush()
        self._asking.queue(text)

    def again(self, why: str) -> None:
        """Have the procedure of the last question written anew."""
        assert self._asking is not None
        self.progress.hush()
        self._asking.again(why)

    def write(self, cell: str) -> bool:
        """Write a cell below; whether there is a notebook to write it into."""
        if self._asking is None:
            return False
        self._asking.write(cell)
        return True

    @property
    def asking(self) -> Asking | None:
        """What asks questions here, for an office that lives longer than one line."""
        return self._asking

    @property
    def connect(self) -> Callable[[], Reasoner]:
        """What gives the reasoner, for the same."""
        return self._connect

    @cached_property
    def reasoner(self) -> Reasoner:
        """The reasoner, with what other kernels have published by now."""
        reasoner = self._connect()
        reasoner.catalogue.follow()
        reasoner.shipped()
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
    progress = Progress(at_terminal() if settings.progress else None)
    return Office(
        lambda: shared(settings, lambda sentence: print(sentence, file=sys.stderr)), settings, progress=progress
    )
