"""How the procedures of the pack are written down: functions with everything said of them beside the code.

The files of `families/` are read as text by `scripts/build_starter.py` and are never imported; this module is what they
name, so that editors and type checkers understand them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])

Frame = Any  # a lazy frame of narwhals
Result = Any  # the same, with the answer
Column = str  # any column
Key = str  # a column of texts
Number = str  # a column of numbers
Date = str  # a column of dates
Columns = list[str]  # all columns of the frame, which the question does not name
Types = dict[str, str]  # column -> class of its type, which the question does not name
Count = int  # a whole number of at least one
Size = int  # a whole number from 1 to 1000
Share = float  # a number from 0 to 1
Percent = float  # a number from 0 to 100
Cell = str  # a value of a column
Sign = str  # a comparison: < <= > >= = !=
Value = float  # any number that is compared with
Text = str  # a quoted text
Numbers = Any  # a list of numbers
Words = Any  # a list of texts
Dates = Any  # a list of dates
Items = Any  # any list


def procedure(**_said: object) -> Callable[[F], F]:
    """What is said of a procedure: `en`, `ru` (wordings), `example`, `each`, `where`, `holds`, `returns`, `order`."""
    return lambda function: function


def assume(condition: bool) -> None:  # noqa: FBT001 - as a property writes it
    """In a property: pass over the arguments for which `condition` does not hold."""
    assert condition is not None


__all__ = [
    "Cell", "Column", "Columns", "Count", "Date", "Dates", "Frame", "Items", "Key", "Number", "Numbers", "Percent",
    "Result", "Share", "Sign", "Size", "Text", "Types", "Value", "Words", "assume", "procedure",
]  # fmt: skip
