"""Packs: procedures that are carried elsewhere in one signed file, `.seglam`.

Here live the container, its strict reading, the manifest, signatures with the keys this user knows, and what is left
out of a pack. A pack is read whole and checked whole before anything is done with it, and nothing of it is run here.
Nothing here decides which procedure answers (`cache`) or lets one run (`trust`); files of the user are written outside
of the store, and the store is not written at all.
"""

from __future__ import annotations

from .comparing import Standing, against
from .exporting import chosen, exported
from .reading import Pack, read_pack
from .signers import Signers
from .signing import own_key

__all__ = ["Pack", "Signers", "Standing", "against", "chosen", "exported", "own_key", "read_pack"]
