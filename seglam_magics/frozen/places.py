"""Where the lock of a question is looked for: beside its notebook, as far as that can be known."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LOCK_NAME = "seglam.lock"
# The lock and the notebook of a run as a whole: every question of it is frozen, whatever its cell says.
LOCK_VARIABLE, NOTEBOOK_VARIABLE = "SEGLAM_LOCK", "SEGLAM_NOTEBOOK"
_SUFFIX = ".ipynb"


@dataclass(frozen=True, slots=True)
class Place:
    """The lock file, which need not exist, and the name of the notebook's file, "" where it is not known.

    Attributes
    ----------
    strict : the whole run is frozen, and a lock there must be.
    """

    lock: Path
    notebook: str = ""
    strict: bool = False


def is_strict() -> bool:
    """Whether the whole run is frozen, as `seglam run --reuse frozen` makes it."""
    return bool(os.environ.get(LOCK_VARIABLE))


def place_of(namespace: Mapping[str, Any]) -> Place:
    """Where the lock of a question lies.

    VS Code keeps the notebook's path in the namespace, Jupyter Server names it when it starts the kernel; where neither
    does, or what is named is not there, it is the working directory.

    Parameters
    ----------
    namespace : names of the notebook.
    """
    given = os.environ.get(LOCK_VARIABLE)
    if given:
        return Place(Path(given), os.environ.get(NOTEBOOK_VARIABLE, ""), strict=True)
    for named in (namespace.get("__vsc_ipynb_file__"), os.environ.get("JPY_SESSION_NAME")):
        path = Path(named) if isinstance(named, str) and named.endswith(_SUFFIX) else None
        if path is not None and path.parent.is_dir():
            return Place(path.parent / LOCK_NAME, path.name)
    return Place(Path.cwd() / LOCK_NAME)
