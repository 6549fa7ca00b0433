"""How a question was read, and what answers it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from .asking import Variable
from .procedures import Revision

Tier = Literal["cell", "exact", "template", "grounded", "text", "confirmed", "forced"]


@dataclass(frozen=True, slots=True)
class Token:
    """A token of a question: `kind` is `word`, `number`, `mark` or `quoted`; [start, end) are its offsets."""

    text: str
    kind: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Reference:
    """A stretch of the question that names a variable, or a column of a variable."""

    text: str
    variable: str
    column: str | None
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Reading:
    """What was understood of a question: its normalised text, tokens and references."""

    text: str
    tokens: tuple[Token, ...] = ()
    references: tuple[Reference, ...] = ()
    variables: Mapping[str, Variable] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Binding:
    """What a slot is bound to.

    Attributes
    ----------
    value : the converted value, or the variable's name where `source` is `variable`.
    source : `text` (read from the question), `variable` (the value of a name), `implied` (the only frame there is),
        `given` (a keyword argument), `injected` (the clock or a seed, filled in for one call).
    shown : the words of the question it was read from.
    """

    slot: str
    value: Any
    source: str = "text"
    shown: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A revision that was looked at, and the token or guard that blocked it ("" for the one used).

    Attributes
    ----------
    offered : what its slots would be, where nothing but unknown words stands in the way; `template` is then the
        question as a wording of it.
    """

    revision: str
    proc_id: str
    template: str = ""
    blocked: str = ""
    offered: Mapping[str, Binding] | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """Hit or miss, how it was found, with what bindings, and what stood in the way of the others.

    Attributes
    ----------
    template : the wording that fitted.
    reason : why it is a miss, one phrase that names the blocking token or guard.
    rivals : other procedures that fit as well; if their values differ from the first one's, nothing is served.
    found : the tier that found a remembered hit for the first time.
    """

    hit: bool
    tier: Tier | None = None
    revision: Revision | None = None
    bindings: Mapping[str, Binding] = field(default_factory=dict)
    template: str = ""
    reason: str = ""
    candidates: tuple[Candidate, ...] = ()
    rivals: tuple[tuple[Revision, Mapping[str, Binding]], ...] = ()
    found: Tier | None = None
