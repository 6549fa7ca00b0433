"""The status line: what an answer was, what it cost or saved, and what it was tested with."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from .wording import brief, money, one_line, say, span

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from seglam_magics.words import Answer, Binding, Revision, Usage, Verdict

SEPARATOR = " · "
_NAMES = frozenset({"variable", "implied"})


def status_line(answer: Answer, *, timings: bool = True) -> str:
    """The status line of `answer`, its notes on lines of their own.

    Parameters
    ----------
    timings : leave durations out where equal answers must give equal text.

    >>> from seglam_magics.words import Answer, Binding, Decision, Revision, Usage
    >>> top = Revision("top_growth", 1, "ab12", "def top_growth(): ...")
    >>> answer = Answer(
    ...     value=[], hit=True, revision=top, decision=Decision(True, bindings={"k": Binding("k", 5)}),
    ...     slots={"k": 5}, saved=Usage(usd=0.0131, tokens_in=1812), seconds=0.011)
    >>> print(status_line(answer))
    hit · top_growth v1 · k=5 · 11 ms · no model · saved ≈ $0.0131
    """
    parts = _hit(answer, timings=timings) if answer.hit else _miss(answer, timings=timings)
    first = SEPARATOR.join(part for part in parts if part)
    return "\n".join([first, *(one_line(note, 400) for note in answer.notes)])


def corrected_line(revision: Revision) -> str:
    """The status line of a revision written by hand.

    >>> from seglam_magics.words import Revision
    >>> print(corrected_line(Revision("total", 2, "ab12", "def total(): ...")))
    stored total v2 · by hand · no properties
    """
    head = say("status.corrected", name=revision.name, number=revision.number)
    return SEPARATOR.join([head, properties(revision.verdict)])


def _hit(answer: Answer, *, timings: bool) -> Iterator[str]:
    revision = answer.revision
    yield say("status.hit")
    yield say("status.version", name=revision.name, number=revision.number)
    yield slots(answer.slots, answer.decision.bindings)
    yield span(answer.seconds) if timings else ""
    yield from _asked(answer.usage)
    yield saved(answer.saved)


def _asked(usage: Usage) -> Iterator[str]:
    """That no model was called for a hit, or what it cost to have it confirmed."""
    if not usage.calls:
        yield say("status.no_model")
        return
    yield say("status.confirmed", model=usage.model)
    yield tokens(usage)
    yield money(usage.usd)


def tokens(usage: Usage) -> str:
    """Tokens in and out; `~` where a closed stream told none, and they were counted from its text.

    >>> from seglam_magics.words import Usage
    >>> tokens(Usage(tokens_in=1812, tokens_out=640, estimated=True))
    '~ 1,812 in / 640 out'
    >>> tokens(Usage(tokens_in=1812, tokens_out=640, tokens_cached=1536))
    '1,812 in (1,536 cached) / 640 out'
    """
    key = "status.tokens_cached" if usage.tokens_cached else "status.tokens"
    counts = {name: f"{getattr(usage, name):,}" for name in ("tokens_in", "tokens_out", "tokens_cached")}
    shown = say(key, **counts)
    return f"~ {shown}" if usage.estimated else shown


def _miss(answer: Answer, *, timings: bool) -> Iterator[str]:
    revision, usage = answer.revision, answer.usage
    yield say("status.miss")
    yield say("status.compiled", name=revision.name, number=revision.number)
    yield from badges(revision.provenance)
    yield usage.model or say("status.no_model")
    if usage.model:
        yield tokens(usage)
        yield money(usage.usd)
    yield span(answer.seconds) if timings else ""
    yield properties(revision.verdict)


def badges(provenance: Mapping[str, Any]) -> Iterator[str]:
    """How a procedure came about where something was said to its run: how that went on, and what it was told.

    >>> said = {"op": "answer", "at_share": 0.41, "at_tokens": 820, "level": 1}
    >>> list(badges({"interrupted": True, "level": 1, "events": [said]}))
    ['restarted with notes', 'interrupted at 41 %']
    """
    level = provenance.get("level")
    if level is None:
        return
    from seglam_magics.thinking.ladder import wordings

    yield wordings().shown[str(level)]
    said = [event for event in provenance.get("events", ()) if event.get("level") is not None]
    if any(event["op"] == "hurry" for event in said):
        yield say("status.hurried")
    cut = next((event for event in said if event["op"] in ("answer", "strict")), None)
    if cut is not None and cut.get("at_share") is not None:
        yield say("status.cut_share", share=f"{cut['at_share']:.0%}".replace("%", " %"))
    elif cut is not None:
        yield say("status.cut", tokens=f"{cut['at_tokens']:,}")


def slots(values: Mapping[str, Any], bindings: Mapping[str, Binding]) -> str:
    """Slots as `k=5, by='shop', frame=q3`: values first, quoted as Python writes them, then variables, which are not.

    >>> from seglam_magics.words import Binding
    >>> slots({"frame": "q3", "by": "shop"}, {"frame": Binding("frame", "q3", "variable")})
    "by='shop', frame=q3"
    """
    ordered = sorted(values.items(), key=lambda slot: _is_name(bindings.get(slot[0])))
    return ", ".join(f"{name}={shown(value, bindings.get(name))}" for name, value in ordered)


def _is_name(binding: Binding | None) -> bool:
    return binding is not None and binding.source in _NAMES


def shown(value: Any, binding: Binding | None) -> str:
    """A slot's value on one short line.

    >>> from seglam_magics.words import Binding
    >>> shown("shop", None), shown("q3", Binding("frame", "q3", "implied"))
    ("'shop'", 'q3')
    """
    if binding is not None and binding.source == "injected" and isinstance(value, dt.datetime):
        return value.isoformat(" ", "seconds")  # `why` has all of it
    return one_line(value) if _is_name(binding) and isinstance(value, str) else brief(value)


def saved(usage: Usage | None) -> str:
    """What a hit saved: money where the price is known, else tokens, else nothing.

    >>> from seglam_magics.words import Usage
    >>> saved(Usage(usd=0.0131)), saved(Usage(tokens_in=1812, tokens_out=640)), saved(None)
    ('saved ≈ $0.0131', 'saved 2,452 tokens', '')
    """
    if usage is None:
        return ""
    if usage.usd:
        return say("status.saved", cost=money(usage.usd))
    tokens = usage.tokens_in + usage.tokens_out
    return say("status.saved_tokens", tokens=f"{tokens:,}") if tokens else ""


def properties(verdict: Verdict | None) -> str:
    """How many properties held, over how many generated cases.

    >>> from seglam_magics.words import Check, Verdict
    >>> properties(Verdict(True, (Check("property sorted", True, 100),)))
    '1 property holds (100 cases)'
    """
    count = verdict.properties if verdict else 0
    if verdict is None or not count:
        return say("status.properties_none")
    key = "status.properties_one" if count == 1 else "status.properties"
    return say(key, count=count, cases=f"{verdict.cases:,}")
