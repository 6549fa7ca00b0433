"""What generated arguments are made of, from `strategies.toml`."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Any


@cache
def data() -> dict[str, Any]:
    """The whole file, read once."""
    text = resources.files(__package__).joinpath("strategies.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
