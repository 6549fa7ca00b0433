"""With the lint out of the way: what foreign code tries, and the operating system refuses. A sample of each class.

Every attack runs in the tiers S3 and S2. A few harmless ones run in S1, too, where they succeed: they do what they say,
and S1 promises no more than it keeps.
"""

from __future__ import annotations

import os
import re
import socket
import textwrap
import threading
import tomllib
from pathlib import Path

import pytest

import seglam_magics
from seglam_magics.errors import SeglamError
from seglam_magics.verify import ChildExecutor

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")

ATTACKS = tomllib.loads(Path(__file__).with_name("sandbox_attacks.toml").read_text(encoding="utf-8"))
WORKING = sorted(name for name, attack in ATTACKS.items() if attack.get("works"))
KNOCKING = sorted(name for name, attack in ATTACKS.items() if attack.get("knocks"))
FAULTS = re.compile("SyntaxError|NameError|AttributeError|TypeError|KeyError")  # of the attack itself
PREAMBLE = """
def f(x):
    found = [c for c in ().__class__.__base__.__subclasses__() if c.__name__ == "_wrap_close"]
    sys = found[0].__init__.__globals__["sys"]
    os, io, time, ctypes, builtins = (sys.modules[n] for n in ("os", "io", "time", "ctypes", "builtins"))
    load, libc, on_x86 = builtins.__import__, ctypes.CDLL(None, use_errno=True), os.uname().machine == "x86_64"

    def c(result):
        if result < 0:
            raise builtins.OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        return result

    def call(x86, arm, *given):
        wide = [ctypes.c_long(one) if isinstance(one, int) else one for one in given]
        return c(libc.syscall(ctypes.c_long(x86 if on_x86 else arm), *wide))

"""


def source(code):
    return PREAMBLE + textwrap.indent(textwrap.dedent(code).strip(), "    ") + "\n    return 'it went through'\n"


class Listener:
    """A server on this machine that counts who comes."""

    def __init__(self, family, address):
        self.count = 0
        self.socket = socket.socket(family)
        self.socket.bind(address)
        self.socket.listen()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self):
        while True:
            try:
                peer, _ = self.socket.accept()
            except OSError:
                return
            with peer:
                self.count += 1

    def close(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self._thread.join()


@pytest.fixture(scope="module")
def executors():
    made = {tier: ChildExecutor(at_most=tier) for tier in ("S3", "S2", "S1")}
    yield made
    for one in made.values():
        one.close()


@pytest.fixture(scope="module")
def listeners(tmp_path_factory):
    path = str(tmp_path_factory.mktemp("s") / "unix")
    made = Listener(socket.AF_INET, ("127.0.0.1", 0)), Listener(socket.AF_UNIX, path)
    yield made
    for one in made:
        one.close()


@pytest.fixture
def world(tmp_path, listeners):
    """Things worth having, and what to tell an attack of them."""
    home = tmp_path / "home"
    (home / "empty").mkdir(parents=True)
    (home / "file").write_text("precious")
    return {
        "file": str(home / "file"),
        "folder": str(home),
        "home": str(Path.home()),
        "port": listeners[0].socket.getsockname()[1],
        "unix": listeners[1].socket.getsockname(),
        "kernel": os.getpid(),
        "project": str(Path(seglam_magics.__file__).parents[1] / "seglam.py"),
    }


def snapshot(world):
    folder = Path(world["folder"])
    files = sorted(folder.rglob("*"))
    shown = [(str(p), p.lstat().st_mode, p.lstat().st_mtime_ns, p.lstat().st_nlink, p.lstat().st_uid) for p in files]
    shm = Path("/dev/shm")
    return shown, Path(world["file"]).read_bytes(), sorted(shm.iterdir()) if shm.exists() else [], dict(os.environ)


def attempt(executor, name, world, seconds=10.0):
    """The error an attack ends with; None where it went through."""
    try:
        executor.call(source(ATTACKS[name]["code"]), "f", {"x": world}, returns="str", seconds=seconds)
    except SeglamError as error:
        return error
    return None


@pytest.mark.parametrize("asked", ["S3", "S2"])
@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_refused_and_nothing_has_changed(name, asked, executors, world, listeners):
    executor = executors[asked]
    if executor.tier == "S1":
        assert executor.missing, "a tier that is not there is explained"
        pytest.skip(f"not offered here: {executor.missing}")
    zygote, before = executor._link.pid, snapshot(world)
    listeners[0].count = listeners[1].count = 0
    error = attempt(executor, name, world)
    assert error is not None, f"{name} went through"
    assert error.code == "E-RUN", error
    expected = ATTACKS[name].get("says", "PermissionError")
    if executor.tier == "S2":
        expected += "|PermissionError|ImportError|ModuleNotFoundError"  # what it imports cannot even be read
    assert re.search(expected, error.says), error.says
    assert not FAULTS.search(error.says), error.says
    assert "\n" not in error.says
    assert snapshot(world) == before
    assert (listeners[0].count, listeners[1].count) == (0, 0)
    assert executor.call("def f(x): return x + 1", "f", {"x": 41}, returns="number") == 42
    assert executor._link.pid == zygote


@pytest.mark.parametrize("name", WORKING)
def test_with_limits_only_the_same_goes_through(name, executors, world):
    """So the attacks are real; a refusal in S1 would not be wrong, but none of these is promised."""
    error = attempt(executors["S1"], name, world)
    assert error is None, error.says


@pytest.mark.parametrize("name", KNOCKING)
def test_with_limits_only_the_server_is_reached(name, executors, world, listeners):
    listeners[0].count = 0
    for seconds in (
        0.7,
        5.0,
        20.0,
    ):  # some wait for ever; a busy machine is slow to import
        attempt(executors["S1"], name, world, seconds=seconds)
        if listeners[0].count:
            break
    assert listeners[0].count > 0
