"""How long it takes from Stop until the next cell can run, while a model does not answer.

    python benchmarks/stop.py --json stop.json [--n 50]

A real ipykernel asks a question of servers on this machine: one that accepts the connection and never says a word, one
that stalls in the middle of its thinking, one that thinks on, and one that writes its answer. Each time the kernel is
interrupted at another moment, as the square button does it; what is taken is the time until the kernel is idle again,
with the error shown and the thought kept, and of the two that go on, when they see that nobody listens any more and how
many chunks they sent after the interrupt. The same is done with a cell that sleeps: what an interrupt takes without
seglam. Times of one machine say little: read the ratios to that.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_client.manager import KernelManager
from timing import quantiles

TIMES = 50
QUESTION = "What is the total of `numbers`?"
ASK = f"%%reason --reuse fresh\n{QUESTION}"
SLEEP = "import time\ntime.sleep(600)"
SETTLES = 0.1  # seconds between the request and the interrupt, at the least
STEP = 0.013  # seconds later each time, so that no phase of a timer is met always
QUIET = ["--IPKernelApp.log_level=ERROR"]
THOUGHT = "A sum can be taken in any order, so nothing depends on it. " * 40


Asked = Callable[[], int]


@dataclass
class Watch:
    """What a server sees: when each of its calls was hung up, and when it sent its chunks, by `time.perf_counter`."""

    hung_up: dict[int, float] = field(default_factory=dict)
    chunks: list[float] = field(default_factory=list)

    def closed(self, call: int, start: float) -> tuple[float, int]:
        """Seconds from `start` until the call was hung up, and how many chunks were sent between."""
        while call not in self.hung_up:
            time.sleep(0.001)
        end = self.hung_up[call]
        return end - start, sum(start < sent <= end for sent in self.chunks)


class Kernel:
    """A kernel, and how long it takes to be idle again."""

    def __init__(self, folder: Path, model: str, base: str) -> None:
        own = {
            "SEGLAM_STORE": folder / "store",
            "SEGLAM_CONFIG_DIR": folder / "config",
            "IPYTHONDIR": folder / "ipython",
        }
        environment = {**os.environ, **{name: str(place) for name, place in own.items()}}
        environment |= {"SEGLAM_MODEL": model, "SEGLAM_API_BASE": base, "SEGLAM_PROGRESS": "false"}
        self.manager = KernelManager(kernel_name="python3")
        self.manager.start_kernel(env=environment, cwd=str(folder), extra_arguments=QUIET)
        self.client = self.manager.blocking_client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)

    def run(self, code: str) -> list[str]:
        """The errors of a cell, by name."""
        self.client.execute(code, stop_on_error=False)
        return self._idle()[1]

    def stopped(self, code: str, asked: Asked, after: float) -> tuple[float, float, list[str]]:
        """When a cell was interrupted, the seconds to the next prompt, and its errors.

        Parameters
        ----------
        asked : how often the model was asked; the interrupt comes so many seconds after it was again.
        """
        before = asked()
        self.client.execute(code, stop_on_error=False)
        self._busy()
        while asked() == before:
            time.sleep(0.005)
        time.sleep(after)
        start = time.perf_counter()
        self.manager.interrupt_kernel()
        end, errors = self._idle()
        return start, end - start, errors

    def close(self) -> None:
        """End it."""
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)

    def _busy(self) -> None:
        while self._next() != ("status", "busy"):
            pass

    def _idle(self) -> tuple[float, list[str]]:
        errors: list[str] = []
        self.client.get_shell_msg(timeout=120)
        while True:
            kind, said = self._next()
            if kind == "error":
                errors.append(said)
            if (kind, said) == ("status", "idle"):
                return time.perf_counter(), errors

    def _next(self) -> tuple[str, str]:
        message = self.client.get_iopub_msg(timeout=120)
        content = message["content"]
        return message["msg_type"], str(content.get("execution_state") or content.get("evalue") or "")


Serving = Iterator[tuple[str, Asked, Watch | None]]


@contextmanager
def sleeping() -> Serving:
    """No server: the cell asks nobody."""
    yield "http://127.0.0.1:9/v1", itertools.count().__next__, None


@contextmanager
def silent() -> Serving:
    """A server that accepts and never answers."""
    held: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept() -> None:
            try:
                while True:
                    held.append(server.accept()[0])
            except OSError:
                return

        threading.Thread(target=accept, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/v1", lambda: len(held), None
        for connection in held:
            connection.close()


@contextmanager
def scripted(**pieces: Any) -> Serving:
    """A server that sends a reply chunk by chunk."""
    from seglam_magics.scripted import server as module
    from seglam_magics.scripted.recordings import Recording, RecordingSet, fold
    from seglam_magics.scripted.running import served

    watch, ended, written = Watch(), threading.Event(), module._event  # noqa: SLF001 - what it sends is counted there

    def noted(event: dict[str, Any]) -> bytes:
        watch.chunks.append(time.perf_counter())
        return written(event)

    def look() -> None:
        while not ended.wait(0.001):
            for number, call in enumerate(server.ledger.calls):
                if call.end == "hung up":
                    watch.hung_up.setdefault(number, time.perf_counter())

    recording = Recording(question=QUESTION, **pieces)
    server = served(RecordingSet("stopped", {fold(QUESTION): ("stopped", recording)}))
    module._event = noted  # noqa: SLF001
    threading.Thread(target=look, daemon=True).start()
    yield server.base, lambda: len(server.ledger.calls), watch
    ended.set()
    module._event = written  # noqa: SLF001
    server.stop()


FOREVER = THOUGHT * 40
ANSWER = '{"name": "total", "summary": "' + "a sum, which does not depend on the order, " * 1_000
KINDS: dict[str, tuple[Callable[[], Any], str]] = {
    "sleep": (sleeping, SLEEP),
    "never answers": (silent, ASK),
    "stalls in its thinking": (lambda: scripted(reasoning=THOUGHT, raw="{}", stall_after=20), ASK),
    "thinks on": (lambda: scripted(reasoning=FOREVER, raw="{}", chunk=40, delay=0.1), ASK),
    "writes its answer": (lambda: scripted(reasoning="So it is a sum.", raw=ANSWER, chunk=40, delay=0.1), ASK),
}


def measured(base: str, asked: Asked, watch: Watch | None, code: str, times: int) -> dict[str, Any]:
    """Quantiles of the time from Stop to the next prompt and to the hang-up, and the codes that were shown."""
    closed: list[tuple[float, int]] = []
    with tempfile.TemporaryDirectory() as folder:
        kernel = Kernel(Path(folder), "openai/stalled", base)
        try:
            kernel.run("%load_ext seglam\nnumbers = [1, 2, 3]\nimport litellm")
            kernel.stopped(code, asked, 3.0)  # the first one imports, starts the sandbox and opens the store
            found = []
            for number in range(times):
                start, seconds, errors = kernel.stopped(code, asked, SETTLES + STEP * (number % 30))
                found.append((seconds, errors))
                if watch is not None:
                    closed.append(watch.closed(asked() - 1, start))
        finally:
            kernel.close()
    codes = sorted({error.partition(":")[0] for _, errors in found for error in errors if error})
    figures = {**quantiles(seconds for seconds, _ in found), "shown": codes}
    if closed:
        figures |= {"closed": quantiles(seconds for seconds, _ in closed), "most_chunks": max(n for _, n in closed)}
    return figures


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, help="file of the figures")
    parser.add_argument("--n", type=int, default=TIMES, help="interrupts of each kind")
    options = parser.parse_args()
    found = {}
    for name, (server, code) in KINDS.items():
        with server() as (base, asked, watch):
            found[name] = measured(base, asked, watch, code, options.n)
            found[name]["ratio"] = round(found[name]["p50_us"] / found["sleep"]["p50_us"], 2)
    for name, figures in found.items():
        p50, p95 = (figures[f"{place}_us"] / 1000 for place in ("p50", "p95"))
        shown = ", ".join(figures["shown"])
        if "closed" in figures:
            late = figures["closed"]["p95_us"] / 1000
            shown += f"  hung up p95 {late:.1f} ms, at most {figures['most_chunks']} chunks later"
        print(
            f"{name:24} p50 {p50:6.1f} ms  p95 {p95:6.1f} ms  n {figures['n']}  {figures['ratio']:.2f} × sleep  {shown}"
        )
    if options.json is not None:
        options.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
