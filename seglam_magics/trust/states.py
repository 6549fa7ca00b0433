"""The states of trust and what leads from one to the next, as `states.toml` has them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any, Literal, cast, get_args

from ..words import Trust

Happening = Literal["made", "verified", "failed", "quarantined", "moved", "expired", "approved", "revoked", "unrevoked"]
Place = Literal["kernel", "sandbox", "verification", "nowhere"]

STATES: tuple[Trust, ...] = get_args(Trust)


@cache
def _table() -> Mapping[str, Any]:
    return tomllib.loads(resources.files(__package__).joinpath("states.toml").read_text(encoding="utf-8"))


def after(state: Trust, event: Happening) -> Trust | None:
    """The state `event` leads to from `state`, None where it is refused.

    >>> after("verified", "approved"), after("stale", "approved"), after("revoked", "verified")
    ('trusted', None, 'revoked')
    """
    return cast("Trust | None", _table()["events"][event].get(state))


def runs(state: Trust) -> Place:
    """Where a revision of this state runs; `verification` is in the sandbox once it was verified there.

    >>> runs("trusted"), runs("stale"), runs("revoked")
    ('kernel', 'verification', 'nowhere')
    """
    return cast("Place", _table()["runs"][state])
