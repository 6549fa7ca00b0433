"""A condition, exclusion, grouping or adjective that nothing here knows turns a hit into a miss that names it."""

from __future__ import annotations

import functools
import logging
from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from tests.unit.matching.corpus import LANGUAGES, asks, procedures
from tests.unit.matching.rules import inserted
from tests.unit.matching.world import asked, world

LOG = logging.getLogger(__name__)
MOST_STILL_HIT = 0.003


@functools.cache
def probes(lang: str) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    """Every question that hits, with something put in: (kind, text, inputs)."""
    return tuple(_probes(lang))


def _probes(lang: str) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    known = procedures(lang)
    questions = [(p.question(text), p.inputs) for p in known.values() for text in p.texts(lang)]
    questions += [(a.text, known[a.procedure].inputs) for a in asks(lang)]
    for turn, (text, inputs) in enumerate(questions):
        if asked(lang, text, inputs).hit:
            yield from ((kind, probe, inputs) for kind, probe in inserted(lang, text, turn))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_was_put_in_is_not_passed_over(
    lang: str, record_property: Callable[[str, object], None], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, LOG.name)
    made = probes(lang)
    found = ((kind, text, asked(lang, text, inputs)) for kind, text, inputs in made)
    hits = [f"{kind}: {text}: {d.tier} {d.revision.label}" for kind, text, d in found if d.revision is not None]
    record_property(f"still_hit_{lang}", f"{len(hits)} of {len(made)}")
    kinds = dict(Counter(kind for kind, _, _ in made))
    LOG.info("%s: %d of %d still hit %s\n%s", lang, len(hits), len(made), kinds, "\n".join(hits))
    assert len(made) >= 1000
    assert len(hits) <= MOST_STILL_HIT * len(made), "\n".join(hits)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_such_miss_is_told_why(lang: str) -> None:
    found = ((text, world(lang).unnamed(text, asked(lang, text, inputs))) for _, text, inputs in probes(lang))
    faults = [f"{text}: {reason}" for text, reason in found if reason]
    assert not faults, "\n".join(faults)
