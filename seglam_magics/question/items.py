"""The parts a wording is made of: literal tokens and slots."""

from __future__ import annotations

from dataclasses import dataclass

from ..words import Parameter
from .kinds import CLOSED, Kind

TEXTUAL = frozenset({"str", "text"})
INPUTS = frozenset({"frame", "series", "list", "dict"})


@dataclass(frozen=True, slots=True)
class Literal:
    """A token that must stand in the question.

    `glued` allows it to begin inside a word or number, `tight` demands that no blank stands before it.
    """

    key: str
    glued: bool = False
    tight: bool = False


@dataclass(frozen=True, slots=True)
class Slot:
    """A hole and what may fill it.

    Attributes
    ----------
    prefix, suffix : letters of the wording glued to it.
    kind : of the example; `text` where there is none.
    payload : takes all the rest of the question, but for the marks the wording has before (`lead`) and after (`tail`).
    words : the most words it takes.
    own : casefolded tokens of its example: allowed in it though they are operators or join clauses.
    numeric, clausal : whether the example holds numbers, or words that join clauses.
    ordinal : an int is said as "third" (True), as "three" (False); None: as "three", or as its example is said.
    weak : the wording says so little that a payload must be worded like its example.
    """

    parameter: Parameter
    prefix: str = ""
    suffix: str = ""
    glued: bool = False
    kind: Kind = "text"
    payload: bool = False
    lead: str = ""
    tail: str = ""
    words: int = 5
    own: frozenset[str] = frozenset()
    numeric: bool = False
    clausal: bool = False
    ordinal: bool | None = None
    weak: bool = False

    @property
    def name(self) -> str:
        """The parameter's name."""
        return self.parameter.name

    @property
    def in_column(self) -> bool:
        """Whether its values are values of a column: the data tell then what fits."""
        return self.parameter.type == "str" and bool(self.parameter.domain.get("column"))

    @property
    def single(self) -> bool:
        """Whether its example is one word."""
        return len(str(self.parameter.example or "").split()) == 1

    @property
    def free(self) -> bool:
        """Whether nothing but its neighbours says where it ends."""
        return self.parameter.type in TEXTUAL and self.kind not in CLOSED and self.kind != "title"


Item = Literal | Slot
