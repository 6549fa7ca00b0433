"""What a name in the notebook is, described without its values: kind, library, rows, columns with dtype classes."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterable, Mapping, Sized
from decimal import Decimal
from fractions import Fraction
from typing import Any

from ..words import Column, Variable
from .calling import is_polars, is_relation

# Names IPython keeps in every namespace; nobody asks about them.
SHELL_NAMES = frozenset({"In", "Out", "exit", "quit", "get_ipython", "open"})
_SCALARS: tuple[tuple[tuple[type, ...], str], ...] = (
    ((bool,), "bool"),
    ((int,), "int"),
    ((float, Decimal, Fraction), "float"),
    ((str,), "str"),
    ((dt.date,), "date"),
    ((dict,), "dict"),
    ((list, tuple, set, frozenset), "list"),
)


def describe(name: str, value: Any) -> Variable | None:
    """`value` as a question sees it, or None for what a procedure cannot take (modules, functions, models ...).

    Column types are read from the schema; no value is looked at, no query is run.

    >>> describe("xs", [1, 2, 3])
    Variable(name='xs', kind='list', library='python', rows=3, columns=())
    """
    library = library_of(value)
    if library != "python":
        return _foreign(name, value, library)
    for kinds, kind in _SCALARS:
        if isinstance(value, kinds):
            return Variable(
                name, kind, rows=len(value) if isinstance(value, Sized) and kind in ("list", "dict") else None
            )
    return None


def describe_all(namespace: Mapping[str, Any], names: Iterable[str] | None = None) -> dict[str, Variable]:
    """The variables of `namespace` a question may use, by name; all of them where `names` is None.

    >>> list(describe_all({"_": 1, "k": 2, "In": []}))
    ['k']
    """
    chosen = namespace if names is None else [n for n in names if n in namespace]
    found: dict[str, Variable] = {}
    for name in list(chosen):
        if names is None and (name.startswith("_") or name in SHELL_NAMES):
            continue
        variable = describe(name, namespace[name])
        if variable is not None:
            found[name] = variable
    return found


def library_of(value: Any) -> str:
    """Top-level package that made `value`: `polars`, `pandas`, `duckdb`, `pyarrow`, `numpy`, ... or `python`."""
    package = type(value).__module__.partition(".")[0].lstrip("_")
    return package if package in _LIBRARIES else "python"


_LIBRARIES = frozenset({"polars", "pandas", "duckdb", "pyarrow", "numpy", "modin", "pyspark", "dask"})


def _foreign(name: str, value: Any, library: str) -> Variable | None:
    kind = type(value).__name__
    if kind == "Series" or (library == "numpy" and getattr(value, "ndim", 0) == 1):
        return Variable(name, "series", library, len(value))
    if library == "numpy" or kind in ("Timestamp", "NAType", "NaTType"):
        return _scalar(name, value)
    if is_relation(value) or kind in ("DataFrame", "LazyFrame", "Table"):
        return Variable(name, "frame", library, _height(value), _columns(value, library))
    return None


def _scalar(name: str, value: Any) -> Variable | None:
    plain = value.to_pydatetime() if hasattr(value, "to_pydatetime") else getattr(value, "item", lambda: None)()
    return describe(name, plain) if plain is not None and library_of(plain) == "python" else None


def _height(value: Any) -> int | None:
    if is_relation(value) or type(value).__name__ == "LazyFrame" or library_of(value) in ("dask", "pyspark"):
        return None
    return int(value.num_rows) if hasattr(value, "num_rows") else len(value)


def _columns(value: Any, library: str) -> tuple[Column, ...]:
    if is_polars(value):
        return tuple(Column(n, polars_class(d)) for n, d in value.collect_schema().items())
    if library == "pandas":
        return tuple(Column(str(n), _pandas_class(value, i)) for i, n in enumerate(value.columns))
    if library == "duckdb":
        return tuple(Column(n, _sql_class(str(t))) for n, t in zip(value.columns, value.types, strict=True))
    import narwhals.stable.v2 as nw

    return tuple(Column(n, polars_class(d)) for n, d in nw.from_native(value).collect_schema().items())


_CLASSES: tuple[tuple[str, str], ...] = (
    ("UInt", "int"), ("Int", "int"), ("Float", "float"), ("Decimal", "float"), ("String", "str"), ("Categorical",
    "str"), ("Enum", "str"), ("Datetime", "datetime"), ("Date", "date"), ("Bool", "bool"),
)  # fmt: skip


def polars_class(dtype: Any) -> str:
    """Class of a polars or narwhals dtype: `int float str bool date datetime other`."""
    text = str(dtype)
    return next((kind for start, kind in _CLASSES if text.startswith(start)), "other")


def _pandas_class(frame: Any, position: int) -> str:
    dtype = frame.dtypes.iloc[position]
    kind = getattr(dtype, "kind", "O")
    if kind in "iufbM":
        return {"i": "int", "u": "int", "f": "float", "b": "bool", "M": "datetime"}[kind]
    if str(dtype) in ("category", "string", "str"):
        return "str"
    # a sample decides for object columns: reading all of one takes longer than the question
    inferred = sys.modules["pandas"].api.types.infer_dtype(frame.iloc[:100, position], skipna=True)
    return {"string": "str", "date": "date", "boolean": "bool", "empty": "str", "decimal": "float"}.get(
        inferred, "other"
    )


def _sql_class(dtype: str) -> str:
    if dtype.startswith(("VARCHAR", "ENUM", "UUID")):
        return "str"
    if "INT" in dtype:
        return "int"
    if dtype.startswith(("DECIMAL", "FLOAT", "DOUBLE")):
        return "float"
    return {"BOOLEAN": "bool", "DATE": "date"}.get(dtype, "datetime" if dtype.startswith("TIMESTAMP") else "other")
