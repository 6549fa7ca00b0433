"""Plain text of the command line: tables, times, code."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from seglam_magics.notebook.wording import cut, say, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

WIDEST = 60  # characters of the last column of a table


def table(head: Sequence[str], rows: Iterable[Sequence[Any]], *, widest: int = WIDEST) -> str:
    """Rows under headings, columns aligned, the last one shortened to `widest`; "" for no rows.

    >>> print(table(["name", "hits"], [["top_growth", 12], ["rank", 3]]))
    name        hits
    top_growth  12
    rank        3
    """
    cells = [[visible(str(cell), keep="") for cell in row] for row in rows]
    if not cells:
        return ""
    cells = [[*row[:-1], cut(row[-1], widest)] for row in [list(head), *cells]]
    widths = [max(len(row[i]) for row in cells) for i in range(len(head))]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in cells)
    return "\n".join(line.rstrip() for line in lines)


def pairs(rows: Iterable[tuple[str, Any]]) -> str:
    """`name  value` lines, values aligned.

    >>> print(pairs([("store", "/data"), ("model", "a/b")]))
    store  /data
    model  a/b
    """
    kept = [(name, visible(str(value))) for name, value in rows if value not in ("", None)]
    width = max((len(name) for name, _ in kept), default=0)
    return "\n".join(f"{name:<{width}}  {value}" for name, value in kept)


def when(seconds: float | None) -> str:
    """A time of day as people here write it, `-` for never.

    >>> when(None)
    '-'
    """
    if not seconds:
        return "-"
    return dt.datetime.fromtimestamp(seconds, tz=dt.UTC).astimezone().strftime("%Y-%m-%d %H:%M")


def code(source: str) -> str:
    r"""Source with nothing hidden in it.

    >>> code("x = 1 # \u202e")
    'x = 1 # \\u202e'
    """
    return visible(source.rstrip("\n"), joiners=False)


def indented(lines: Iterable[str], by: str = "  ") -> list[str]:
    """Every line of `lines`, further in.

    >>> indented(["a", "b"])
    ['  a', '  b']
    """
    return [by + line for text in lines for line in text.splitlines() or [""]]


def section(title: str, lines: Iterable[str]) -> list[str]:
    """A titled block; nothing where there are no lines."""
    body = indented(lines)
    return [say(f"show.{title}"), *body] if body else []
