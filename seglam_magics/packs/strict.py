"""JSON that says one thing only: no key twice, no NaN, no half of a surrogate pair, no bottomless nesting."""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn

from .container import refused
from .limits import DEPTH, DIGITS


def strict(data: bytes, name: str) -> dict[str, Any]:
    """The object in `data`, an entry called `name`.

    Raises
    ------
    SeglamError : E-PACK-JSON, with what is wrong with it.

    >>> strict(b'{"a": [1, 2]}', "x.json")
    {'a': [1, 2]}
    """
    try:
        found = _decoder.decode(data.decode("utf-8"))
        _check(found)
    except UnicodeDecodeError:
        raise refused("E-PACK-JSON", name=name, why="it is not UTF-8") from None
    except UnicodeEncodeError:
        raise refused("E-PACK-JSON", name=name, why="it holds half of a character") from None
    except RecursionError:
        raise refused("E-PACK-JSON", name=name, why=f"it is nested deeper than {DEPTH}") from None
    except ValueError as error:
        raise refused("E-PACK-JSON", name=name, why=error) from None
    if not isinstance(found, dict):
        raise refused("E-PACK-JSON", name=name, why="it is no object")
    return found


def dumped(data: Any) -> bytes:
    """`data` in the one spelling that packs are written in; raises ValueError for what JSON has no form for."""
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8")


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is there twice")
    return found


def _float(text: str) -> float:
    value = float(text) if len(text) <= DIGITS else math.inf
    if not math.isfinite(value):
        raise ValueError("a number is too large")
    return value


def _int(text: str) -> int:
    if len(text) > DIGITS:
        raise ValueError("a number is too large")
    return int(text)


def _constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is no JSON")


_decoder = json.JSONDecoder(
    object_pairs_hook=_pairs, parse_float=_float, parse_int=_int, parse_constant=_constant, strict=True
)


def _check(found: Any) -> None:
    """Look at every text and how deep it lies, a level at a time."""
    level, depth = [found], 0
    while level:
        depth += 1
        if depth > DEPTH + 1:
            raise ValueError(f"it is nested deeper than {DEPTH}")
        deeper: list[Any] = []
        for value in level:
            if isinstance(value, str):
                value.encode()  # half of a surrogate pair has no UTF-8, which is a ValueError
            elif isinstance(value, dict):
                deeper += [*value, *value.values()]
            elif isinstance(value, list):
                deeper += value
        level = deeper
