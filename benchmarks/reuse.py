"""How often a question is answered by a stored procedure, how often rightly, and what that saves: the reuse benchmark.

    python benchmarks/reuse.py --data DIR --out FILE [--phase warm|stream|both] [--limit N] [--server FILE]
        [--no-starter]

DIR holds the rows (`<set>.jsonl.gz`, `stream.jsonl.gz`), `replay_server.py` and `score.py` lie beside it. The replay
server stands in for the model: it answers with gold procedures, which `reuse_reply.py` puts into compile replies.
Every question takes the whole way, `Reasoner.ask`, over HTTP, through verification and the sandbox. Score with
`python score.py --data DIR --results results.jsonl`.

warm: all seeds are compiled, then every other row is asked with compiling switched off (`reuse="cached"`).
stream: the stream in its order on a second store that begins empty, compiling allowed.
The starter pack answers what nothing stored does, as it ships; with `--no-starter` only what was compiled is reused.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any, TextIO

from seglam_magics.errors import SeglamError
from seglam_magics.question import normalise
from seglam_magics.reasoner import Reasoner, open_reasoner
from seglam_magics.settings import Seglam
from seglam_magics.words import Options, Question, Reuse

HERE = Path(__file__).resolve().parent
SETS = ("gsm", "wikisql", "advising", "bbh", "daeval")
PATIENCE = 30.0  # seconds until the server must answer

Row = dict[str, Any]


class Server:
    """The replay server of the benchmark as a process of its own."""

    def __init__(self, script: Path, data: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.base = f"http://127.0.0.1:{free.getsockname()[1]}"
        port = self.base.rpartition(":")[2]
        wrap = HERE / "reuse_reply.py"
        command = [sys.executable, str(script), "--data", str(data), "--port", port, "--wrap", str(wrap)]
        self._process = subprocess.Popen(command, cwd=script.parent)

    def wait(self) -> None:
        """Until it answers; raises RuntimeError where it ended or does not."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and self._process.poll() is None:
            try:
                self.calls()
            except OSError:
                time.sleep(0.1)
            else:
                return
        raise RuntimeError("the replay server does not answer")

    def calls(self) -> int:
        """Calls it has answered so far."""
        with urllib.request.urlopen(f"{self.base}/calls", timeout=PATIENCE) as reply:
            return int(json.load(reply)["calls"])

    def close(self) -> None:
        """End the process."""
        self._process.terminate()
        self._process.wait(PATIENCE)


class Run:
    """One phase: a reasoner on a fresh store, the answers written out, and what happened counted."""

    def __init__(self, phase: str, server: Server, folder: Path, out: TextIO, *, starter: bool = True) -> None:
        self.phase, self.server, self.out = phase, server, out
        self.counts: Counter[str] = Counter()
        self.problems: Counter[str] = Counter()
        settings = Seglam(
            model="openai/replay",
            api_base=f"{server.base}/v1",
            store=str(folder / phase),
            timeout=60.0,
            starter=starter and phase == "stream",  # a seed is to be compiled, whatever the pack knows
        )
        self.starter = starter
        self.reasoner: Reasoner = open_reasoner(settings)
        self._calls, self._begin = server.calls(), time.perf_counter()

    def ask(self, row: Row, reuse: Reuse) -> tuple[bool, Any]:
        """Whether it was a hit, and the answer as JSON data; a failed compile is no hit and has no answer."""
        question = Question(row["prompt"], namespace(row), options=Options(reuse=reuse))
        try:
            answer = self.reasoner.ask(question)
        except SeglamError as error:
            self.counts[error.code] += 1
            if not error.code.startswith("E-MISS"):
                self.problems[f"{error.code}: {error.says[:160]}"] += 1
            return False, None
        self.counts["hits" if answer.hit else "compiled"] += 1
        self.counts["hits of the starter pack"] += answer.hit and answer.revision.author == "starter"
        self.counts["calls by the answers"] += answer.usage.calls
        return answer.hit, plain(answer.value)

    def write(self, row: Row, answered: tuple[bool, Any], number: int | None = None) -> None:
        """One result row, as the scorer wants it."""
        hit, value = answered
        result = {"phase": self.phase, "id": row["id"], "hit": hit, "answer": value}
        self.out.write(json.dumps(result if number is None else {**result, "n": number}) + "\n")

    def close(self) -> None:
        """Print what happened and close the reasoner."""
        seconds = time.perf_counter() - self._begin
        calls = self.server.calls() - self._calls
        stored = len(self.reasoner.library.names())
        print(f"{self.phase}: {seconds:.1f} s, {stored} procedures, {calls} calls of the model")
        for what, count in sorted(self.counts.items()):
            print(f"  {count:6} {what}")
        for problem, count in self.problems.most_common(10):
            print(f"  {count:6} {problem}")
        self.reasoner.close()


