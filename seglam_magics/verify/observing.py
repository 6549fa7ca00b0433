"""What Hypothesis tried, case by case, in its own schema (`test_case` observations), for people who look closer.

See https://hypothesis.readthedocs.io/en/latest/reference/integrations.html#observability; Tyche reads the same lines.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

MOST = 1000  # observations of one job
_BYTES = 8 << 20
_KEYS = ("type", "property", "run_start", "status", "status_reason", "representation", "arguments", "how_generated")
_MORE = ("features", "coverage", "timing")


@contextmanager
def observed(found: list[dict[str, Any]] | None) -> Iterator[None]:
    """Collect into `found` what is tried meanwhile: of the first exploration alone, the one of a property."""
    if found is None:
        yield
        return
    from hypothesis.internal import observability

    room = _BYTES

    def noted(observation: Any) -> None:
        nonlocal room
        first = found[0]["run_start"] if found else observation.run_start
        if observation.type != "test_case" or len(found) >= MOST or observation.run_start != first:
            return
        plain = _plain(observation)
        room -= len(json.dumps(plain))
        if room > 0:
            found.append(plain)

    before, observability.OBSERVABILITY_COLLECT_COVERAGE = observability.OBSERVABILITY_COLLECT_COVERAGE, False
    try:
        with observability.with_observability_callback(noted):
            yield
    finally:
        observability.OBSERVABILITY_COLLECT_COVERAGE = before


def _plain(observation: Any) -> dict[str, Any]:
    from hypothesis.strategies._internal.utils import to_jsonable

    own: dict[str, Any] = {key: getattr(observation, key) for key in (*_KEYS, *_MORE)}
    own["metadata"] = {"phase": observation.metadata.phase, "notes": observation.metadata.notes}
    plain = to_jsonable(own, avoid_realization=False)
    assert isinstance(plain, dict)
    return plain
