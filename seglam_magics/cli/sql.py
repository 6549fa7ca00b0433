"""The verb `sql`: the user's own SELECT over the views of the log."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import click

from seglam_magics.notebook.wording import say
from seglam_magics.store.sql import LIMIT, SECONDS, select
from seglam_magics.trust.redaction import redact

from .group import verb
from .office import Office, Output
from .texts import table

if TYPE_CHECKING:
    from collections.abc import Sequence


@verb("sql", "a list of rows, each with the names of the columns as keys")
@click.argument("text", nargs=-1, required=True, metavar="SELECT")
@click.option("--csv", "wants_csv", is_flag=True, help="Print the rows as CSV.")
@click.option("--limit", type=click.IntRange(1, 10_000_000), default=LIMIT, show_default=True, help="The most rows.")
@click.option(
    "--seconds", type=click.FloatRange(min=0, min_open=True), default=SECONDS, show_default=True, help="The most time."
)
def sql(office: Office, *, text: Sequence[str], wants_csv: bool, limit: int, seconds: float) -> Output:
    """Ask the log in SQL, read only; in a notebook the result is a polars frame.

    The views are hits, misses, runs, revisions, procedures and corrections; "describe hits" lists the columns of one.
    """
    found = select(office.reasoner.view(), " ".join(text), limit=limit, seconds=seconds)
    rows = [tuple(map(_plain, row)) for row in found.frame.rows()]
    names = found.frame.columns
    data = [dict(zip(names, row, strict=True)) for row in rows]
    more = say("sql.cut", limit=f"{limit:,}") if found.cut else ""
    if office.in_notebook and not wants_csv:
        return Output(more, data, value=found.frame)
    if more:
        office.progress.hush()
        click.echo(more, err=True)  # beside the rows, which another program may read
    return Output(_as_csv(names, rows) if wants_csv else _as_table(names, rows), data)


def _plain(value: Any) -> Any:
    """The value as it is printed: exact decimals that are whole as integers, texts without secrets."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return redact(value) if isinstance(value, str) else value


def _as_table(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    return table(names, ([_cell(value) for value in row] for row in rows)) or say("sql.none")


def _cell(value: Any) -> str:
    return "-" if value is None else " ".join(str(value).split())


def _as_csv(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([names, *rows])
    return text.getvalue().rstrip("\n")
