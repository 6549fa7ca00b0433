"""The seam: what the rest of the house knows of running foreign code beside the kernel."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from ..words import Revision, Verdict

Heard = Callable[[str, int], None]  # a check, and how many of its cases have held


class Executor(Protocol):
    """What runs procedures out of the kernel."""

    @property
    def tier(self) -> str:
        """The isolation its children reach: `S3` and `S2` a boundary, `S1` limits only; see `sandbox`.

        The first question waits until a child has tried it. Raises SeglamError E-SANDBOX-DOWN where none can be had.
        """

    @property
    def missing(self) -> tuple[str, ...]:
        """Why it is not a stronger one, a phrase for each; waits and raises like `tier`."""

    def warm(self) -> None:
        """Get ready in the background; returns at once."""

    def call(self, source: str, name: str, arguments: Mapping[str, Any], *, returns: str, seconds: float = 10.0) -> Any:
        """The value the procedure `name` of `source` returns for `arguments`."""

    def verify(
        self,
        revision: Revision,
        *,
        cases: int = 100,
        seconds: float = 10.0,
        tried: list[dict[str, Any]] | None = None,
        heard: Heard | None = None,
    ) -> Verdict:
        """The verdict on `revision`, with `cases` generated cases per property.

        `tried` gets those of the first property, `heard` is told meanwhile how far it is.
        """

    def abort(self) -> None:
        """End what another thread has it do, which fails, and take no more jobs."""

    def close(self) -> None:
        """Let go of processes."""
