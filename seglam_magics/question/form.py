"""What a question means: its form, with or without data. Two wordings of one form ask the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Key = tuple[str | None, tuple[tuple[str, str], ...]]


@dataclass(frozen=True, slots=True)
class Condition:
    """A column compared with a value of the question.

    Attributes
    ----------
    comparison : `= < <= > >=`, or `between>` and `between<` for the two ends of a range.
    shown : the words the value was read from.
    before : the word before it, which may tell it from another: "from Riga to Oslo".
    """

    column: str
    comparison: str
    value: Any
    shown: str = ""
    before: str = field(default="", compare=False)

    @property
    def place(self) -> tuple[str, str]:
        """What it is compared on, without the value."""
        return self.column, self.comparison


@dataclass(frozen=True, slots=True)
class Form:
    """One way to read a question against a frame.

    Attributes
    ----------
    operator : `max min mean median sum`, `many` ("how many"), `count` ("number of"), `total` ("total number of"),
        `select` where there is none, `none` where several contradict each other.
    target : the column that is asked for, None where none is named.
    groups : columns after "per", "by", "for each".
    limit : the number of "top 5".
    extra : columns that are named and play none of these parts.
    rest : roots of the content words not accounted for; `risky` are those of them that may be conditions.
    operators : classes of operators that apply to nothing above, in alphabetical order.
    asks : `who when where why` or "".
    cost : how far-fetched the reading is; the cheapest is meant.
    """

    operator: str
    target: str | None = None
    conditions: tuple[Condition, ...] = ()
    groups: tuple[str, ...] = ()
    limit: int | None = None
    extra: frozenset[str] = frozenset()
    rest: tuple[str, ...] = ()
    risky: frozenset[str] = frozenset()
    operators: tuple[str, ...] = ()
    asks: str = ""
    cost: float = 0.0

    @property
    def places(self) -> tuple[tuple[str, str], ...]:
        """What is compared on, in alphabetical order."""
        return tuple(sorted(c.place for c in self.conditions))

    @property
    def key(self) -> Key:
        """Target and conditions without their values."""
        return self.target, self.places

    @property
    def meant(self) -> tuple[Any, ...]:
        """Target and conditions with their values."""
        return self.target, sorted((c.column, c.comparison, str(c.value)) for c in self.conditions)

    @property
    def columns(self) -> frozenset[str]:
        """Every column it names."""
        named = {c.column for c in self.conditions} | self.extra | {*self.groups}
        return frozenset(named | {self.target} if self.target is not None else named)

    @property
    def asked(self) -> tuple[Any, ...]:
        """All it says but for the values: equal for questions that ask the same."""
        limited = self.limit is not None
        return (
            self.operator,
            self.key,
            self.groups,
            limited,
            frozenset(self.rest),
            self.asks,
            self.operators,
            self.extra,
        )


@dataclass(frozen=True, slots=True)
class Grounded:
    """A question read against one frame: its readings, the cheapest first, or why there is none.

    Attributes
    ----------
    parts : for each stretch of the question that was understood: [start, end), its part, what it stands for.
    spelled : the root of a left-over word -> the word as the question has it.
    """

    variable: str
    forms: tuple[Form, ...] = ()
    parts: tuple[tuple[int, int, str, str], ...] = ()
    reason: str = ""
    spelled: Mapping[str, str] = field(default_factory=dict)

    @property
    def best(self) -> Form | None:
        """The cheapest reading; None where two that differ cost the same."""
        if not self.forms or self.doubtful:
            return None
        return self.forms[0]

    @property
    def swapped(self) -> bool:
        """Whether values may as well change places: two of them that are in the same two columns."""
        if len(self.forms) < 2:  # noqa: PLR2004 - two are compared
            return False
        first, second = self.forms[:2]
        return second.cost - first.cost < 1 and second.key == first.key and second.meant != first.meant

    @property
    def doubtful(self) -> bool:
        """Whether the two cheapest readings cost nearly the same and differ."""
        if len(self.forms) < 2:  # noqa: PLR2004 - two are compared
            return False
        first, second = self.forms[:2]
        return second.cost - first.cost < 1 and second.meant != first.meant


@dataclass(frozen=True, slots=True)
class TextLiteral:
    """A typed literal of a question without data, with the words beside it that tell it from others of its kind.

    Attributes
    ----------
    noun : the nearest word before it that says something, "" where another literal stands between.
    """

    kind: str
    text: str
    start: int
    end: int
    left: str = ""
    right: str = ""
    noun: str = ""


@dataclass(frozen=True, slots=True)
class TextForm:
    """A question without data.

    Attributes
    ----------
    words : roots of its content words.
    operators : classes of its operators.
    asks : `who when where why what`, `yesno`, or `exist` ("are there any").
    spelled : a root, or a class of operators -> the word that said it.
    """

    words: frozenset[str]
    operators: tuple[str, ...]
    asks: str
    literals: tuple[TextLiteral, ...] = field(default=(), compare=False)
    spelled: Mapping[str, str] = field(default_factory=dict, compare=False)
