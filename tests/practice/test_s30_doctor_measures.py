"""S-30: on a machine without a graphics processor `doctor` is quick and claims nothing that it did not measure."""

from __future__ import annotations

import itertools
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from seglam_magics.cli.probing import probed
from seglam_magics.compiler.gateway import Target
from seglam_magics.doctor import found, known, machine, measured, runtimes

MOST = 5.0  # seconds it may take where nothing answers


def with_tool(folder: Path, program: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make `nvidia-smi` this program, and the only one on the path."""
    path = folder / "nvidia-smi"
    path.write_text(f"#!{sys.executable}\n{program}\n", encoding="utf-8")
    path.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))


def test_s_30_without_a_tool_nothing_is_said_of_a_graphics_processor(tmp_path):
    command = [sys.executable, "-c", "from seglam_magics.cli import main; main()", "doctor", "--json"]
    environment = {**os.environ, "PATH": str(tmp_path)}
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    said = {row["check"]: row["detail"] for row in json.loads(done.stdout)}
    words = " ".join([*said, *said.values()]).lower()
    assert not [word for word in ("gpu", "cuda", "vram", "graphics") if word in words]
    assert "characters a second" not in words  # no model was asked, so there is no speed
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    assert said["cores"] == str(allowed)
    assert said["memory"].endswith(" GB")


@pytest.mark.skipif(sys.platform == "win32", reason="the tool is a script")
def test_s_30_with_a_tool_its_figures_are_shown(tmp_path, monkeypatch):
    with_tool(tmp_path, "print('NVIDIA L4, 23034')\nprint('NVIDIA, Inc. T4, 15360')", monkeypatch)
    found = [(fact.text, fact.amount) for fact in measured() if fact.name == "gpu"]
    assert found == [("NVIDIA L4", 23034 * 2**20), ("NVIDIA, Inc. T4", 15360 * 2**20)]


@pytest.mark.skipif(sys.platform == "win32", reason="the tool is a script")
@pytest.mark.parametrize(
    "program",
    ["raise SystemExit(9)", "print('NVIDIA-SMI has failed, code 9')", "import time; time.sleep(60)", "print()"],
)
def test_s_30_a_tool_that_fails_or_hangs_gives_no_figure_and_holds_nobody_up(tmp_path, monkeypatch, program):
    monkeypatch.setattr("seglam_magics.doctor.machine.SECONDS", 0.5)
    with_tool(tmp_path, program, monkeypatch)
    assert "gpu" not in {fact.name for fact in measured()}


@pytest.mark.parametrize(("text", "limited"), [("1073741824\n", True), ("max\n", False), ("", False)])
def test_memory_is_what_the_container_allows(monkeypatch, tmp_path, text, limited):
    limit = tmp_path / "memory.max"
    limit.write_text(text, encoding="ascii")
    monkeypatch.setattr("seglam_magics.doctor.machine._LIMIT", limit)
    found = {fact.name: fact.amount for fact in measured(graphics=str)}
    assert (found["memory"] == 2**30) == limited


def test_s_30_programs_that_take_a_connection_and_say_nothing_are_waited_for_within_the_limit():
    with ExitStack() as stack:
        silent = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in known()]
        ports = {one.name: server.getsockname()[1] for one, server in zip(known(), silent, strict=True)}
        assert found(ports) == []
        for server in silent:  # each was asked, and by nobody else
            server.settimeout(0.1)
            server.accept()[0].close()
            with pytest.raises(TimeoutError):
                server.accept()
    assert runtimes.SECONDS + machine.SECONDS < MOST


HEADERS = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
ENDLESS = {
    "headers": (b"", lambda: itertools.cycle(b"X-More: 1\r\n")),
    "one header": (HEADERS, lambda: itertools.repeat(ord("X"))),
    "continue": (b"", lambda: itertools.cycle(b"HTTP/1.1 100 Continue\r\n\r\n")),
    "a body": (HEADERS + b"\r\n", lambda: itertools.repeat(ord(" "))),
    "chunks": (HEADERS + b"Transfer-Encoding: chunked\r\n\r\n", lambda: itertools.cycle(b"1\r\n \r\n")),
}


@contextmanager
def dripping(begins: bytes, drops: Callable[[], Iterable[int]]) -> Iterator[tuple[int, threading.Event]]:
    """A server that says so much at once and then a byte now and then, without end; its port, and when it was left."""
    left = threading.Event()

    def drip(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.recv(4096)
            connection.sendall(begins)
            for drop in drops():
                connection.sendall(bytes([drop]))
                time.sleep(0.02)
        left.set()

    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    threading.Thread(target=drip, args=(server.accept()[0],), daemon=True).start()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1], left
        server.shutdown(socket.SHUT_RDWR)
    thread.join()


@pytest.mark.parametrize("what", ENDLESS)
def test_s_30_a_program_that_says_a_byte_now_and_then_is_left_when_its_time_is_up(monkeypatch, what):
    monkeypatch.setattr("seglam_magics.doctor.runtimes.SECONDS", 0.3)
    with dripping(*ENDLESS[what]) as (port, left):
        ports = {one.name: port for one in known()}
        assert found(ports) == []  # ends at all: what is read would go on for ever
        assert left.wait(30)


def test_s_30_both_things_a_program_is_asked_share_one_time(monkeypatch):
    """It says at once what it is and never ends the list of its models: found, without models."""
    monkeypatch.setattr("seglam_magics.doctor.runtimes.SECONDS", 0.5)
    version = b'{"version": "0.12.6"}'
    whole = HEADERS + b"Content-Length: %d\r\n\r\n" % len(version) + version
    with socket.create_server(("127.0.0.1", 0)) as server, ExitStack() as stack:
        port = server.getsockname()[1]

        def serve() -> None:
            first, _ = server.accept()
            with first:
                first.recv(4096)
                first.sendall(whole)
            second, _ = stack.enter_context(server.accept()[0]), None
            with suppress(OSError):
                for drop in itertools.repeat(b" "):
                    second.sendall(drop)
                    time.sleep(0.02)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            others = {one.name: unused.getsockname()[1] for one in known()}
        assert [(one.runtime.name, one.models) for one in found({**others, "ollama": port})] == [("ollama", ())]
        thread.join(30)
        assert not thread.is_alive()


SSE = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
PIECE = b'data: {"choices": [{"index": 0, "delta": {"content": "one two three"}}]}\n\n'


@pytest.mark.parametrize(("begins", "answered"), [(HEADERS, False), (SSE, False), (SSE + PIECE, True)])
def test_s_30_a_model_that_keeps_the_connection_open_is_left_when_its_time_is_up(monkeypatch, begins, answered):
    monkeypatch.setattr("seglam_magics.cli.probing.SECONDS", 1.5)
    drops = b"X-More: 1\r\n" if begins == HEADERS else b": wait\n\n"
    with dripping(begins, lambda: itertools.cycle(drops)) as (port, left):
        ok, says = probed(Target("openai/any", f"http://127.0.0.1:{port}/v1", ""))
        assert (ok, "within 1." in says) == (answered, True), says
        assert begins == HEADERS or left.wait(
            30
        )  # a reply that has not begun cannot be left; its thread holds nobody up
