"""The verb `bench compile`: which of some models compiles best, with figures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from seglam_magics.errors import SeglamError
from seglam_magics.notebook.wording import money, say, span

from .bench import bench, purse, told
from .group import as_json
from .office import Office, Output
from .texts import table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seglam_magics.bench.ranking import Comparison, Ranked
    from seglam_magics.bench.report import Share

_KEYS = "about, state, compiles (one each), ranking (the best model first, with its figures), times"
_HEAD = ("place", "model", "n", "right", "verified", "repairs", "tokens", "cost_each", "took")
_CODES = {"complete": 0, "budget": 4, "stopped": 1}


@bench.command("compile")
@as_json(_KEYS)
@click.option("--model", "-m", "models", multiple=True, help="As litellm calls it; give several to have them ranked.")
@click.option("--n", "n", default=20, show_default=True, type=click.IntRange(1, 20), help="Tasks.")
@click.option("--repeat", default=1, show_default=True, type=click.IntRange(1, 100), help="Times each is compiled.")
@click.option("--seed", default=7, show_default=True, type=click.IntRange(0), help="Decides the order of the tasks.")
@click.option("--usd", type=click.FloatRange(0, min_open=True), default=None, help="Dollars all of it may cost.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), default=None, help="File of the report.")
@click.pass_obj
def compile_(
    office: Office, *, models: tuple[str, ...], n: int, repeat: int, seed: int, usd: float | None, out: Path | None
) -> Output:
    """Rank models by how well they compile.

    Each gets the same questions, as a cell would ask them: its reply is checked, given back once with the check that
    failed, verified in the sandbox, and run on hidden tests. First comes who is right most often; then who has most
    verified, fewest repairs, the lowest cost and fewest tokens.
    """
    from seglam_magics.bench.compiling import compiles
    from seglam_magics.bench.newest import keep_compiles
    from seglam_magics.bench.ranking import Asked

    chosen = list(dict.fromkeys(models)) or [office.settings.model]
    if not all(chosen):
        raise SeglamError("E-MODEL-UNSET")
    asked = Asked(models=chosen, n=n, repeat=repeat, seed=seed)
    found = compiles(asked, office.settings, usd=usd, out=out, purse=purse(office, chosen), told=told(office))
    keep_compiles(found)
    data = found.model_dump(mode="json", by_alias=True)
    return Output("\n".join(_lines(found, out)), data, _CODES[found.state])


def _lines(found: Comparison, out: Path | None) -> Iterator[str]:
    from seglam_magics.bench.ranking import ahead

    about = found.about
    state = say("bench.complete" if found.state == "complete" else f"bench.compile_{found.state}")
    yield say("bench.compile_title", models=len(about.models), n=about.n * about.repeat, seed=about.seed, state=state)
    yield ""
    rows = (_row(place, one) for place, one in enumerate(found.ranking, 1))
    yield table([say(f"bench.{name}") for name in _HEAD], rows)
    for first, second in zip(found.ranking[:1], found.ranking[1:2], strict=False):
        points = ahead(first, second)
        shown = {name: f"{100 * p:+.0f}" for name, p in zip(("difference", "low", "high"), points, strict=True)}
        yield ""
        yield say("bench.ahead" if points[1] > 0 else "bench.alike", first=first.model, second=second.model, **shown)
    lost = sum(one.lost for one in found.compiles)
    if lost:
        yield say("bench.lost", count=lost)
    if out is not None:
        yield say("bench.written", file=out)


def _row(place: int, one: Ranked) -> tuple[str, ...]:
    return (
        str(place),
        one.model,
        str(one.n),
        _share(one.right),
        _share(one.verified),
        "-" if one.repairs is None else f"{one.repairs:.2f}",
        "-" if one.tokens is None else f"{one.tokens:,.0f} ({one.tokens_cached or 0:,.0f})",
        money(one.usd),
        "-" if one.times is None else span(one.times.whole),
    )


def _share(found: Share) -> str:
    shown = "-" if found.share is None else f"{100 * found.share:.0f} %"
    return f"{shown:>5} {100 * found.low:.0f}-{100 * found.high:.0f}"
