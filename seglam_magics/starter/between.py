"""Questions about two tables: their wordings are few, and laid against a question as those of one's own procedures.

A column that nobody names is the one that both tables have, where they share just one, as in a natural join.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from ..question import Mismatch, View, compile_template, unify_all
from ..words import Binding, Parameter, Reading, Template, Variable
from .pack import Pack

_KEY, _FIRST, _SECOND = "key", "frame", "other"
_SLOT, _WORD = re.compile(r"{\w+}"), re.compile(r"\w+")


def pairs(pack: Pack, reading: Reading) -> Iterator[tuple[str, Mapping[str, Binding], str]]:
    """Everything a question about two tables may mean: name, bindings and wording of each procedure that answers."""
    view = View(reading)
    said = {token.text.casefold() for token in reading.tokens}
    for name in pack.between:
        revision = pack.revision(name)
        for template in revision.templates:
            if said.issuperset(_WORD.findall(_SLOT.sub("", template.text))):
                for bindings in _bound(template, revision.parameters, view):
                    yield name, bindings, template.text


def _bound(template: Template, parameters: Sequence[Parameter], view: View) -> Iterator[Mapping[str, Binding]]:
    unsaid = () if "{key}" in template.text else (_KEY,)
    ways = unify_all(compile_template(template, parameters, constants=unsaid, wordless=True), view)
    for way in () if isinstance(ways, Mismatch) else ways:
        bindings = _keyed(way, view.reading.variables, given=bool(unsaid))
        if bindings is not None:
            yield bindings


def _keyed(
    way: Mapping[str, Binding], variables: Mapping[str, Variable], *, given: bool
) -> Mapping[str, Binding] | None:
    """The bindings with a column that both tables have, of one type; None where there is none, or one table alone."""
    first, second = (variables.get(str(way[name].value)) for name in (_FIRST, _SECOND))
    if first is None or second is None or first is second:
        return None
    shared = {c.name for c in first.columns if (other := second.column(c.name)) and other.dtype == c.dtype}
    if given:
        common = [c.name for c in first.columns if second.column(c.name)]
        way = {**way, _KEY: Binding(_KEY, common[0] if len(common) == 1 else None, "given")}
    return way if way[_KEY].value in shared else None
