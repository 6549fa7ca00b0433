"""Every test lives in a world of its own: no setting, key, store or home of the person who runs it, and no network.

The starter pack is off in it, since it would answer what a test wants to see compiled; tests of the pack ask for it.
"""

from __future__ import annotations

import gc
import ipaddress
import os
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

# How long an example takes says how busy the machine is; what is slow is found by `benchmarks/`.
hypothesis.settings.register_profile("seglam", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.register_profile("same", hypothesis.settings.get_profile("seglam"), derandomize=True, database=None)
hypothesis.settings.load_profile("seglam")

HOMES = {
    "HOME": "home",
    "USERPROFILE": "home",
    "XDG_CACHE_HOME": "home/.cache",
    "XDG_CONFIG_HOME": "home/.config",
    "XDG_DATA_HOME": "home/.local/share",
    "IPYTHONDIR": "home/.ipython",
    "JUPYTER_CONFIG_DIR": "home/.jupyter",
    "JUPYTER_DATA_DIR": "home/.local/share/jupyter",
    "JUPYTER_RUNTIME_DIR": "home/runtime",
    "HYPOTHESIS_STORAGE_DIRECTORY": "hypothesis",
    "SEGLAM_CONFIG_DIR": "config",
    "SEGLAM_STORE": "store",
}


def world(folder: Path) -> dict[str, str]:
    """Environment variables that put everything seglam and Jupyter keep for a user below `folder`."""
    (folder / "home").mkdir(parents=True, exist_ok=True)
    return {name: str(folder / place) for name, place in HOMES.items()} | {"SEGLAM_STARTER": "false"}


def foreign(name: str) -> bool:
    """Whether a variable of the caller would change what a test sees: settings, CI, provider keys, proxies."""
    return name.startswith("SEGLAM_") or name == "CI" or name.upper().endswith(("_API_KEY", "_API_BASE", "_PROXY"))


def pytest_configure(config: pytest.Config) -> None:
    """The same world for doctests and for fixtures that outlive one test."""
    folder = Path(tempfile.mkdtemp(prefix="seglam-tests-"))
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
    for name in filter(foreign, list(os.environ)):
        del os.environ[name]
    os.environ.update(world(folder), LITELLM_LOCAL_MODEL_COST_MAP="True")
    # a shell without job control starts what runs behind it with SIGINT ignored, and Python then leaves it so
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_unconfigure() -> None:
    """Close DuckDB's default connection: left open, it prints pages about leaks after the summary."""
    gc.collect()
    if "duckdb" in sys.modules:
        sys.modules["duckdb"].close()


@pytest.fixture(autouse=True)
def own_world(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, place in world(tmp_path_factory.mktemp("world")).items():
        monkeypatch.setenv(name, place)
    settings = sys.modules.get("seglam_magics.settings")
    if settings is not None:  # settings that are made without the environment
        monkeypatch.setitem(settings.Seglam._static_immutable_initial_values, "starter", False)


def local(address: Any) -> bool:
    """Whether a socket address stays on this machine: a path, or a loopback host."""
    if not isinstance(address, tuple):
        return True
    host = str(address[0])
    if host in {"", "localhost"}:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Refuse every connection that would leave the machine, and fail the test even if someone swallowed the refusal."""
    tried: list[Any] = []

    def guarded(method: Any) -> Any:
        def connect(self: socket.socket, address: Any) -> Any:
            if local(address):
                return method(self, address)
            tried.append(address)
            raise OSError(f"tests have no network: {address}")

        return connect

    monkeypatch.setattr(socket.socket, "connect", guarded(socket.socket.connect))
    monkeypatch.setattr(socket.socket, "connect_ex", guarded(socket.socket.connect_ex))
    yield
    assert not tried, f"the test tried to reach {tried}"
