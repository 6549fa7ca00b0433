"""Values on their way between kernel and child: JSON and Arrow IPC, never pickle.

Plain values become JSON with tags for what JSON cannot say; frames travel beside it as polars IPC streams.
"""

from __future__ import annotations

import datetime as dt
import io
import math
from decimal import Decimal
from fractions import Fraction
from typing import Any

from .calling import is_polars

TAG = "$"
DEPTH = 200


class Unportable(TypeError):
    """A value that cannot leave the kernel; the message says which and why."""


def pack(value: Any) -> tuple[Any, list[bytes]]:
    """`value` as JSON-able data and binary blobs.

    Raises
    ------
    Unportable : for anything but plain data and polars frames.

    >>> pack({"k": 3, "on": dt.date(2024, 5, 1)})
    ({'k': 3, 'on': {'$': 'date', 'v': '2024-05-01'}}, [])
    """
    blobs: list[bytes] = []
    return _out(value, blobs, 0), blobs


def unpack(plain: Any, blobs: list[bytes]) -> Any:
    """The value that `pack` took apart; raises ValueError for what it did not make.

    >>> unpack(*pack([1, None, float("inf"), {2: (3,)}]))
    [1, None, inf, {2: (3,)}]
    """
    return _in(plain, blobs, 0)


def _out(value: Any, blobs: list[bytes], depth: int) -> Any:
    if depth > DEPTH:
        raise Unportable("nested more than 200 levels deep")
    kind = type(value)
    if value is None or kind is bool or kind is str:
        return value
    if kind is int:
        return value if abs(value) < 1 << 53 else {TAG: "int", "v": str(value)}
    if kind is float:
        return value if math.isfinite(value) else {TAG: "float", "v": repr(value)}
    if kind is list:
        return [_out(v, blobs, depth + 1) for v in value]
    if kind is dict:
        return _dict_out(value, blobs, depth)
    if is_polars(value):
        return {TAG: "frame", "v": _blob(value, blobs)}
    return _tagged(value, blobs, depth)


def _dict_out(value: dict[Any, Any], blobs: list[bytes], depth: int) -> Any:
    if TAG not in value and all(type(k) is str for k in value):
        return {k: _out(v, blobs, depth + 1) for k, v in value.items()}
    return {TAG: "dict", "v": [[_out(k, blobs, depth + 1), _out(v, blobs, depth + 1)] for k, v in value.items()]}


def _tagged(value: Any, blobs: list[bytes], depth: int) -> Any:
    if isinstance(value, (tuple, set, frozenset)):
        kind = "tuple" if isinstance(value, tuple) else "set"
        items = value if kind == "tuple" else sorted(value, key=repr)
        return {TAG: kind, "v": [_out(v, blobs, depth + 1) for v in items]}
    for kind, (known, write, _read) in _SCALARS.items():
        if type(value) is known:
            return {TAG: kind, "v": write(value)}
    if hasattr(value, "item") and type(value).__module__ == "numpy":
        return _out(value.item() if getattr(value, "ndim", 0) == 0 else value.tolist(), blobs, depth + 1)
    plainer: tuple[Any, ...] = (int, float, str, list, dict)
    for known in plainer:
        if isinstance(value, known):
            return _out(known(value), blobs, depth + 1)
    raise Unportable(f"a {type(value).__name__} is not plain data")


def _blob(frame: Any, blobs: list[bytes]) -> int:
    import polars as pl

    frame = frame.collect() if isinstance(frame, pl.LazyFrame) else frame
    if any(dtype == pl.Object for dtype in frame.dtypes):
        # polars writes Object columns as memory addresses
        raise Unportable("a column of Python objects is not plain data")
    sink = io.BytesIO()
    frame.write_ipc_stream(sink)
    blobs.append(sink.getvalue())
    return len(blobs) - 1


def _seconds(value: dt.timedelta) -> list[int]:
    return [value.days, value.seconds, value.microseconds]


_SCALARS: dict[str, tuple[type, Any, Any]] = {
    "int": (int, str, int),
    "float": (float, repr, float),
    "datetime": (dt.datetime, dt.datetime.isoformat, dt.datetime.fromisoformat),
    "date": (dt.date, dt.date.isoformat, dt.date.fromisoformat),
    "time": (dt.time, dt.time.isoformat, dt.time.fromisoformat),
    "timedelta": (dt.timedelta, _seconds, lambda v: dt.timedelta(*v)),
    "decimal": (Decimal, str, Decimal),
    "fraction": (Fraction, str, Fraction),
    "complex": (complex, lambda v: [v.real, v.imag], lambda v: complex(*v)),
    "bytes": (bytes, bytes.hex, bytes.fromhex),
}


def _in(plain: Any, blobs: list[bytes], depth: int) -> Any:
    if depth > 2 * DEPTH:
        problem = "nested too deep"
        raise ValueError(problem)
    if isinstance(plain, list):
        return [_in(v, blobs, depth + 1) for v in plain]
    if not isinstance(plain, dict):
        return plain
    if TAG not in plain:
        return {k: _in(v, blobs, depth + 1) for k, v in plain.items()}
    return _untagged(plain[TAG], plain.get("v"), blobs, depth)


def _untagged(kind: Any, value: Any, blobs: list[bytes], depth: int) -> Any:
    if kind == "frame":
        import polars as pl

        return pl.read_ipc_stream(io.BytesIO(blobs[value]))
    if kind in ("tuple", "set"):
        items = [_in(v, blobs, depth + 1) for v in value]
        return tuple(items) if kind == "tuple" else set(items)
    if kind == "dict":
        return {_in(k, blobs, depth + 1): _in(v, blobs, depth + 1) for k, v in value}
    if kind in _SCALARS:
        return _SCALARS[kind][2](value)
    problem = f"unknown tag {kind!r}"
    raise ValueError(problem)
