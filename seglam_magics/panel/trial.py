"""A test that a panel has begun: in a thread of its own, told property by property, stopped at any time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from ..errors import SeglamError
from .pages import plain

if TYPE_CHECKING:
    from ..proving import Outcome, Proving
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
        state |= {"running": True, "current": "", "rows": [], "error": None}

        def told(one: Property, found: Outcome | None) -> None:
            state["current"] = one.name if found is None else ""
            if found is not None:
                state["rows"] = [*state["rows"], row(found)]
            self._say(state, proving)

        proving = Proving(revision, cases, told=told)
        with self._lock:
            self._proving = proving
        self._say(state, proving)
        threading.Thread(target=self._run, args=(proving, state), name="seglam-test", daemon=True).start()

    def stop(self) -> None:
        """End the test that runs, if one does."""
        with self._lock:
            proving, self._proving = self._proving, self._proving
        if proving is not None:
            proving.stop()

    def _run(self, proving: Proving, state: dict[str, Any]) -> None:
        try:
            proving.run()
        except SeglamError as error:
            state["error"] = {"code": error.code, "says": error.says, "hint": error.hint}
        except Exception as error:  # noqa: BLE001 - nobody else would be told
            state["error"] = {"code": "", "says": f"{type(error).__name__}: {error}", "hint": ""}
        state["running"], state["current"] = False, ""
        self._say(state, proving)

    def _say(self, state: dict[str, Any], proving: Proving) -> None:
        if self._proving is proving:
            self._tell({"patch": {"test": plain(state)}})


def row(found: Outcome) -> dict[str, Any]:
    """One property as it is shown."""
    from seglam_magics.cli.testing import sentence

    return {**asdict(found), "sentence": sentence(found)}
