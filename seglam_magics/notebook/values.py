"""A value as text and as static html: bounded whatever its size, escaped whatever its content.

Frames show themselves as their library does, if what they emit is made of table tags only; everything else is text.
"""

from __future__ import annotations

import reprlib
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from html import escape
from html.parser import HTMLParser
from typing import Any

from .wording import cut, say

LONGEST = 20_000  # characters of a value that are shown
MANY = 1000  # rows or items beyond which only a part is looked at
_EDGE = 20  # items shown of a collection that is longer
_WIDTH = 100

_FRAME_LIBRARIES = frozenset({"pandas", "polars", "pyarrow", "duckdb", "modin", "narwhals"})
_TABLES = frozenset({"DataFrame", "Series"})
_TAGS = frozenset({"div", "style", "table", "thead", "tbody", "tr", "th", "td", "small", "p", "span", "br", "pre"})
_ATTRIBUTES = frozenset(
    {"class", "style", "scoped", "border", "colspan", "rowspan", "scope", "halign", "valign", "align"}
)
_LOADS = ("url(", "@import", "expression(", "javascript:")


def plain(value: Any) -> str:
    """`value` as text of at most `LONGEST` characters.

    >>> plain([1, 2]), plain("a"), plain(None)
    ('[1, 2]', "'a'", 'None')
    """
    try:
        text = _frame_text(value) if library(value) in _FRAME_LIBRARIES else _python_text(value)
    except Exception as error:  # noqa: BLE001 - the repr of a user's object may raise anything
        text = say("value.unprintable", kind=type(value).__name__, why=type(error).__name__)
    if len(text) <= LONGEST:
        return text
    return cut(text, LONGEST) + "\n" + say("value.characters", count=f"{len(text):,}")


def markup(value: Any) -> str:
    """`value` as static html without script, event handler or address.

    >>> markup("<b>")
    '<pre style="margin:0">&#x27;&lt;b&gt;&#x27;</pre>'
    """
    table = _table(value)
    return f"<div>{table}</div>" if table else preformatted(plain(value))


def preformatted(text: str) -> str:
    """Text as an escaped `<pre>`.

    >>> preformatted("a < b")
    '<pre style="margin:0">a &lt; b</pre>'
    """
    return f'<pre style="margin:0">{escape(text)}</pre>'


def library(value: Any) -> str:
    """The package that made `value`.

    >>> library([1])
    'builtins'
    """
    return type(value).__module__.partition(".")[0]


def _table(value: Any) -> str:
    if library(value) not in {"pandas", "polars"} or type(value).__name__ not in _TABLES:
        return ""
    try:
        with _few_rows(value):
            text = str(value._repr_html_() or "") if hasattr(value, "_repr_html_") else ""
    except Exception:  # noqa: BLE001 - a broken column must not hide the answer; text is shown instead
        return ""
    return text if harmless(text) else ""


def harmless(html: str) -> bool:
    """Whether `html` consists of table tags with plain attributes only.

    >>> harmless("<table><tr><td>1</td></tr></table>"), harmless("<td onclick=x>"), harmless("<script>")
    (True, False, False)
    """
    check = _Check(convert_charrefs=False)
    check.feed(html)
    check.close()
    return check.ok


class _Check(HTMLParser):
    ok = True

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = (value or "" for name, value in attrs if name == "style")
        if tag not in _TAGS or any(name not in _ATTRIBUTES for name, _ in attrs) or _loads_something(values):
            self.ok = False

    def handle_data(self, data: str) -> None:
        if self.cdata_elem == "style" and _loads_something([data]):
            self.ok = False

    def handle_decl(self, decl: str) -> None:  # noqa: ARG002 - any declaration is foreign here
        self.ok = False

    def unknown_decl(self, data: str) -> None:  # noqa: ARG002
        self.ok = False

    def handle_pi(self, data: str) -> None:  # noqa: ARG002
        self.ok = False


def _loads_something(styles: Iterable[str]) -> bool:
    return any(word in style.casefold() for style in styles for word in _LOADS)


def _frame_text(value: Any) -> str:
    with _few_rows(value):
        return repr(value)


@contextmanager
def _few_rows(value: Any) -> Iterator[None]:
    """Keep a large frame from being shown whole where the user's options ask for every row."""
    module = sys.modules.get(library(value))
    large = module is not None and hasattr(value, "__len__") and len(value) > MANY
    if large and library(value) == "pandas":
        context = module.option_context("display.max_rows", 60)  # type: ignore[union-attr]
    elif large and library(value) == "polars":
        context = module.Config(tbl_rows=10)  # type: ignore[union-attr]
    else:
        context = nullcontext()
    with context:
        yield


def _python_text(value: Any) -> str:
    if _size(value, MANY) <= MANY:
        from IPython.lib.pretty import pretty

        return str(pretty(value, max_width=_WIDTH))  # type: ignore[no-untyped-call]
    text = _partly().repr(value)
    count = len(value) if hasattr(value, "__len__") else 0
    key = "value.characters" if isinstance(value, (str, bytes)) else "value.items"
    return text + "\n" + say(key, count=f"{count:,}") if count else text


def _partly() -> reprlib.Repr:
    short = reprlib.Repr()
    short.maxlist = short.maxtuple = short.maxset = short.maxfrozenset = short.maxdict = _EDGE
    short.maxstring = short.maxother = short.maxlong = MANY
    return short


def _size(value: Any, limit: int) -> int:
    """How much text `value` may become, in items and 100 characters; stops counting beyond `limit`."""
    if isinstance(value, (str, bytes)):
        return 1 + len(value) // _WIDTH
    if not isinstance(value, (list, tuple, set, frozenset, dict)):
        return 1
    total = len(value)
    parts = [*value.keys(), *value.values()] if isinstance(value, Mapping) and total <= limit else value
    for part in parts if total <= limit else ():
        total += _size(part, limit - total)
        if total > limit:
            break
    return total
