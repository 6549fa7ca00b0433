"""Which procedure of the pack answers a question, and with what in its slots; one procedure in one way, or none."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..procedure.ambient import is_ambient
from ..question.settling import outside_any, wrong_dtype
from ..question.stems import fold
from ..words import Binding, Parameter, Reading, Revision, Values, Variable
from .additive import added_up, added_up_by, is_unclear
from .between import pairs
from .conditions import listed
from .grounded import sought
from .items import Item
from .lexicon import words
from .pack import Pack
from .patterns import Pattern, meanings, values_at
from .query import Query
from .spans import names_left

LONGEST = 60  # tokens of a question that is looked at
MOST_FRAMES = 4
DATA = ("frame", "list", "series")
AS_ROWS_COME = "as the rows come"  # the order of a procedure that needs one
IN_ORDER = frozenset({"polars", "pandas", "modin", "pyarrow"})  # libraries whose frames have a first row


@dataclass(frozen=True, slots=True)
class Match:
    """A procedure that answers a question.

    Attributes
    ----------
    name : of the procedure.
    template : the wording that fits.
    implied : columns that the question does not name.
    """

    name: str
    bindings: Mapping[str, Binding]
    template: str
    implied: int = 0

    @property
    def key(self) -> tuple[Any, ...]:
        """Equal where the same is computed."""
        return self.name, tuple(sorted((n, repr(b.value)) for n, b in self.bindings.items()))


@dataclass(frozen=True, slots=True)
class Missed:
    """Why no procedure answers: a reason, and the procedure that comes nearest, "" where none does."""

    reason: str
    nearest: str = ""


def match(pack: Pack, reading: Reading, values: Values) -> Match | Missed:
    """What answers the question, or why nothing does."""
    found: dict[tuple[Any, ...], Match] = {}
    if len(_named(reading)) > 1:
        return _only(Match(*pair) for pair in pairs(pack, reading))
    missed = Missed("no table or list here that the starter pack could answer about")
    for variable in _subjects(reading):
        asked, stuck = meanings(reading, variable, values)
        asked = [added_up(query, variable) or query for query in asked]
        clear = [
            q for q in asked if not (_of_one(q, reading) or is_unclear(q, variable) or _of_nothing_else(q, reading))
        ]
        fits = [fit for query in clear for fit in _fits(pack, query, variable)]
        if not variable.columns:
            fits = fits[:1]  # the types of a list's items are not known here; the likeliest reading is tried
        several = None if fits else _ambiguous(pack, asked, reading)
        fits = fits if fits or several else _meant(pack, reading, variable, values)
        found |= {fit.key: fit for fit in fits}
        missed = missed if fits else several or Missed(_reason(stuck), _nearest(pack, asked))
    if not found:
        return missed
    if _asks_yes(reading) and any(pack.revision(fit.name).returns != "bool" for fit in found.values()):
        return Missed("yes or no would answer it")
    least = min(fit.implied for fit in found.values())
    return _only(fit for fit in found.values() if fit.implied == least)  # what is named goes before what is not


def _asks_yes(reading: Reading) -> bool:
    """Whether a question begins as those do that yes or no answers: is the revenue over 500, are all orders paid."""
    said = [token.text.casefold() for token in reading.tokens]
    exist = said[1:2] == ["there"] and "no" not in said[2:3]
    whether = "ли" in said[1:] and said[said.index("ли") - 1] not in listed("existing")
    return whether or (said[:1] != [] and said[0] in listed("asking") and not exist)


def _only(fits: Iterable[Match]) -> Match | Missed:
    """The one that fits."""
    found = {fit.key: fit for fit in fits}
    if len(found) == 1:
        return next(iter(found.values()))
    if not found:
        return Missed("it names several tables, and no wording of the starter pack about two of them fits")
    names = " or ".join(dict.fromkeys(fit.name for fit in found.values()))
    return Missed(f"it can be read in {len(found)} ways ({names})", next(iter(found.values())).name)


def _named(reading: Reading) -> Sequence[Variable]:
    """The tables and lists a question names."""
    names = dict.fromkeys(r.variable for r in reading.references if r.column is None)
    return [reading.variables[name] for name in names if reading.variables[name].kind in DATA]


def _subjects(reading: Reading) -> Sequence[Variable]:
    """The tables and lists a question may be about: the one it names, else all tables; none where it names several."""
    named = _named(reading)
    if named or len(reading.tokens) > LONGEST:
        return named if len(named) == 1 and len(reading.tokens) <= LONGEST else ()
    return [v for v in reading.variables.values() if v.kind in DATA and v.columns][:MOST_FRAMES]


def _of_one(query: Query, reading: Reading) -> Item | None:
    """The column whose one value a question wants, where several rows may have one: which player is 20 years old."""
    if query.concepts or query.targets or not query.asked or not query.conditions:
        return None
    return next((item for item in query.asked if not _in_plural(item, reading)), None)


def _of_nothing_else(query: Query, reading: Reading) -> bool:
    """Whether groups are asked for all of whose rows are so: which customers buy only tea."""
    said = {token.text.casefold() for token in reading.tokens}
    groups = query.asked or "distinct" in query.concepts
    return bool(groups and query.conditions) and not listed("quantifiers").isdisjoint(said)


def _in_plural(item: Item, reading: Reading) -> bool:
    said = [token.text.casefold() for token in reading.tokens]
    ones = said[item.start - 1 : item.start] + said[item.end : item.end + 1]
    noun = said[item.end - 1]
    return not words().plurals.isdisjoint(ones) or (noun.endswith("s") and noun not in str(item.value).casefold())


def _ambiguous(pack: Pack, asked: Iterable[Query], reading: Reading) -> Missed | None:
    """The miss of a question that means several things."""
    for query in asked:
        item = _of_one(query, reading)
        if item is not None:
            why = f"several rows may have a {item.shown}: ask for the different ones"
            return Missed(why, "starter_distinct_values")
        why, readings = pack.ambiguous.get(query.bare_key, ("", ()))
        if why:
            return Missed(f"{why} ({' or '.join(readings)})", readings[0])
    return None


def _reason(stuck: str) -> str:
    return f"blocked by {stuck!r}" if stuck else "no wording of the starter pack means that"


def _nearest(pack: Pack, asked: Iterable[Query]) -> str:
    """The procedure whose wordings share most of what is asked."""
    best, nearest = 0.0, ""
    for query in asked:
        mine = {*query.concepts, *(c.form for c in query.conditions)}
        for key in pack.forms:
            concepts, _, _, conditions = key.split("|")
            theirs = {*concepts.split(), *conditions.split()}
            shared = len(mine & theirs) / len(mine | theirs) if mine | theirs else 0.0
            if shared > best:
                best, nearest = shared, key
    return pack.patterns(nearest)[0].name if nearest else ""


# ---------------------------------------------------------------- one pattern


def _fits(pack: Pack, query: Query, variable: Variable) -> Iterable[Match]:
    for pattern in pack.patterns(query.key):
        bindings = _bound(pack.revision(pattern.name), pattern, query, variable)
        if bindings is not None:
            implied = sum(b.source == "given" for b in bindings.values())
            yield Match(pattern.name, bindings, pattern.text, implied)


def _meant(pack: Pack, reading: Reading, variable: Variable, values: Values) -> list[Match]:
    """The procedure that computes what the question means, where no wording says it."""
    meant = sought(reading, variable, values)
    if meant is None or meant.name not in pack.procedures or names_left(reading):
        return []
    held = not listed("with").isdisjoint(token.text.casefold() for token in reading.tokens)
    if held and (_named(reading) or _of_rows(reading)) and meant.name.startswith("starter_values"):
        return []  # orders with a customer: the orders, or the customers?
    added = added_up_by(variable, str(meant.slots.get("measure", ("",))[0]))
    if added and meant.name.startswith("starter_values_where_compares"):
        return []  # which customer has more than 50 units: in one row, or in all of theirs?
    revision = pack.revision(meant.name)
    bindings = _filled(revision, meant.slots, variable)
    return [] if bindings is None else [Match(meant.name, bindings, revision.templates[0].text)]


def _of_rows(reading: Reading) -> bool:
    """Whether a question names the rows of a table by a word for rows."""
    keys = (fold(token.text.casefold()) for token in reading.tokens)
    return any(("mark", "rows") in words().parts.get((key,), ()) for key in keys)


def _bound(revision: Revision, pattern: Pattern, query: Query, variable: Variable) -> dict[str, Binding] | None:
    """Bindings of all parameters, None where one is not of its type."""
    if any(query.conditions[k].sign != sign for k, sign in pattern.signs.items()):
        return None
    return None if _repeated(query) else _filled(revision, values_at(query, pattern.places), variable)


def _filled(revision: Revision, read: Mapping[str, tuple[Any, str]], variable: Variable) -> dict[str, Binding] | None:
    """Bindings of all parameters to what was read, None where one is not of its type."""
    bindings: dict[str, Binding] = {}
    if revision.meaning.order == AS_ROWS_COME and variable.library not in IN_ORDER:
        return None
    for parameter in revision.parameters:
        if is_ambient(parameter):
            continue
        binding = _one(parameter, read, variable)
        if binding is None or wrong_dtype(parameter, str(binding.value), [variable]):
            return None
        bindings[parameter.name] = binding
    return None if outside_any(revision, bindings) else bindings


def _one(parameter: Parameter, read: Mapping[str, tuple[Any, str]], variable: Variable) -> Binding | None:
    name = parameter.name
    if parameter.type in DATA:
        kinds = ("frame",) if parameter.type == "frame" else ("list", "series")
        fits = variable.kind in kinds and (parameter.type != "list" or not variable.columns)
        return Binding(name, variable.name, "implied") if fits else None
    if parameter.name not in read:
        return _implied(parameter, variable)
    value, shown = read[name]
    return Binding(name, _converted(parameter, value), "text", shown) if _takes(parameter, value) else None


def _implied(parameter: Parameter, variable: Variable) -> Binding | None:
    """What a question need not say: the only column of dates, all columns, their types."""
    if parameter.type == "column" and parameter.domain.get("dtype") == "date":
        dates = [c.name for c in variable.columns if c.dtype in ("date", "datetime")]
        return Binding(parameter.name, dates[0], "given") if len(dates) == 1 else None
    if parameter.type == "columns":
        return Binding(parameter.name, [c.name for c in variable.columns], "given")
    if parameter.type == "dict":
        return Binding(parameter.name, {c.name: c.dtype for c in variable.columns}, "given")
    return None


def _repeated(query: Query) -> bool:
    """Whether a column plays two parts."""
    columns = [item.value for item in (*query.targets, *query.groups, *query.asked)]
    return len(set(columns)) < len(columns)


def _takes(parameter: Parameter, value: Any) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    match parameter.type:
        case "int":
            return isinstance(value, int) and number
        case "float":
            return number
        case "date":
            return isinstance(value, dt.date)
        case "choice":
            return value in (parameter.domain.get("values") or ())
        case _:
            return isinstance(value, str)


def _converted(parameter: Parameter, value: Any) -> Any:
    return float(value) if parameter.type == "float" else value
