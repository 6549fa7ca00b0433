"""Which run on a real model a wording has won: a file that says so, or says that there is none yet."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources


@cache
def proven(version: str) -> str:
    """Model, date and n of the last recorded run on a real model that this wording won; "" where there is none.

    >>> proven("v1")
    ''
    """
    text = resources.files(__package__).joinpath("proven.toml").read_text(encoding="utf-8")
    run = next((run for run in tomllib.loads(text).get("run", ()) if run["wordings"] == version), None)
    return "" if run is None else f"{run['model']}, {run['date']}, n {run['n']}"
