"""What a notebook is pinned to: `seglam.lock` beside it says which revision answers which question.

Here live the file and its form (`lockfile`), where it is looked for (`places`), and the decision it makes of a question
(`pinned`). Nothing here compiles, runs or stores a procedure. The file is read where reuse is frozen and nowhere else.
"""

from __future__ import annotations

from .lockfile import Lock, Pin, read_lock, written
from .pinned import Frozen
from .places import LOCK_NAME, Place, place_of

__all__ = ["LOCK_NAME", "Frozen", "Lock", "Pin", "Place", "place_of", "read_lock", "written"]
