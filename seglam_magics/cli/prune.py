"""The verb `prune`: old hits and misses go, procedures never do."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from seglam_magics.errors import SeglamError
from seglam_magics.notebook.wording import say
from seglam_magics.settings import days_of
from seglam_magics.store.retention import prune as take_away
from seglam_magics.store.retention import pruning

from .group import verb
from .office import Office, Output
from .texts import when

if TYPE_CHECKING:
    from seglam_magics.store.retention import Pruning


@verb("prune", "pruned, before, hits, misses, first, last")
@click.option("--older-than", "age", metavar="AGE", help="365d, 52w, 12m or 2y; the setting retention by default.")
@click.option("--dry-run", is_flag=True, help="Only say what would go.")
def prune(office: Office, *, age: str | None, dry_run: bool) -> Output:
    """Leave hits and misses older than AGE out of every figure and query, for good.

    Procedures, corrections and what models cost stay. The files of the store still hold the lines.
    """
    days = _days(office.settings.retention if age is None else age)
    found = pruning(office.reasoner.view(), days)
    count = found.hits + found.misses
    if count and not dry_run:
        take_away(office.reasoner.log, found)
    return Output(_said(found, dry_run=dry_run), {"pruned": bool(count) and not dry_run, **asdict(found)})


def _days(age: str) -> int:
    try:
        days = days_of(age)
    except ValueError as error:
        raise SeglamError("E-USAGE", problem=f"{age!r} is no age: {error}", advice=say("prune.how")) from None
    if not days:
        raise SeglamError("E-USAGE", problem=say("prune.unset"), advice=say("prune.how"))
    return days


def _said(found: Pruning, *, dry_run: bool) -> str:
    facts = {"hits": f"{found.hits:,}", "misses": f"{found.misses:,}", "before": when(found.before)}
    if not found.hits + found.misses:
        return say("prune.nothing", **facts)
    return say("prune.would" if dry_run else "prune.done", first=when(found.first), last=when(found.last), **facts)
