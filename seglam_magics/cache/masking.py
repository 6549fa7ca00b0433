"""Questions and wordings without what they are about: numbers, texts and names are marks, so that words are compared.

Two questions that ask the same of other data look the same here, and so do a question and the wording it is of.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from ..question.columns import pieces
from ..question.language import lexicon
from ..words import Reading

NUMBER, NAME, TEXT = "0", "_", '"'
_QUOTED = re.compile(r'"[^"]*"')
_SLOT = re.compile(r"[^\W\d_]*`?\{(\w+)\}`?[^\W\d_]*")
_NUMERAL = re.compile(r"\d+(?:[.,]\d+)*")
_MARKS = {
    **dict.fromkeys(("int", "float", "date"), NUMBER),
    **dict.fromkeys(("frame", "series", "list", "dict", "column", "columns"), NAME),
}
_JOINTS = (" ", "_", "-", "")
Span = tuple[int, int, str]


def masked_question(reading: Reading, values: Iterable[tuple[int, int]] = ()) -> str:
    """The text of a question with marks for its numbers, quoted texts and references.

    Parameters
    ----------
    values : [start, end) of further texts that are values of a column.

    >>> from seglam_magics.question import read
    >>> from seglam_magics.words import Column, Variable
    >>> df = Variable("df", "frame", columns=(Column("price", "float"), Column("city", "str")))
    >>> masked_question(read('mean price in df where city is "Oslo", five largest of 1,200', {"df": df}))
    'mean _ in _ where _ is ", 0 largest of 0'
    """
    spans = [(start, end, TEXT) for start, end in values]
    return _marked(reading.text, [*spans, *_spans(reading)])


def masked_wording(text: str, types: Mapping[str, str], columns: Iterable[str] = ()) -> str:
    """The text of a wording with marks for its slots, its numbers and the columns it names.

    Parameters
    ----------
    types : parameter -> slot type.
    columns : columns the source names, which a wording says as words.

    >>> masked_wording("{k} largest bill lengths in `{df}`", {"k": "int", "df": "frame"}, ["bill_length"])
    '0 largest _ in _'
    """
    spans: list[Span] = [(m.start(), m.end(), _MARKS.get(types.get(m[1], ""), TEXT)) for m in _SLOT.finditer(text)]
    spans += _named(text, columns)
    spans += [(m.start(), m.end(), TEXT) for m in _QUOTED.finditer(text)]
    spans += [(m.start(), m.end(), NUMBER) for m in _NUMERAL.finditer(text)]
    return _marked(text, spans)


def _spans(reading: Reading) -> Iterator[Span]:
    said = lexicon().numbers["cardinals"]
    for reference in reading.references:
        yield reference.start, reference.end, NAME
    for token in reading.tokens:
        if token.kind == "number" or token.text.casefold() in said:
            yield token.start, token.end, NUMBER
        elif token.kind == "quoted":
            yield token.start, token.end, NAME
    for quoted in _QUOTED.finditer(reading.text):
        yield quoted.start(), quoted.end(), TEXT


def _named(text: str, columns: Iterable[str]) -> Iterator[Span]:
    """Where a wording says a column: in whatever case, its parts joined in whatever way, plural or not."""
    low = text.casefold()
    for name in {pieces(column) for column in columns} - {()} if len(low) == len(text) else ():
        for said in {joint.join(name) for joint in _JOINTS}:
            start = low.find(said)
            while start >= 0:
                end = start + len(said)
                plural = next(n for n in (2, 1, 0) if low[end : end + n] == "es"[2 - n :])
                if not (low[start - 1 : start].isalnum() or low[end + plural : end + plural + 1].isalnum()):
                    yield start, end + plural, NAME
                start = low.find(said, end)


def _marked(text: str, spans: Iterable[Span]) -> str:
    """`text` with marks in place of the spans; of two that overlap the first and longer one counts."""
    made, at = [], 0
    for start, end, mark in sorted(spans, key=lambda s: (s[0], -s[1])):
        if start >= at:
            made += [text[at:start], mark]
            at = end
    return "".join([*made, text[at:]])
