"""Whether nothing but unknown words keeps a procedure from answering a question.

The question without these words, read and decided like any other, is a hit: so every operator, negation, number, unit,
name and column of it is accounted for, and the guards have looked at its bindings. As many words of a wording that
decide nothing may be missing in their place, as "shop" is where "store" is said. None of this is a hit. It is what a
person may be offered, or a model asked.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..errors import SeglamError
from ..question import Mismatch, compile_template, literal_words, read, unify, unsaid
from ..question.language import key_of, lexicon
from ..question.stems import root
from ..question.wording import SLOT
from ..words import Binding, Candidate, Parameter, Reading, Reference, Revision, Template, Token, Values
from .fitting import Fits
from .library import Library
from .strange import is_plain, said_by, unsaid_of, without
from .wordings import checked, worded

MOST_STRANGE = 3
MOST_MISSING = 2
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Nearby:
    """A revision that would answer but for unknown words.

    Attributes
    ----------
    bindings : what its slots would be.
    template : the question as a wording of it.
    words : the unknown words.
    missing : how many words of its nearest wording the question does not say.
    """

    revision: Revision
    bindings: Mapping[str, Binding]
    template: Template
    words: tuple[str, ...]
    missing: int = 0

    @property
    def candidate(self) -> Candidate:
        """The same, for the decision."""
        shown = ", ".join(map(repr, self.words))
        return Candidate(
            self.revision.label, self.revision.proc_id, self.template.text, f"blocked by {shown}", self.bindings
        )


def nearby(
    reading: Reading,
    loose: Iterable[Token],
    revision: Revision,
    aliases: Sequence[Template],
    fits: Fits,
    values: Values,
) -> Nearby | None:
    """How `revision` would answer the question but for unknown words; None where more than these stands in the way.

    Parameters
    ----------
    loose : the words of the question that only a wording may know, see `strange_words`.
    aliases : wordings that were added to it.

    >>> from seglam_magics.cache.library import NO_VALUES
    >>> from seglam_magics.cache.strange import strange_words
    >>> k = Parameter("k", "int", example=3)
    >>> top = Revision("top", 1, "ab" * 32, "", parameters=(k,), templates=(Template("{k} largest open shops"),))
    >>> def free(_revision, _bindings):
    ...     return ""
    >>> def near(text):
    ...     asked = read(text, {})
    ...     return nearby(asked, strange_words(asked, NO_VALUES), top, (), free, NO_VALUES)
    >>> found = near("five largest open stores")
    >>> found.bindings["k"].value, found.words, found.template.text
    (5, ('stores',), '{k} largest open stores')
    >>> near("five smallest open stores") is None
    True
    """
    templates = (*revision.templates, *aliases)
    strange = unsaid_of(loose, said_by(revision, (t.text for t in templates)))
    if not 1 <= len(strange) <= MOST_STRANGE:
        return None
    try:
        bare = read(without(reading, strange), reading.variables)
    except SeglamError:  # nothing is left of it
        return None
    for missing, said in _variants(templates, bare, min(len(strange), MOST_MISSING)):
        if _says_more(bare, len(strange) + missing):
            bindings = _decided(dataclasses.replace(revision, templates=tuple(said)), bare, fits, values)
            found = _as_wording(reading, revision, bindings) if bindings is not None else None
            if found is not None and not fits(revision, found[0]):
                return Nearby(revision, *found, tuple(t.text for t in strange), missing)
    return None


def _says_more(bare: Reading, differing: int) -> bool:
    """Whether a question and a procedure have more in common than they differ in."""
    stop = lexicon().words["stop"]
    return sum(t.kind != "mark" and key_of(t.text) not in stop for t in bare.tokens) > differing


def _variants(templates: Sequence[Template], bare: Reading, most: int) -> Iterator[tuple[int, list[Template]]]:
    """The wordings as they are, and those with words left out that the question does not say, by their number."""
    yield 0, list(templates)
    said = {root(key_of(t.text)) for t in bare.tokens}
    lacking: dict[int, list[Template]] = {}
    for template in templates:
        missing = {w for w in literal_words(template.text) if root(key_of(w)) not in said and is_plain(w)}
        if 1 <= len(missing) <= most:
            lacking.setdefault(len(missing), []).append(_lacking(template, missing))
    yield from sorted(lacking.items())


def _lacking(template: Template, missing: Collection[str]) -> Template:
    pieces = re.split(r"(`?\{\w+\}`?)", template.text)
    kept = [p if SLOT.search(p) else _WORD.sub(lambda m: "" if key_of(m[0]) in missing else m[0], p) for p in pieces]
    return Template(" ".join("".join(kept).split()), template.lang)


def _decided(revision: Revision, bare: Reading, fits: Fits, values: Values) -> Mapping[str, Binding] | None:
    alone = Library()
    alone.put(revision)
    decision = alone.decide(bare, fits=fits, values=values)
    return decision.bindings if decision.hit and not decision.rivals else None


def _as_wording(
    reading: Reading, revision: Revision, bindings: Mapping[str, Binding]
) -> tuple[dict[str, Binding], Template] | None:
    """The question as a wording of `revision` that gives the question back; None where it does not make one."""
    try:
        shown = {p.name: _placed(p, bindings[p.name], reading) for p in revision.parameters if p.name in bindings}
        template = checked(revision, worded(reading, shown))
        compiled = compile_template(
            template,
            revision.parameters,
            constants=unsaid(revision.templates, revision.parameters),
            ignorable=revision.ignorable,
            question=revision.question,
        )
        found = unify(compiled, reading)
    except (SeglamError, ValueError):
        return None
    if isinstance(found, Mismatch) or _values(found) != _values(bindings):
        return None
    return found, template


def _values(bindings: Mapping[str, Binding]) -> dict[str, object]:
    return {name: binding.value for name, binding in bindings.items()}


def _placed(parameter: Parameter, binding: Binding, reading: Reading) -> Binding:
    """The binding with the words of the question that say it; raises ValueError for a column it does not name."""
    column = parameter.type == "column"
    if not column and binding.source not in ("variable", "implied"):
        return binding
    texts = _spoken(reading.references, str(binding.value), column=column)
    if column and not texts:
        raise ValueError("a column that is not named")
    return dataclasses.replace(binding, shown=texts[0] if texts else "")


def _spoken(references: Iterable[Reference], name: str, *, column: bool) -> list[str]:
    """The words that say a column or a variable."""
    return [r.text for r in references if (r.column == name if column else r.column is None and r.variable == name)]
