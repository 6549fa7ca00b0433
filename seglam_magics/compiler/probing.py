"""Whether a model can go on with a thought, found out by asking it for one token; remembered while the process lives.

A provider's flag is needed but not enough (flags are set for models whose provider refuses a begun answer while
thinking is on), so a flag only says what is worth asking. A server with an address of one's own has no flags: it is
asked.
"""

from __future__ import annotations

from contextlib import closing
from typing import Any

from ..errors import SeglamError
from . import gateway
from .gateway import Request, Target

NOTES, ANSWER, THOUGHT = 1, 2, 3
_SECONDS = 10.0
_ASKED = {"role": "user", "content": "Count from one to five."}
_BEGUN: dict[int, dict[str, Any]] = {
    THOUGHT: {"role": "assistant", "content": "", "reasoning_content": "I count: one, two,", "prefix": True},
    ANSWER: {"role": "assistant", "content": "one, two,", "prefix": True},
}
_known: dict[Target, int] = {}


def level(target: Target) -> int:
    """The highest level of the ladder that `target` has: 3, 2 or 1. Asks it at most twice, for one token each."""
    if target not in _known:
        worth = gateway.begun_answers(target)
        tried = (step for step in (THOUGHT, ANSWER) if worth and _continues(target, step))
        _known[target] = next(tried, NOTES)
    return _known[target]


def forget() -> None:
    """Ask again the next time."""
    _known.clear()


def _continues(target: Target, step: int) -> bool:
    """Whether the reply goes on in the channel that was begun."""
    request = Request((_ASKED, _BEGUN[step]), max_tokens=1)
    try:
        with closing(gateway.open_stream(request, target, _SECONDS)) as stream:
            first = next((delta for delta in stream if delta.thinking or delta.text), None)
    except SeglamError:
        return False
    return first is not None and bool(first.thinking if step == THOUGHT else first.text)
