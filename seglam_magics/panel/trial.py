"""A test that a panel has begun: in a thread of its own, told case by case, stopped at any time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from ..errors import SeglamError
from .pages import plain

if TYPE_CHECKING:
    from ..proving import Outcome, Progress, Proving
    from ..words import Property, Revision

Tell = Callable[[dict[str, Any]], None]


class Trial:
    """The one test of a panel; beginning another one ends it.

    Parameters
    ----------
    tell : gets a patch whenever something has changed.
    """

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._proving: Proving | None = None
        self._lock = threading.Lock()

    def begin(self, revision: Revision, cases: int) -> None:
        """Test `revision` from now on; returns at once."""
        from ..proving import Proving

        self.stop()
        state: dict[str, Any] = {"procedure": revision.label, "cases": cases, "count": len(revision.properties)}
        state |= {"running": True, "current": "", "progress": None, "rows": [], "error": None, "observed": 0}

        def told(one: Property, found: Outcome | None) -> None:
            state["current"], state["progress"] = one.name if found is None else "", None
            if found is not None:
                state["rows"] = [*state["rows"], row(found)]
                state["observed"] = len(proving.observations)
            self._say(state, proving)

        def counted(_one: Property, progress: Progress) -> None:
            state["progress"] = asdict(progress)
            self._say(state, proving)

        proving = Proving(revision, cases, told=told, counted=counted)
        with self._lock:
            self._proving = proving
        self._say(state, proving)
        threading.Thread(target=self._run, args=(proving, state), name="seglam-test", daemon=True).start()

    def observations(self, label: str) -> list[dict[str, Any]]:
        """The cases of the last test, as Hypothesis writes them.

        Raises
        ------
        SeglamError : E-TEST-UNSEEN where it was no test of `label`.
        """
        with self._lock:
            proving = self._proving
        if proving is None or proving.revision.label != label or not proving.observations:
            raise SeglamError("E-TEST-UNSEEN", procedure=label)
        return list(proving.observations)

    def stop(self) -> None:
        """End the test that runs, if one does."""
        with self._lock:
            proving = self._proving
        if proving is not None:
            proving.stop()

    def _run(self, proving: Proving, state: dict[str, Any]) -> None:
        try:
            proving.run()
        except SeglamError as error:
            state["error"] = {"code": error.code, "says": error.says, "hint": error.hint}
        except Exception as error:  # noqa: BLE001 - nobody else would be told
            state["error"] = {"code": "", "says": f"{type(error).__name__}: {error}", "hint": ""}
        state |= {"running": False, "current": "", "progress": None}
        self._say(state, proving)

    def _say(self, state: dict[str, Any], proving: Proving) -> None:
        if self._proving is proving:
            self._tell({"patch": {"test": plain(state)}})


def row(found: Outcome) -> dict[str, Any]:
    """One property as it is shown."""
    from seglam_magics.cli.testing import sentence

    return {**asdict(found), "sentence": sentence(found)}
