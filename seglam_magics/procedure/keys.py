"""Keys of many cells at once: what `cell_key` gives, computed by polars wherever that is proven to be the same.

Proven means: a cell of characters that never compose, have no casing that hangs on their neighbours, and are letters or
digits in the eyes of Python exactly where the class below says so. The tests go through every one of them. Any other
cell (emoji, combining marks, scripts whose vowels are marks, invisible characters) is spelled by Python itself.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from ..question.normal import cell_key, spelled

if TYPE_CHECKING:
    import polars as pl

# Letters and digits in lower case: ASCII, Latin-1, Latin Extended-A, Greek, Cyrillic, Hebrew, Arabic, CJK, Hangul,
# kana, Vietnamese. Left out: letters that fold into others (such as ß or µ), and all marks: they end a word for Python.
_LETTERS = (
    "0-9a-zªº²³¹¼-¾à-öø-ÿāăąćĉċčďđēĕėęěĝğġģĥħĩīĭįıĳĵķĸĺļľŀłńņňŋōŏőœŕŗřśŝşšţťŧũūŭůűųŵŷźżž"
    "\u03ac-\u03af\u03b1-\u03c1\u03c3-\u03ce\u0430-\u045f\u0491\u0493\u049b\u04a3\u04af\u04b1\u04bb\u04d9\u04e9"
    "\u05d0-\u05ea\u0621-\u063a\u0641-\u064a\u0660-\u0669\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fa5\uac00-\ud7a3"
)
_LETTERS += "".join(map(chr, range(0x1EA1, 0x1EFA, 2)))  # Vietnamese
# Their upper case, where casing is one to one: neither Σ, whose small form hangs on its place, nor İ.
_CAPITALS = (
    "A-ZÀ-ÖØ-ÞĀĂĄĆĈĊČĎĐĒĔĖĘĚĜĞĠĢĤĦĨĪĬĮĲĴĶĹĻĽĿŁŃŅŇŊŌŎŐŒŔŖŘŚŜŞŠŢŤŦŨŪŬŮŰŲŴŶŸŹŻŽ"
    "\u0386\u0388-\u038a\u038c\u038e\u038f\u0391-\u03a1\u03a4-\u03ab\u0400-\u042f"
    "\u0490\u0492\u049a\u04a2\u04ae\u04b0\u04ba\u04d8\u04e8"
)
_CAPITALS += "".join(map(chr, range(0x1EA0, 0x1EFA, 2)))
# What parts words: the rest of ASCII and Latin-1 without the soft hyphen, dashes, quotes, currencies, CJK punctuation.
_MARKS = (
    r"\x00-\x22\x24\x26-/:-@\[-`{-\xa9\xab\xac\xae-\xb1\xb4\xb6-\xb8\xbb\xbf\xd7\xf7"
    "\u2010-\u2029\u2030-\u2038\u20a0-\u20bf\u2116\u2122\u2190-\u2194\u2212\u3000-\u3003\u300a-\u3011"
)
PROVEN = rf"\A[#%{_LETTERS}{_CAPITALS}{_MARKS}]*\z"
_APART = f"[^#%{_LETTERS}]+"
# Characters a spelling loses; without one, a cell that folds as it lowers has one key.
_LOST = re.compile("[\u00ad\u200b\u200e\u200f\u061c\u2060\ufeff]")


def index_keys(cell: str) -> tuple[str, ...]:
    """The keys `cell` is found by: its own, and that of its casefolded spelling where it is another.

    The second lets a cell be found by what equals it but for case and typography (`straße`, `STRASSE`); for a cell
    without letters it is that spelling.

    >>> index_keys("Straße"), index_keys("Ann"), index_keys("--")
    (('straße', 'strasse'), ('ann',), ('--',))
    """
    key = cell_key(cell)
    if key and (cell.isascii() or _folds_as_it_lowers(cell)):
        return (key,)
    folded = folded_key(cell)
    return (key, folded) if key and key != folded else (folded,)


def _folds_as_it_lowers(cell: str) -> bool:
    lower = cell.lower()
    normal = unicodedata.is_normalized("NFC", cell) and unicodedata.is_normalized("NFC", lower)
    return normal and lower == cell.casefold() and not _LOST.search(cell)


def folded_key(text: str) -> str:
    """The key of the casefolded spelling of `text`, or that spelling where it has no letters."""
    folded = spelled(text).casefold()
    return cell_key(folded) or folded


def vectorised(texts: pl.LazyFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """`row` and `text` to `row` and `key` of the cells polars can be trusted with, and the rest as it came."""
    import polars as pl

    text = pl.col("text")
    key = text.str.to_lowercase().str.replace_all(_APART, " ").str.strip_chars(" ")
    spelt = texts.with_columns(key=key, proven=text.str.contains(PROVEN)).collect()
    proven = spelt["proven"] & (spelt["key"] != "")
    return spelt.filter(proven).select("row", "key"), spelt.filter(~proven).select("row", "text")


def one_by_one(texts: pl.DataFrame) -> pl.DataFrame:
    """`row` and `text` to `row` and `key`: `index_keys` of each cell, one different key a line."""
    import polars as pl

    rows: list[int] = []
    keys: list[str] = []
    for row, cell in zip(texts["row"].to_list(), texts["text"].to_list(), strict=True):
        for key in index_keys(cell):
            rows.append(row)
            keys.append(key)
    return pl.DataFrame({"row": pl.Series(rows, dtype=texts.schema["row"]), "key": pl.Series(keys, dtype=pl.String)})
