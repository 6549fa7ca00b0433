"""Forms that values of settings have: samples, ages, lists of names, and who a model's provider is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from traitlets import List

_SAMPLING = re.compile(r"off|(?P<count>\d{1,9}) per day|(?P<share>\d{1,9}(\.\d{1,9})?) ?%")
_AGE = re.compile(r"(?P<count>[0-9]{1,5}) ?(?P<unit>[dwmy])")
_DAYS = {"d": 1, "w": 7, "m": 30, "y": 365}
TRUST_ORDER = ("sandbox", "ask", "auto")
MODES = ("quick", "careful", "critic")  # those that ship with seglam


@dataclass(frozen=True, slots=True)
class Sampling:
    """Which hits are checked: so many of a day (None: as many as the share), or a share of all (0 to 1)."""

    per_day: int | None = None
    share: float = 0.0


@cache
def sampling(text: str) -> Sampling:
    """What a `recheck` setting asks for.

    Raises
    ------
    ValueError : it is not of one of its forms.

    >>> sampling("off"), sampling("5 per day"), sampling("2 %")
    (Sampling(per_day=None, share=0.0), Sampling(per_day=5, share=1.0), Sampling(per_day=None, share=0.02))
    """
    found = _SAMPLING.fullmatch(text.strip().casefold())
    if found is None:
        raise ValueError("it is none of off, '5 per day', '2 %'")
    if found["count"]:
        return Sampling(int(found["count"]), 1.0)
    share = float(found["share"] or 0) / 100
    if share > 1:
        raise ValueError("a share is at most 100 %")
    return Sampling(None, share)


def days_of(age: str) -> int:
    """Days of an age such as `365d`, `52w`, `12m` (of 30 days) or `2y` (of 365 days); 0, for ever, of "".

    Raises
    ------
    ValueError : it is not of this form, or no time at all.

    >>> days_of("365d"), days_of("2w"), days_of("")
    (365, 14, 0)
    """
    if not age.strip():
        return 0
    found = _AGE.fullmatch(age.strip().casefold())
    if found is None or not int(found["count"]):
        raise ValueError("it is none of 365d, 52w, 12m, 2y")
    return int(found["count"]) * _DAYS[found["unit"]]


class Names(List[str]):
    """A list of names, which the environment gives as `one, another`."""

    def from_string(self, s: str) -> list[str]:
        """The names in a text."""
        return [name for name in (part.strip(" \"'") for part in s.strip("[] ").split(",")) if name]


def provider_of(model: str) -> str:
    """The provider of a model's name; a bare one, at an address of one's own, speaks the OpenAI protocol.

    >>> provider_of("anthropic/claude"), provider_of("qwen")
    ('anthropic', 'openai')
    """
    return model.partition("/")[0] if "/" in model else "openai"
