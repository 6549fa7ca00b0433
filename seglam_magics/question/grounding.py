"""Reading a question against a frame: which columns, values and operators it names, and what applies to what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from ..words import Reading, Values, Variable
from .form import Grounded
from .forming import forms, ways
from .layout import laid_out, without_marks
from .mentions import Literal
from .schema import schema_of, synonyms_of
from .sketch import Sketch

LONGEST = 120  # words; longer questions are read by their wording only


def ground(
    reading: Reading, variable: Variable, values: Values, synonyms: Mapping[str, Iterable[str]] = MappingProxyType({})
) -> Grounded:
    """The question read against the columns of `variable`.

    Parameters
    ----------
    values : looks words up in the columns.
    synonyms : column -> words that name it, too, as an author of a procedure declared.

    Examples
    --------
    >>> from seglam_magics.words import Column
    >>> from .references import read
    >>> class Cells:
    ...     def find(self, variable, phrases):
    ...         return {"adelie": {"species": ("Adelie",)}}
    ...     def ranges(self, variable):
    ...         return {}
    >>> df = Variable("df", "frame", columns=(Column("species", "str"), Column("mass", "float")))
    >>> best = ground(read("highest mass of an Adelie", {"df": df}), df, Cells()).best
    >>> best.operator, best.target, best.places
    ('max', 'mass', (('species', '='),))
    """
    words = without_marks(laid_out(reading))
    if len(words) > LONGEST:
        return Grounded(variable.name, reason=f"it has more than {LONGEST} words")
    schema = schema_of(variable.columns, synonyms_of(synonyms, variable.columns))
    sketch = Sketch(reading, variable, values, words, schema)
    options = [ways(sketch, literal) for literal in sketch.found.literals]
    homeless = next((x for x, its in zip(sketch.found.literals, options, strict=True) if not its), None)
    read = () if homeless is not None else tuple(sorted(forms(sketch, options), key=lambda f: f.cost))
    shown = {w.root: w.text for w in reversed(words)} | sketch.said.spelled
    reason = "" if homeless is None else f"no column for {_text(sketch, homeless)!r}"
    return Grounded(variable.name, read, tuple(sketch.parts()), reason, shown)


def _text(sketch: Sketch, literal: Literal) -> str:
    return sketch.reading.text[sketch.words[literal.first].start : sketch.words[literal.end - 1].end]
