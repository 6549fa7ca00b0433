"""Running a notebook in a kernel of its own, with a record of what answered each of its questions."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import SeglamError
from ..frozen.places import LOCK_VARIABLE, NOTEBOOK_VARIABLE
from .recording import VARIABLE, Record, read_records

RECORDER = "seglam_magics.exporting.recording"
_VERSION = 4
_QUIET = "--IPKernelApp.log_level=40"  # it warns of loopback TCP, which every notebook uses


@dataclass(frozen=True, slots=True)
class Ran:
    """A notebook that was run.

    Attributes
    ----------
    notebook : its nodes, with their new outputs.
    records : index of a cell -> what was asked in it, in order.
    """

    notebook: Any
    records: Mapping[int, tuple[Record, ...]] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def answers(self) -> int:
        """How many questions were answered."""
        return sum(r.revision is not None for records in self.records.values() for r in records)


def read_notebook(path: Path) -> Any:
    """A saved notebook.

    Raises
    ------
    SeglamError : E-NOTEBOOK-READ.
    """
    import nbformat

    try:
        notebook = nbformat.read(path, as_version=_VERSION)
        nbformat.validate(notebook)
    except OSError as error:
        raise SeglamError("E-NOTEBOOK-READ", path=path, why=error.strerror or str(error)) from None
    except Exception as error:  # noqa: BLE001 - nbformat raises what its readers raise
        why = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise SeglamError("E-NOTEBOOK-READ", path=path, why=why) from None
    return notebook


def without_outputs(notebook: Any) -> Any:
    """The notebook, its outputs and counts taken out."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return notebook


def execute(
    path: Path,
    *,
    reuse: str | None = None,
    lock: Path | None = None,
    seconds: float | None = None,
    go_on: bool = False,
    told: Callable[[int, tuple[Record, ...]], object] | None = None,
) -> Ran:
    """Run a copy of the notebook in its own folder; the file stays as it is.

    Parameters
    ----------
    reuse : for the questions whose cells do not say; what holds in the kernel where None.
    lock : the lock every question of it is held to, whatever its cell says.
    seconds : limit of a cell.
    go_on : run the cells behind one that failed, too.
    told : called with the index of a cell and what was asked in it, as soon as it ran.

    Raises
    ------
    SeglamError : E-NOTEBOOK-READ, E-NOTEBOOK-KERNEL where it cannot be run, E-NOTEBOOK-CELL where a cell failed.
    """
    notebook, begin = without_outputs(read_notebook(path)), time.monotonic()
    records: dict[int, tuple[Record, ...]] = {}
    with tempfile.TemporaryDirectory(prefix="seglam-run-") as folder:
        file, place = Path(folder, "records.jsonl"), 0

        def after(*, cell_index: int, **_: object) -> None:
            nonlocal place
            found, place = read_records(file, place)
            if found:
                records[cell_index] = (*records.get(cell_index, ()), *found)
            if told is not None:
                told(cell_index, tuple(found))

        watch = _Watch()
        client = _client(notebook, path, seconds=seconds, go_on=go_on, before=watch.begun, after=after)
        _run(client, path, watch, _environment(path, file, reuse=reuse, lock=lock))
    return Ran(notebook, records, time.monotonic() - begin)


@dataclass(slots=True)
class _Watch:
    """Which cell runs, counted from 1."""

    number: int = 0

    def begun(self, *, cell_index: int, **_: object) -> None:
        self.number = cell_index + 1


_Hook = Callable[..., None]


def _client(notebook: Any, path: Path, *, seconds: float | None, go_on: bool, before: _Hook, after: _Hook) -> Any:
    from nbclient import NotebookClient

    return NotebookClient(
        notebook,
        timeout=seconds,
        allow_errors=go_on,
        kernel_name=notebook.metadata.get("kernelspec", {}).get("name") or "python3",
        extra_arguments=[_QUIET, f"--IPKernelApp.extensions={RECORDER}"],
        resources={"metadata": {"path": str(path.resolve().parent)}},
        on_cell_execute=before,
        on_cell_executed=after,
    )


def _run(client: Any, path: Path, watch: _Watch, environment: dict[str, str]) -> None:
    from jupyter_client.kernelspec import NoSuchKernel
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    try:
        client.execute(env=environment)
    except CellExecutionError as error:
        raise _failed(watch.number, path, f"{error.ename}: {error.evalue}" if error.evalue else error.ename) from None
    except CellTimeoutError as error:
        raise _failed(watch.number, path, str(error).splitlines()[0]) from None
    except (DeadKernelError, NoSuchKernel, RuntimeError) as error:
        raise SeglamError("E-NOTEBOOK-KERNEL", path=path, why=str(error) or type(error).__name__) from None


def _failed(number: int, path: Path, why: str) -> SeglamError:
    said, _, advice = why.removeprefix("SeglamError: ").partition("\n")
    hint = advice.strip().splitlines()[0] if advice.strip() else "run the notebook to see the whole of it"
    return SeglamError("E-NOTEBOOK-CELL", number=number, notebook=path.name, why=said, advice=hint)


def _environment(path: Path, file: Path, *, reuse: str | None, lock: Path | None) -> dict[str, str]:
    dropped = {LOCK_VARIABLE, NOTEBOOK_VARIABLE, "MPLBACKEND"}  # a kernel this runs in may have them
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    kept |= {VARIABLE: str(file), "JPY_SESSION_NAME": str(path.resolve())}
    kept |= {"SEGLAM_REUSE": reuse} if reuse is not None else {}
    return kept | ({LOCK_VARIABLE: str(lock), NOTEBOOK_VARIABLE: path.name} if lock is not None else {})
