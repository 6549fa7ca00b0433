"""What a question was understood to mean, word by word and as a whole: `%seglam why --reading`."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from ..question import Form, Grounded, TextForm, content, ground
from ..words import Reading, Values
from .wording import one_line, say

TABULAR = ("frame", "list")
MOST_FRAMES = 3
WIDTH = 60
Row = tuple[str, str, str]


def meant(reading: Reading, values: Values) -> list[tuple[str, list[Row]]]:
    """Tables of what each word was taken for: one for each frame it may be about, one without data.

    Parameters
    ----------
    values : looks words up in the columns as they are now.

    Returns
    -------
    list of (title, rows of words, part, what they stand for); the last row says what the whole means. The title is the
    name of a frame.

    Examples
    --------
    >>> from seglam_magics.cache.library import NO_VALUES
    >>> from seglam_magics.question import read
    >>> from seglam_magics.words import Column, Variable
    >>> df = Variable("df", "frame", columns=(Column("mass", "float"), Column("island", "str")))
    >>> [(title, rows)] = meant(read("highest mass per island", {"df": df}), NO_VALUES)
    >>> title, rows[0], rows[-1][2]
    ('df', ('highest', 'operator', 'highest'), 'max of mass per island')
    """
    frames = [v for v in reading.variables.values() if v.kind in TABULAR and v.columns][:MOST_FRAMES]
    if not frames:
        return [(say("reading.without_data"), _textual(content(reading), reading.text))]
    return [(v.name, _grounded(reading, ground(reading, v, values))) for v in frames]


def _grounded(reading: Reading, grounded: Grounded) -> list[Row]:
    rows = []
    parts = sorted(grounded.parts)
    for (part, meaning), run in groupby(parts, key=lambda p: (p[2], p[3] if p[2] in ("column", "value") else "")):
        spans = list(run)
        words = reading.text[spans[0][0] : spans[-1][1]]
        stands = meaning or " ".join(dict.fromkeys(p[3] for p in spans))
        rows.append((one_line(words, WIDTH), say(f"reading.{part.replace(' ', '_')}"), one_line(stands, WIDTH)))
    best = grounded.forms[0] if grounded.forms else None
    whole = sentence(best) if best is not None and not grounded.doubtful else grounded.reason or say("reading.doubtful")
    return [*rows, ("", say("reading.whole"), one_line(whole, 2 * WIDTH))]


def sentence(form: Form) -> str:
    """A form in words.

    >>> from seglam_magics.question import Condition
    >>> sentence(Form("many", None, (Condition("grid", "<", 12),), rest=("wet",)))
    'number of rows where grid < 12; left over: wet'
    """
    return "".join(_clauses(form))


def _clauses(form: Form) -> Iterator[str]:
    named = form.target or say("reading.rows")
    yield say(f"reading.form_{form.operator}", target=named)
    if form.limit is not None:
        yield say("reading.limit", limit=form.limit)
    if form.conditions:
        yield say("reading.where") + " and ".join(
            f"{c.column} {c.comparison.removeprefix('between')} {c.value!r}" for c in form.conditions
        )
    if form.groups:
        yield say("reading.per") + ", ".join(form.groups)
    loose = [*form.operators, *sorted(form.extra), *dict.fromkeys(form.rest)]
    if loose:
        yield say("reading.left") + ", ".join(loose)


def _textual(form: TextForm, text: str) -> list[Row]:
    rows = [(one_line(x.text, WIDTH), say("reading.literal"), x.kind) for x in form.literals]
    rows += [(form.spelled.get(o, o), say("reading.operator"), o) for o in form.operators]
    placed = {row[0] for row in rows}
    spelled = [(form.spelled.get(w, w), w) for w in sorted(form.words)]
    rows += [(word, say("reading.words"), w) for word, w in spelled if word not in placed]
    rows.sort(key=lambda row: text.find(row[0]))
    return [*rows, ("", say("reading.asks"), form.asks)]
