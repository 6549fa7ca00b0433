"""What is here: programs that serve models on this machine, the machine itself, and what the front end can do.

Here live the list of local programs (`runtimes.toml`) and how each is recognised, what the machine has, the usual keys
of providers (`providers.toml`), and what Jupyter brings. Nothing here connects to another host than 127.0.0.1, keeps a
value of a key, or says of a machine what was not measured on it.
"""

from __future__ import annotations

from .fronts import Front, fronts
from .machine import Fact, measured
from .providers import Provider, providers
from .runtimes import Found, Runtime, found, known, line

__all__ = ["Fact", "Found", "Front", "Provider", "Runtime", "found", "fronts", "known", "line", "measured", "providers"]
