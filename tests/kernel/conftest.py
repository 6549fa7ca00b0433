"""A real kernel in a process of its own, in a world of its own."""

from __future__ import annotations

import os
import time
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jupyter_client.manager import KernelManager

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jupyter_client.blocking import BlockingKernelClient

PATIENCE = 90.0


@dataclass
class Cell:
    """What came of running one cell, as a notebook would save it."""

    status: str = ""
    outputs: list[dict[str, Any]] = field(default_factory=list)
    shown: dict[str, int] = field(default_factory=dict)

    def take(self, kind: str, content: dict[str, Any]) -> None:
        if kind == "update_display_data":
            self.outputs[self.shown[content["transient"]["display_id"]]].update(content)
            return
        before = self.outputs[-1] if self.outputs else {}
        if kind == before.get("kind") == "stream" and before["name"] == content["name"]:
            before["text"] += content["text"]  # a kernel sends one print in one or more pieces, as its buffer fills
            return
        display_id = content.get("transient", {}).get("display_id")
        if display_id:
            self.shown[display_id] = len(self.outputs)
        self.outputs.append({"kind": kind, **content})

    def texts(self) -> list[str]:
        """The text of every output, in order."""
        return [o["data"]["text/plain"] if "data" in o else o.get("text", "") for o in self.outputs]

    @property
    def text(self) -> str:
        return "\n".join(self.texts())

    @property
    def result(self) -> dict[str, Any]:
        """The mime bundle of the cell's value."""
        return next(o["data"] for o in self.outputs if o["kind"] == "execute_result")

    @property
    def error(self) -> dict[str, Any]:
        return next(o for o in self.outputs if o["kind"] == "error")


class Kernel:
    """Runs cells in a kernel, one after the other."""

    def __init__(self, client: BlockingKernelClient, manager: KernelManager) -> None:
        self.client = client
        self.manager = manager

    def send(self, code: str, **metadata: Any) -> str:
        content = {"code": code, "silent": False, "store_history": True, "allow_stdin": False, "stop_on_error": False}
        message = self.client.session.msg("execute_request", content, metadata=metadata)
        self.client.shell_channel.send(message)
        return str(message["header"]["msg_id"])

    def wait(self, sent: str, *, at_output: Callable[[], None] | None = None) -> Cell:
        """The cell when it is done; `at_output` is called when the first output arrives."""
        cell, end = Cell(), time.monotonic() + PATIENCE
        while True:
            message = self.client.get_iopub_msg(timeout=end - time.monotonic())
            kind, content = message["msg_type"], message["content"]
            if message["parent_header"].get("msg_id") != sent:
                continue
            if kind == "status" and content["execution_state"] == "idle":
                break
            if kind in {"stream", "display_data", "update_display_data", "execute_result", "error"}:
                cell.take(kind, content)
                if at_output is not None:
                    at_output()
                    at_output = None
        cell.status = self._reply(sent, end)["status"]
        return cell

    def _reply(self, sent: str, end: float) -> dict[str, Any]:
        while True:
            reply = self.client.get_shell_msg(timeout=end - time.monotonic())
            if reply["parent_header"].get("msg_id") == sent:
                return dict(reply["content"])

    def run(self, code: str, **metadata: Any) -> Cell:
        return self.wait(self.send(code, **metadata))

    def value(self, expression: str) -> str:
        """`str` of an expression's value in the kernel."""
        cell = self.run(f"print(({expression}))")
        assert cell.status == "ok", cell.outputs
        return cell.text.strip()

    def complete(self, code: str) -> list[str]:
        reply = self.client.complete(code, reply=True, timeout=PATIENCE)
        return list(reply["content"]["matches"])


def start(folder: Path, **environment: str) -> Iterator[Kernel]:
    manager = KernelManager(kernel_name="python3")
    homes = {name: str(folder / name.lower()) for name in ("HOME", "IPYTHONDIR", "SEGLAM_CONFIG_DIR", "SEGLAM_STORE")}
    manager.start_kernel(env={**os.environ, **homes, "PYTHONDONTWRITEBYTECODE": "1", **environment}, cwd=str(folder))
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=PATIENCE)
        yield Kernel(client, manager)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    """One kernel for the tests of a module, with the scripted model and the extension loaded."""
    for made in start(tmp_path_factory.mktemp("kernel"), SEGLAM_MODEL="scripted/demo"):
        made.run("%load_ext seglam")
        yield made


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    """A kernel in which nothing is loaded and no model is set."""
    yield from start(tmp_path_factory.mktemp("bare"))


@pytest.fixture(scope="session")
def opened() -> Callable[..., AbstractContextManager[Kernel]]:
    """Opens a kernel in a folder, which holds its store; two of them in one folder share it."""
    return contextmanager(start)
