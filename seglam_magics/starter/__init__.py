"""The starter pack: procedures that ship with seglam and answer common questions with no model at all.

Here live their sources (`families/`, read by `scripts/build_starter.py` and never imported), the file that is made of
them and pinned by its SHA-256 (`pack.jsonl`, `pin.py`), and the reader that lays a question against their wordings: a
question is answered if every word of it is accounted for, and by one procedure in one way. Nothing here compiles, runs
or stores anything, and nothing is loaded before the first question.
"""

from .matching import Match, Missed, match
from .pack import Altered, Pack, load
from .supply import Starter

__all__ = ["Altered", "Match", "Missed", "Pack", "Starter", "load", "match"]
