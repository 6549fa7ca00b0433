"""A compile by a model as something that runs: streamed, timed, stoppable, paid for.

Here lives the run: reading the stream, its deadline and budget, what is kept when it is stopped. It knows no provider
(`compiler.gateway` opens the stream), judges no reply and stores nothing. Resuming, hurrying and detectors will live
here too.
"""

from __future__ import annotations

from .stream import Budget, Completion, Delta, collect

__all__ = ["Budget", "Completion", "Delta", "collect"]
