"""A compile by a model as something that runs: streamed, timed, stoppable, paid for.

Here lives the run: its record and what is kept of it (`run`, `keeping`), reading and splitting the stream (`stream`,
`splitting`), what is said to it (`control`, `driving`, `ladder`), its limits (`allowance`, `baselines`), and what goes
wrong in it (`detectors`, `silence`). It knows no provider (`compiler.gateway` opens the stream) and judges no reply.
"""

from __future__ import annotations

from .stream import Budget, Completion, Delta, collect

__all__ = ["Budget", "Completion", "Delta", "collect"]
