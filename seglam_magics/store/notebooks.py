"""Which notebook a kernel belongs to, as far as the front end tells it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

VSCODE = "__vsc_ipynb_file__"  # the name VS Code puts the path of a notebook under, in the namespace itself
_LONGEST = 200


def notebook_name(namespace: Mapping[str, Any]) -> str:
    """The notebook, relative to its project; "" where nobody tells. Costs a look into two dictionaries.

    `SEGLAM_NOTEBOOK` in the environment says it for runs without a front end (papermill tells a kernel nothing). VS
    Code puts the path into the namespace, Jupyter Server into the environment; there a renamed notebook keeps its first
    name until its kernel starts again, and a console has a name without an ending, which is none.

    >>> notebook_name({"__vsc_ipynb_file__": "/somewhere/else/sales.ipynb"})
    'sales.ipynb'
    """
    told = os.environ.get("SEGLAM_NOTEBOOK") or namespace.get(VSCODE)
    told = told or os.environ.get("JPY_SESSION_NAME") or ""
    return _within_project(told) if isinstance(told, str) else ""


@cache
def _within_project(told: str) -> str:
    """The path from the folder of the project, else the name of the file alone: no path says whose home it is in."""
    from .places import PROJECT  # once a notebook, and not where nobody tells

    path = Path(os.path.normpath(told))
    if not path.suffix or "\0" in told:
        return ""
    if path.is_absolute():
        project = next((p for p in path.parents if any(os.path.lexists(p / name) for name in PROJECT)), path.parent)
        path = path.relative_to(project)
    return (path.name if path.parts[0] in ("..", "~") else path.as_posix())[-_LONGEST:]
