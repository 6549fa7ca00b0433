"""The Python face: `reason("…", name=value)`, `store["name"]`, `Session`.

Nouns for things, verbs for actions, options by keyword. Everything goes through the one `Reasoner.ask`.
"""

from __future__ import annotations

import asyncio
import dataclasses
import difflib
import sys
import threading
from collections.abc import Iterator, Mapping
from typing import Any, Self

from .notebook import AnswerView
from .reasoner import Reasoner, open_reasoner, shared
from .settings import load_settings
from .words import Options, Property, Question, Revision, Template, Verdict


def question(text: str, values: Mapping[str, Any], reasoner: Reasoner, *, depth: int = 2, **options: Any) -> Question:
    """A question over `values`, or over the names of the caller `depth` frames up where none are given."""
    chosen = {k: v for k, v in options.items() if v is not None}
    chosen.setdefault("reuse", reasoner.settings.effective_reuse())
    chosen.setdefault("mode", reasoner.settings.mode)
    namespace = dict(values)
    if not values:
        frame = sys._getframe(depth)  # noqa: SLF001 - as IPython's own local scope
        namespace = {**frame.f_globals, **frame.f_locals}
    return Question(text, namespace, options=Options(**chosen))


class _Reason:
    """Callable with an awaitable twin: `reason("…")` and `await reason.aio("…")`."""

    def __call__(
        self,
        text: str,
        /,
        *,
        reuse: str | None = None,
        model: str | None = None,
        procedure: str | None = None,
        **values: Any,
    ) -> AnswerView:
        """Ask `text` over the named values.

        Parameters
        ----------
        text : the question, in any language; it refers to the values by their names.
        reuse, model, procedure : as the options of a `%%reason` cell.
        values : what the question is about; without any, the names of the caller.

        Returns
        -------
        AnswerView
            `.value`, `.hit`, `.procedure`, `.slots`, `.usage`, `.saved`, `.why()`, `.code`.

        Raises
        ------
        SeglamError : with a code and a hint; nothing is stored.
        """
        reasoner = shared()
        asked = question(text, values, reasoner, reuse=reuse, model=model, procedure=procedure)
        return AnswerView(reasoner.ask(asked))

    async def aio(
        self,
        text: str,
        /,
        *,
        reuse: str | None = None,
        model: str | None = None,
        procedure: str | None = None,
        **values: Any,
    ) -> AnswerView:
        """The same, awaitable; cancelling it stops the compile at the next piece of its stream."""
        reasoner = shared()
        asked = question(text, values, reasoner, reuse=reuse, model=model, procedure=procedure)
        return await in_thread(reasoner, asked)

    def __repr__(self) -> str:
        return 'reason("question", name=value, …)'


async def in_thread(reasoner: Reasoner, asked: Question) -> AnswerView:
    """Ask in a worker thread; a cancelled task stops the run there."""
    cancelled = threading.Event()

    def stage(_text: str) -> None:
        if cancelled.is_set():
            raise KeyboardInterrupt

    try:
        return AnswerView(await asyncio.to_thread(reasoner.ask, asked, stage))
    except asyncio.CancelledError:
        cancelled.set()
        raise


reason = _Reason()
aio = reason.aio


@dataclasses.dataclass(frozen=True)
class Procedure:
    """A stored procedure: call it with its parameters by name, look at its code, properties and versions."""

    revision: Revision
    _reasoner: Reasoner = dataclasses.field(repr=False, compare=False)

    def __call__(self, **arguments: Any) -> Any:
        """Its result for these arguments; frames come back in the kind that went in."""
        return self._reasoner.call(self.revision.label, arguments)

    @property
    def code(self) -> str:
        """Its source."""
        return self.revision.source

    @property
    def template(self) -> Template | None:
        """Its first wording."""
        return next(iter(self.revision.templates), None)

    @property
    def properties(self) -> tuple[Property, ...]:
        """What must hold for all arguments."""
        return self.revision.properties

    @property
    def versions(self) -> tuple[Revision, ...]:
        """All revisions of its name, oldest first."""
        return self._reasoner.library.versions(self.revision.name)

    def diff(self, old: int, new: int) -> str:
        """Unified difference of the code of two revisions, by number."""
        sides = [self._reasoner.catalogue.known(f"{self.revision.name}@{n}") for n in (old, new)]
        before, after = (s.source.splitlines(keepends=True) for s in sides)
        return "".join(difflib.unified_diff(before, after, sides[0].label, sides[1].label))

    def test(self, *, cases: int = 100, seconds: float = 60.0) -> Verdict:
        """Verify it again with this many cases a property; nothing is stored."""
        return self._reasoner.executor.verify(self.revision, cases=cases, seconds=seconds)


class Store(Mapping[str, Procedure]):
    """The procedures by name; `store["name@2"]` gives a revision."""

    def __init__(self, reasoner: Reasoner | None = None) -> None:
        self._own = reasoner

    @property
    def _reasoner(self) -> Reasoner:
        return self._own or shared()

    def __getitem__(self, label: str) -> Procedure:
        self._reasoner.catalogue.follow()
        revision = self._reasoner.library.get(label)
        if revision is None:
            raise KeyError(label)
        return Procedure(revision, self._reasoner)

    def __iter__(self) -> Iterator[str]:
        return iter(self._reasoner.library.names())

    def __len__(self) -> int:
        return len(self._reasoner.library.names())

    def __repr__(self) -> str:
        return f"Store({', '.join(self)})"


store = Store()


class Session:
    """Questions under settings of their own, for tests and services.

    >>> with Session(reuse="cached", model="") as session:
    ...     session.store
    Store()
    """

    def __init__(self, *, reuse: str | None = None, usd: float | None = None, **settings: Any) -> None:
        self._reuse = reuse
        self._usd = usd
        loaded = load_settings()
        for name, value in settings.items():
            setattr(loaded, name, value)
        self._reasoner = open_reasoner(loaded)
        self.store = Store(self._reasoner)

    def reason(self, text: str, /, **values: Any) -> AnswerView:
        """Ask as `reason` does, within this session."""
        asked = question(text, values, self._reasoner, reuse=self._reuse, usd=self._usd)
        return AnswerView(self._reasoner.ask(asked))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._reasoner.close()
