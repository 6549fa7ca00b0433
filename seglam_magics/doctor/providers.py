"""The usual keys of providers, and a model to begin with."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True, slots=True)
class Provider:
    """The name of a provider's key, and a model of theirs as litellm names it."""

    key: str
    model: str

    @property
    def line(self) -> str:
        """The command that makes the model the one that compiles.

        >>> providers()[0].line
        'seglam config set model anthropic/claude-sonnet-4-5'
        """
        return f"seglam config set model {self.model}"


@cache
def providers() -> tuple[Provider, ...]:
    """Those of `providers.toml`, in the order in which they are proposed.

    >>> providers()[0].key
    'ANTHROPIC_API_KEY'
    """
    text = resources.files(__package__).joinpath("providers.toml").read_text(encoding="utf-8")
    return tuple(Provider(key, entry["model"]) for key, entry in tomllib.loads(text).items())
