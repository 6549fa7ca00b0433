"""From a question that nothing answers to a revision that verified: one model, and another where it does not do.

Here lives the request (what leaves the machine) with its modes, the gateway (the only importer of litellm), the reply
contract and its checks, the attempt of a model and its critic, and who is asked after it. Nothing here decides hits,
runs a procedure itself (`verify` does) or stores one.
"""

from __future__ import annotations

from .author import Compilation, LiteCompiler
from .gateway import Target
from .request import Task

__all__ = ["Compilation", "LiteCompiler", "Target", "Task"]
