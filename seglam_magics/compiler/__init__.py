"""From a question that nothing answers to a revision that verified: one model call, one repair turn at most.

Here lives the request (what leaves the machine), the gateway (the only importer of litellm), the reply contract and its
checks, and the author loop. Nothing here decides hits, runs a procedure itself (`verify` does) or stores one.
"""

from __future__ import annotations

from .author import Compilation, LiteCompiler
from .gateway import Target
from .request import Task

__all__ = ["Compilation", "LiteCompiler", "Target", "Task"]