def rows_of(folder: Path, name: str) -> list[Row]:
    """Rows of one file, in its order."""
    with gzip.open(folder / f"{name}.jsonl.gz", "rt", encoding="utf-8") as handle:
        return [json.loads(line) for line in handle]


def namespace(row: Row) -> dict[str, Any]:
    """What the question may use: the row's table as the data frame `df`, if it has one."""
    frame = (row.get("inputs") or {}).get("df")
    if frame is None:
        return {}
    import polars as pl

    return {"df": pl.DataFrame(frame["rows"], schema=frame["columns"], orient="row", infer_schema_length=None)}


def plain(value: Any) -> Any:
    """`value` as JSON data."""
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, Fraction):
        return float(value)
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if hasattr(value, "rows"):  # a table of one column is a list of its values
        return [plain(row[0] if len(row) == 1 else row) for row in value.rows()]
    return [plain(v) for v in value] if isinstance(value, Iterable) else str(value)


def warm(run: Run, rows: dict[str, Row], limit: int | None) -> None:
    """Compile the seeds, then ask all the rest without compiling."""
    for row in rows.values():
        if row["kind"] == "seed":
            run.ask(row, "auto")
    run.counts["seeds compiled"] = run.counts.pop("compiled", 0)
    run.reasoner.settings.starter = run.starter
    for row in [r for r in rows.values() if r["kind"] != "seed"][:limit]:
        run.write(row, run.ask(row, "cached"))


def stream(run: Run, rows: dict[str, Row], events: list[Row], limit: int | None) -> None:
    """Ask the stream in its order, compiling what misses."""
    for event in events[:limit]:
        row = rows[event["id"]]
        run.write(row, run.ask(row, "auto"), event["n"])


def spelled(data: Path, folder: Path) -> Path:
    """A copy of the data with prompts in seglam's own spelling, so that the server finds them in its requests."""
    copy = folder / "data"
    copy.mkdir()
    for name in (*SETS, "stream"):
        with gzip.open(copy / f"{name}.jsonl.gz", "wt", encoding="utf-8") as out:
            for row in rows_of(data, name):
                said = {"prompt": normalise(row["prompt"])} if "prompt" in row else {}
                out.write(json.dumps({**row, **said}) + "\n")
    return copy


@contextmanager
def world(server: Path, data: Path) -> Iterator[tuple[Server, Path]]:
    """A server that answers, and a folder for stores and settings of its own."""
    with tempfile.TemporaryDirectory(prefix="seglam-reuse-") as folder:
        os.environ |= {"SEGLAM_CONFIG_DIR": f"{folder}/config", "OPENAI_API_KEY": "none"}
        running = Server(server, spelled(data, Path(folder)))
        try:
            running.wait()
            yield running, Path(folder)
        finally:
            running.close()


def main() -> None:
    """Run the phases asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--phase", choices=["warm", "stream", "both"], default="both")
    parser.add_argument("--limit", type=int, help="rows to ask in each phase; all by default")
    parser.add_argument("--server", type=Path, help="replay_server.py; beside the data's folder by default")
    parser.add_argument("--no-starter", action="store_true", help="switch the starter pack off")
    args = parser.parse_args()
    data = args.data.resolve()
    rows = {row["id"]: row for name in SETS for row in rows_of(data, name)}
    server = (args.server or data.parent / "replay_server.py").resolve()
    with world(server, data) as (running, folder), args.out.open("w", encoding="utf-8") as out:
        if args.phase in ("warm", "both"):
            run = Run("warm", running, folder, out, starter=not args.no_starter)
            warm(run, rows, args.limit)
            run.close()
        if args.phase in ("stream", "both"):
            run = Run("stream", running, folder, out, starter=not args.no_starter)
            stream(run, rows, rows_of(data, "stream"), args.limit)
            run.close()


if __name__ == "__main__":
    main()
