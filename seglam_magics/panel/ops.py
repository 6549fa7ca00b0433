"""What a panel may say, checked before anything is done with it; each op is a verb of the command line (`ops.toml`)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

from ..errors import SeglamError, closest

LONGEST = 4000  # characters of a text
_LABEL = re.compile(r"(?P<name>[^\W\d]\w{0,199})(@[1-9]\d{0,8})?")
_RUN = re.compile(r"r[0-9a-f]{6}")
_WORD = re.compile(r"[a-z_]{0,40}")
_MOST = 10**9
_FREE = frozenset({"op", "id", "nonce"})


@dataclass(frozen=True, slots=True)
class Op:
    """One thing a panel may say.

    Attributes
    ----------
    verb : of the command line, "" for the state.
    words : its arguments, see `ops.toml`; None where the op is shown or done by the panel itself.
    fields : name -> kind, of what the message may hold.
    nonce : only with what this panel was told when it was opened.
    run : said to a run that is on its way.
    cell : needs a cell of its own.
    """

    verb: str
    words: tuple[Any, ...] | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    nonce: bool = False
    run: bool = False
    cell: bool = False


@cache
def ops() -> dict[str, Op]:
    """Every op by its name.

    >>> ops()["pin"].verb, ops()["approve"].nonce
    ('pin', True)
    """
    text = resources.files(__package__).joinpath("ops.toml").read_text(encoding="utf-8")
    return {name: _op(entry) for name, entry in tomllib.loads(text).items()}


def _op(entry: dict[str, Any]) -> Op:
    words = entry.pop("words", None)
    return Op(words=None if words is None else tuple(words), **entry)


def checked(message: Any) -> tuple[str, Op, dict[str, Any]]:
    """Op and fields of a message.

    Raises
    ------
    SeglamError : E-PANEL-MESSAGE for anything that is not in the table, or a field of another kind.

    >>> name, op, fields = checked({"op": "pin", "procedure": "total@2"})
    >>> name, fields
    ('pin', {'procedure': 'total@2'})
    """
    if not isinstance(message, Mapping) or not isinstance(message.get("op"), str):
        raise SeglamError("E-PANEL-MESSAGE", why="it names no op", close="")
    name = message["op"]
    if name not in ops():
        raise SeglamError("E-PANEL-MESSAGE", why=f"there is no op {name[:40]!r}", close=closest(name, ops()))
    op, fields = ops()[name], {}
    for key, value in message.items():
        if key in _FREE:
            continue
        kind = op.fields.get(key)
        if kind is None or not _is(kind, value):
            raise SeglamError("E-PANEL-MESSAGE", why=f"{name} takes no such {str(key)[:40]!r}", close="")
        fields[key] = value
    return name, op, fields


def _is(kind: str, value: Any) -> bool:
    if kind == "count":
        return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST
    if not isinstance(value, str) or len(value) > LONGEST:
        return False
    if kind == "label":
        return _LABEL.fullmatch(value) is not None
    if kind == "run":
        return not value or _RUN.fullmatch(value) is not None
    return kind == "text" or _WORD.fullmatch(value) is not None


def line(op: Op, fields: Mapping[str, Any]) -> list[str]:
    """The words of the command line that an op stands for.

    Raises
    ------
    SeglamError : E-PANEL-MESSAGE where a field is missing.

    >>> line(ops()["update"], {"text": "only 2024", "run": ""})
    ['update', '--', 'only 2024']
    """
    words = [op.verb]
    for part in op.words or ():
        words += [_filled(part, fields)] if isinstance(part, str) else _optional(part, fields)
    return words


def _optional(parts: Sequence[str], fields: Mapping[str, Any]) -> list[str]:
    named = [part[1:-1] for part in parts if part.startswith("{")]
    return [_filled(part, fields) for part in parts] if all(fields.get(name) for name in named) else []


def _filled(word: str, fields: Mapping[str, Any]) -> str:
    if not word.startswith("{"):
        return word
    value = fields.get(word[1:-1])
    if value is None or value == "":
        raise SeglamError("E-PANEL-MESSAGE", why=f"it lacks {word[1:-1]}", close="")
    return str(value)
