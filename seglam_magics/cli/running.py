"""Verbs that run a notebook and hold it to its lock: `run lock`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from seglam_magics.errors import SeglamError
from seglam_magics.exporting.texts import counted, tell
from seglam_magics.notebook.wording import one_line, say, span

from .group import verb
from .office import Office, Output

if TYPE_CHECKING:
    from collections.abc import Callable

    from seglam_magics.exporting.executing import Ran

REUSE = ("auto", "fresh", "cached", "frozen")
_NOTEBOOK = click.argument("notebook", type=click.Path(path_type=Path))
_SECONDS = click.option("--seconds", type=click.FloatRange(min=0, min_open=True), help="Limit of a cell.")
_RAN = "notebook, seconds, answers (a list of cell, question, procedure, sha256, error)"


@verb("run", f"{_RAN}, pinned")
@_NOTEBOOK
@click.option("--reuse", type=click.Choice(REUSE), help="For cells that do not say; frozen holds all to seglam.lock.")
@click.option("--lock", is_flag=True, help="Pin what answered in seglam.lock beside the notebook.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Save the notebook with its outputs here.")
@click.option("--force", is_flag=True, help="Replace the file of --output.")
@_SECONDS
def run(
    office: Office,
    *,
    notebook: Path,
    reuse: str | None,
    lock: bool,
    output: Path | None,
    force: bool,
    seconds: float | None,
) -> Output:
    """Run NOTEBOOK from top to bottom in a kernel of its own; the file stays as it is.

    With --reuse frozen every question is answered by the version that seglam.lock pins it to, or the run fails.
    """
    from seglam_magics.exporting.executing import execute
    from seglam_magics.exporting.files import write_file
    from seglam_magics.exporting.locking import lock_of
    from seglam_magics.frozen import read_lock

    if lock and reuse == "frozen":
        raise SeglamError("E-USAGE", problem="--reuse frozen reads the lock", advice="leave --lock or --reuse out")
    if output is not None and output.exists() and not force:
        raise SeglamError("E-EXPORT-EXISTS", path=output)
    held = lock_of(notebook).resolve() if reuse == "frozen" else None
    if held is not None and read_lock(held) is None:
        raise SeglamError("E-LOCK-NONE", path=held)
    ran = execute(notebook, reuse=reuse, lock=held, seconds=seconds, told=told(office))
    if output is not None:
        import nbformat

        write_file(output, nbformat.writes(ran.notebook) + "\n", force=force)
    done = tell("run.done", notebook=notebook.name, count=counted(ran.answers, "answer"), seconds=span(ran.seconds))
    said, pinned = _pinned(notebook, ran) if lock else ("", None)
    return Output("\n".join(filter(None, [*_lines(ran), done, said])), {**_data(notebook, ran), "pinned": pinned})


@verb("lock", f"{_RAN}, pinned (question and pin), changed")
@_NOTEBOOK
@click.option(
    "--reuse", type=click.Choice(REUSE[:3]), default="cached", show_default=True, help="auto may ask a model."
)
@_SECONDS
def lock(office: Office, *, notebook: Path, reuse: str, seconds: float | None) -> Output:
    """Run NOTEBOOK and pin what answered each of its questions in seglam.lock beside it.

    No model is asked unless --reuse says so: what is not stored yet fails. The pins of other notebooks stay.
    """
    from seglam_magics.exporting.executing import execute

    ran = execute(notebook, reuse=reuse, seconds=seconds, told=told(office))
    said, pinned = _pinned(notebook, ran)
    return Output(said, {**_data(notebook, ran), "pinned": pinned})


def told(office: Office) -> Callable[[int, object], None]:
    """What takes the index of a cell that ran."""
    return lambda index, _records: office.progress(say("run.cell", number=index + 1))


def _pinned(notebook: Path, ran: Ran) -> tuple[str, dict[str, str]]:
    from seglam_magics.exporting.locking import lock_of, pins_of, write_lock

    pins = pins_of(ran)
    changed = write_lock(notebook, pins)
    count = counted(len(pins), "question")
    said = tell("lock.done" if changed else "lock.same", path=lock_of(notebook), count=count, notebook=notebook.name)
    return said, {question: str(pin) for question, pin in pins.items()}


def _lines(ran: Ran) -> list[str]:
    return [
        f"[{row['cell']}] {row['procedure'] or row['error']} · {one_line(str(row['question']), 80)}"
        for row in _rows(ran)
    ]


def _rows(ran: Ran) -> list[dict[str, str | int | None]]:
    return [
        {
            "cell": index + 1,
            "question": record.question,
            "procedure": record.revision.label if record.revision else None,
            "sha256": record.revision.proc_id if record.revision else None,
            "error": record.error or None,
        }
        for index, records in sorted(ran.records.items())
        for record in records
    ]


def _data(notebook: Path, ran: Ran) -> dict[str, object]:
    return {"notebook": str(notebook), "seconds": round(ran.seconds, 3), "answers": _rows(ran)}
