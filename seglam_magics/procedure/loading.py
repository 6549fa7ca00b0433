"""Source text to callable, in a namespace of its own.

Every load has a namespace of its own: a fresh dictionary with some sixty built-ins and an importer of ten modules,
which hands out their public names and never the modules themselves. So no call leaves anything to the next one, and
`statistics.sys` leads nowhere. This is a seat belt against accidents, not a boundary: whoever means harm gets around
it, and the operating system is the boundary (`verify`). It is alike in the kernel and in the child, so what verified
there runs here.
"""

from __future__ import annotations

import builtins
import importlib
from collections.abc import Callable
from functools import cache, lru_cache
from types import ModuleType
from typing import Any

MODULES = frozenset(
    {"math", "statistics", "datetime", "re", "itertools", "functools", "collections", "fractions", "decimal", "string"}
)
# What strptime and strftime import when they are called, through the importer of whoever calls them.
_FOR_COMPILED_CODE = frozenset({"_strptime", "time"})
BUILTINS = frozenset(
    """
    ArithmeticError AssertionError AttributeError Exception False IndexError KeyError LookupError None OverflowError
    StopIteration True TypeError ValueError ZeroDivisionError abs all any bin bool bytes callable chr complex dict
    divmod enumerate filter float format frozenset hex int isinstance issubclass iter len list map max min next oct ord
    pow range repr reversed round set slice sorted str sum tuple zip
    """.split()
)


def _import(name: str, _globals: Any = None, _locals: Any = None, _names: Any = (), level: int = 0) -> ModuleType:
    if name in _FOR_COMPILED_CODE:
        importlib.import_module(name)
        return ModuleType(name)  # compiled code takes the real one from sys.modules; a procedure gets nothing
    if level or name not in MODULES:
        problem = f"a procedure cannot import {name}"
        raise ImportError(problem)
    module = ModuleType(name)
    module.__dict__.update(_public(name))
    return module


@cache
def _public(name: str) -> dict[str, Any]:
    """What a module offers, without the modules it has imported itself."""
    module = importlib.import_module(name)
    names = getattr(module, "__all__", None) or [n for n in vars(module) if not n.startswith("_")]
    return {n: found for n in names if not isinstance(found := getattr(module, n), ModuleType)}


def namespace() -> dict[str, Any]:
    """A fresh global namespace for procedure code.

    >>> sorted(namespace())
    ['__builtins__', '__name__']
    """
    return {"__builtins__": {**_builtins(), "__import__": _import}, "__name__": "procedure"}


@cache
def _builtins() -> dict[str, Any]:
    return {name: getattr(builtins, name) for name in BUILTINS}


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
