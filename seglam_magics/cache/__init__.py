"""Which stored procedure answers a question, and why the others do not.

Here live the index of wordings, the tiers (cell, exact, template), the guards' place in a decision, and the corrections
that hold for ever. Nothing here reads a file, runs code or asks a model: the library is fed by events, and whether data
fit a procedure is asked of the caller.
"""

from __future__ import annotations

from .fitting import Fits
from .library import Library
from .memory import CAPACITY

__all__ = ["CAPACITY", "Fits", "Library"]
