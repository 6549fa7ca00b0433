"""Verbs that count: `savings`, what was spent and saved, and `misses`, what nearly hit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from seglam_magics.notebook.wording import money, one_line, say, span

from .group import verb
from .office import Office, Output
from .texts import table, when

if TYPE_CHECKING:
    from collections.abc import Mapping

_PERIODS = ("total", "day", "notebook", "tier")
_KEYS = (
    "a list of period, questions, hits, misses, rate, spent_tokens, spent_usd, spent_seconds, saved_tokens, saved_usd,"
    " saved_seconds, unpriced; by procedure: name, hits, spent_…, saved_…, hit_seconds, counted, needed, reached"
)


@verb("savings", _KEYS)
@click.option("--by", type=click.Choice([*_PERIODS, "procedure"]), default="total", show_default=True)
@click.option("-n", "--limit", type=click.IntRange(min=1), default=50, show_default=True, help="The most procedures.")
def savings(office: Office, *, by: str, limit: int) -> Output:
    """Show questions, hits, and what models cost and hits saved: tokens, money and seconds.

    A hit saves what compiling its procedure had cost. By procedure it also says after how many hits one pays.
    """
    if by == "procedure":
        return _break_even(office, limit)
    rows = office.rows("savings", by=by)
    if not rows:
        return Output(say("card.nothing"), [])
    head = [say(f"savings.{name}") for name in (by, "questions", "rate", "spent", "saved", "seconds")]
    return Output(table(head, map(_period, rows)), rows)


def _period(row: Mapping[str, Any]) -> list[str]:
    rate = "-" if row["rate"] is None else f"{100 * row['rate']:.0f} %"
    return [
        row["period"] or say("savings.none"),
        f"{row['questions']:,}",
        rate,
        _cost(row, "spent"),
        _cost(row, "saved"),
        span(row["saved_seconds"]),
    ]


def _cost(row: Mapping[str, Any], kind: str) -> str:
    tokens = row[f"{kind}_tokens"]
    return say("card.cost", cost=money(row[f"{kind}_usd"]), tokens=f"{tokens:,}") if tokens else "-"


def _break_even(office: Office, limit: int) -> Output:
    rows = office.rows("break_even", limit=limit)
    if not rows:
        return Output(say("ls.none"), [])
    head = [say(f"savings.{name}") for name in ("procedure", "hits", "spent", "saved", "pays")]
    cells = ([row["name"], f"{row['hits']:,}", _cost(row, "spent"), _cost(row, "saved"), _pays(row)] for row in rows)
    return Output(table(head, cells), rows)


def _pays(row: Mapping[str, Any]) -> str:
    if row["needed"] is None:
        return say("savings.never")
    return say("savings.paid" if row["reached"] else "savings.after", hits=f"{row['needed']:,}")


@verb("misses", "a list of question, nearest, reason, blocked, times, last_asked")
@click.argument("name", required=False)
@click.option("-n", "--limit", type=click.IntRange(min=1), default=20, show_default=True, help="The most questions.")
def misses(office: Office, *, name: str | None, limit: int) -> Output:
    """List questions that nearly hit, of NAME or of all, latest first, with what stood in the way."""
    rows = office.rows("near_misses", name=name, limit=limit)
    if not rows:
        return Output(say("misses.none"), [])
    head = [say(f"misses.{column}") for column in ("last_asked", "times", "nearest", "blocked", "question")]
    cells = ([when(row["last_asked"]), f"{row['times']:,}", row["nearest"],
              one_line(row["blocked"] or row["reason"] or ""), one_line(row["question"] or "", 60)]
             for row in rows)  # fmt: skip
    return Output(table(head, cells), rows)
