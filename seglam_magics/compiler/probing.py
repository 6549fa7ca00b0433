"""Whether a model can go on with a thought, found out by asking it for one token; remembered while the process lives.

A provider's flag is needed but not enough (flags are set for models whose provider refuses a begun answer while
thinking is on), so a flag only says what is worth asking. A server with an address of one's own has no flags: it is
asked.
"""

from __future__ import annotations

from contextlib import closing
from typing import Any

from ..errors import SeglamError
from ..thinking.run import CHARACTERS_PER_TOKEN
from . import gateway
from .gateway import Request, Target
from .purse import Purse

NOTES, ANSWER, THOUGHT = 1, 2, 3
_SECONDS = 10.0
_ASKED = {"role": "user", "content": "Count from one to five."}
_BEGUN: dict[int, dict[str, Any]] = {
    THOUGHT: {"role": "assistant", "content": "", "reasoning_content": "I count: one, two,", "prefix": True},
    ANSWER: {"role": "assistant", "content": "one, two,", "prefix": True},
}
_known: dict[Target, int] = {}


def level(target: Target, purse: Purse | None = None) -> int:
    """The highest level of the ladder that `target` has: 3, 2 or 1. Asks it at most twice, for one token each.

    Parameters
    ----------
    purse : pays for it; where it is empty nothing is asked, and nothing is remembered.
    """
    if target not in _known:
        purse = purse or Purse()
        worth = gateway.begun_answers(target)
        try:
            tried = (step for step in (THOUGHT, ANSWER) if worth and _continues(target, step, purse))
            _known[target] = next(tried, NOTES)
        except SeglamError:
            return NOTES
    return _known[target]


def forget() -> None:
    """Ask again the next time."""
    _known.clear()


def _continues(target: Target, step: int, purse: Purse) -> bool:
    """Whether the reply goes on in the channel that was begun; raises E-BUDGET where that may not be asked."""
    request = Request((_ASKED, _BEGUN[step]), max_tokens=1)
    tokens = request.characters // CHARACTERS_PER_TOKEN
    cost = gateway.price(target, tokens, 1) if purse.counts_money else None
    purse.check(cost, tokens + 1)
    purse.add("probe", cost, tokens + 1)
    try:
        with closing(gateway.open_stream(request, target, _SECONDS)) as stream:
            first = next((delta for delta in stream if delta.thinking or delta.text), None)
    except SeglamError:
        return False
    return first is not None and bool(first.thinking if step == THOUGHT else first.text)
