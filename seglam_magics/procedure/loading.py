"""Source text to callable, in a namespace of its own.

The curated built-ins and the importer are a seat belt against accidents, not a boundary: the operating system is the
boundary (`verify`). They behave alike in the kernel and in the child, so what verified there runs here.
"""

from __future__ import annotations

import builtins
import importlib
from collections.abc import Callable
from functools import lru_cache
from types import ModuleType
from typing import Any

MODULES = frozenset(
    {"math", "statistics", "datetime", "re", "itertools", "functools", "collections", "fractions", "decimal", "string"}
)
BUILTINS = frozenset(
    """
    ArithmeticError AssertionError AttributeError Exception False IndexError KeyError LookupError None OverflowError
    StopIteration True TypeError ValueError ZeroDivisionError abs all any bin bool bytes callable chr complex dict
    divmod enumerate filter float format frozenset hex int isinstance issubclass iter len list map max min next oct ord
    pow range repr reversed round set slice sorted str sum tuple zip
    """.split()
)


def _import(name: str, _globals: Any = None, _locals: Any = None, _names: Any = (), level: int = 0) -> ModuleType:
    if level or name not in MODULES:
        problem = f"a procedure cannot import {name}"
        raise ImportError(problem)
    return importlib.import_module(name)


def namespace() -> dict[str, Any]:
    """A fresh global namespace for procedure code: some sixty built-ins and an importer of ten modules."""
    safe = {name: getattr(builtins, name) for name in BUILTINS}
    return {"__builtins__": {**safe, "__import__": _import}, "__name__": "procedure"}


@lru_cache(maxsize=4096)
def _code(source: str, filename: str) -> Any:
    return compile(source, filename, "exec", dont_inherit=True)


def load(source: str, name: str, **injected: Any) -> Callable[..., Any]:
    r"""The function `name` of `source`, executed in a fresh namespace.

    Parameters
    ----------
    injected : further global names, such as `nw` for procedures on frames.

    Raises
    ------
    KeyError : the source defines no `name`.
    SyntaxError : the source is not Python.

    >>> load("def twice(x):\n    return 2 * x", "twice")(x=4)
    8
    """
    space = namespace()
    if _speaks_frames(source) and "nw" not in injected:
        import narwhals.stable.v2 as nw

        space["nw"] = nw
    space.update(injected)
    exec(_code(source, f"<{name}>"), space)
    function: Callable[..., Any] = space[name]
    return function


def _speaks_frames(source: str) -> bool:
    return "nw." in source
