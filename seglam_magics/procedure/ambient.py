"""The two things a procedure may know of the world: the moment of the call and a seed, both as parameters.

A procedure declares `now` (a `date` slot) or `seed` (an `int` slot). What the question does not say is filled in at
every call and never remembered: a stored "today" would be a wrong hit. What was filled in is recorded, so that a call
can be repeated exactly.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..words import Binding, Parameter, Revision

INJECTED = "injected"
_AMBIENT = frozenset({("now", "date"), ("seed", "int")})
_SEED_BYTES = 4


@dataclass(frozen=True, slots=True)
class Ambient:
    """The moment of a call, with its offset from UTC, and a seed from 0 to 2**31 - 1."""

    now: dt.datetime
    seed: int

    @classmethod
    def here(cls) -> Ambient:
        """The time of this machine in its own zone, as a fixed offset, and a seed nobody has chosen."""
        return cls(moment(dt.datetime.now(dt.UTC).astimezone()), int.from_bytes(os.urandom(_SEED_BYTES)) >> 1)


def is_ambient(parameter: Parameter) -> bool:
    """Whether a parameter is filled in where the question does not say it.

    >>> is_ambient(Parameter("now", "date")), is_ambient(Parameter("seed", "int")), is_ambient(Parameter("now", "str"))
    (True, True, False)
    """
    return (parameter.name, parameter.type) in _AMBIENT


def injected(revision: Revision, bindings: Mapping[str, Binding], at: Ambient | None = None) -> dict[str, Binding]:
    """Bindings of what the question does not say; empty for a procedure that asks for neither.

    Parameters
    ----------
    at : fill in these instead of new ones, to repeat a call or to compare two procedures.

    >>> ages = Revision("age", 1, "", "", parameters=(Parameter("now", "date"), Parameter("born", "date")))
    >>> at = Ambient(moment("2026-03-01T12:00:00+01:00"), 7)
    >>> injected(ages, {}, at)["now"].value.isoformat()
    '2026-03-01T12:00:00+01:00'
    """
    unsaid = [p.name for p in revision.parameters if is_ambient(p) and not _is_said(bindings.get(p.name))]
    if not unsaid:
        return {}
    at = at or Ambient.here()
    return {name: Binding(name, getattr(at, name), INJECTED) for name in unsaid}


def repeated(bindings: Mapping[str, Binding]) -> Ambient | None:
    """What was filled in for a call with these bindings, None where nothing was."""
    known = {b.slot: b.value for b in bindings.values() if b.source == INJECTED}
    if not known:
        return None
    here = Ambient.here()
    return Ambient(known.get("now", here.now), known.get("seed", here.seed))


def _is_said(binding: Binding | None) -> bool:
    """Whether words of the question, a variable or a caller stand behind it: a mere example does not count."""
    if binding is None or binding.value is None:
        return False
    return bool(binding.shown) or binding.source in ("variable", INJECTED)


def moment(value: Any, zone: dt.tzinfo | None = None) -> Any:
    """A date, a datetime or the ISO text of one as a datetime with a fixed offset; a date is its midnight.

    The offset is fixed because a zone would not survive the way into the sandbox, where the same must happen.

    Parameters
    ----------
    zone : of a value that has none; None is the zone of this machine.

    Raises
    ------
    ValueError : a text that is neither.

    >>> str(moment(dt.date(2026, 3, 1), dt.UTC)), str(moment("2026-07-01T12:00:00+02:00"))
    ('2026-03-01 00:00:00+00:00', '2026-07-01 12:00:00+02:00')
    """
    if isinstance(value, str):
        value = dt.datetime.fromisoformat(value)
    elif hasattr(value, "to_pydatetime"):
        value = value.to_pydatetime()
    elif isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        value = dt.datetime.combine(value, dt.time())
    if not isinstance(value, dt.datetime):
        return value
    if value.tzinfo is None:
        value = value.astimezone() if zone is None else value.replace(tzinfo=zone)
    return dt.datetime.fromisoformat(value.isoformat())


def ambient_value(parameter: Parameter, value: Any, zone: dt.tzinfo | None = None) -> Any:
    """`value` as a procedure receives it: `now` as a moment, everything else as it is."""
    return moment(value, zone) if parameter.name == "now" and is_ambient(parameter) else value
