"""S-30: on a machine without a graphics processor `doctor` is quick and claims nothing that it did not measure."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from seglam_magics.doctor import found, known, machine, measured, runtimes

MOST = 5.0  # seconds it may take where nothing answers
REQUESTS = 2  # of one program: what it is, and its models; the programs are asked at the same time


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
    assert REQUESTS * runtimes.SECONDS + machine.SECONDS < MOST
