"""Counter-examples: a question that reads like one that was rejected is refused, too."""

from __future__ import annotations

from ..errors import SeglamError
from ..question import content, ground, read
from ..words import Reading, Values
from .fitting import Fit


def reads_alike(example: str, reading: Reading, fit: Fit, values: Values) -> bool:
    """Whether `example`, asked of the same data, would have been read as the question is, but for its values.

    Parameters
    ----------
    fit : what the question was about to be answered with, on tier `grounded` or `text`.
    """
    try:
        other = read(example, reading.variables)
    except SeglamError:
        return False
    if fit.tier == "text":
        return content(other) == content(reading)
    frames = [b.value for b in fit.bindings.values() if b.source == "implied"]
    variable = reading.variables.get(str(frames[0])) if frames else None
    if variable is None:
        return False
    mine, theirs = ground(reading, variable, values).forms, ground(other, variable, values).forms
    return bool(mine and theirs) and mine[0].asked == theirs[0].asked
