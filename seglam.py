"""seglam: `%load_ext seglam`, then ask in a `%%reason` cell.

A model is asked once, as a compiler: it returns a typed Python procedure, which is verified, kept, and run without the
model whenever a question of its kind comes again.

>>> import seglam
>>> "reason" in dir(seglam)
True
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from seglam_magics.api import Procedure, Session, Store, aio, reason, store
    from seglam_magics.runs import last_run
    from seglam_magics.words import Answer

__all__ = [
    "Answer", "Procedure", "Session", "Store", "aio", "last_run", "load_ipython_extension", "reason", "store",
]  # fmt: skip
__version__ = "0.1.0"

_HOMES = {
    "Answer": "words", "Procedure": "api", "Session": "api", "Store": "api", "aio": "api", "reason": "api", "store":
"api", "last_run": "runs" }  # fmt: skip


def __getattr__(name: str) -> Any:
    # imported on first use, so that %load_ext stays within milliseconds
    if name not in _HOMES:
        problem = f"module 'seglam' has no attribute {name!r}"
        raise AttributeError(problem)
    from importlib import import_module

    return getattr(import_module(f"seglam_magics.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def load_ipython_extension(shell: Any) -> None:
    """`%load_ext seglam`: register the magics; silent, nothing is written, sent or started."""
    from seglam_magics.notebook import load

    load(shell)


def unload_ipython_extension(shell: Any) -> None:
    """`%unload_ext seglam`: take everything back that loading and asking have put in place."""
    from seglam_magics.notebook import unload

    unload(shell)
