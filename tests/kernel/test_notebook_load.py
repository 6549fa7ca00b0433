"""Loading is silent, cheap and complete; unloading undoes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Kernel

pytestmark = pytest.mark.kernel

HEAVY = "{'litellm', 'polars', 'duckdb', 'hypothesis', 'narwhals', 'pydantic', 'click'}"
WATCH = f"""
import os, sys, threading
_heavy = {HEAVY} & set(sys.modules)
_seen, _main = [], threading.get_ident()
def _writes(event, args):
    if event == "open":
        path, mode, flags = args
        return isinstance(path, (str, bytes)) and bool((flags or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))
    return event.startswith(("socket.", "subprocess.", "os.mkdir", "os.fork", "os.exec", "os.posix_spawn", "sqlite3."))
def _hook(event, args):
    if _watching and threading.get_ident() == _main and _writes(event, args):
        _seen.append((event, str(args)))
_watching = False
sys.addaudithook(_hook)
"""
STATE = """
def _state():
    ip = get_ipython()
    m = ip.input_transformer_manager
    return (
        sorted(ip.magics_manager.magics['line']), sorted(ip.magics_manager.magics['cell']),
        [type(c).__name__ for c in ip.configurables], list(map(str, m.line_transforms)),
        list(map(str, m.cleanup_transforms)), list(map(str, m.token_transformers)),
        len(ip.Completer.custom_matchers), sorted(map(str, ip.Completer.custom_completers.strs)),
        sorted(map(str, ip.display_formatter.mimebundle_formatter.type_printers)),
        sorted(map(str, ip.display_formatter.mimebundle_formatter.deferred_printers)),
        sorted(t.name for t in threading.enumerate()),
    )
"""


@pytest.mark.parametrize("statement", ["import seglam", "%load_ext seglam"])
def test_loading_is_silent_writes_nothing_sends_nothing_and_imports_no_engine(bare: Kernel, statement: str) -> None:
    bare.run(WATCH)
    cell = bare.run(f"_watching = True\n{statement}\n_watching = False")
    assert (cell.status, cell.outputs) == ("ok", [])
    assert bare.value("_seen") == "[]"
    assert bare.value(f"_heavy | ({HEAVY} & set(sys.modules))") == "set()"


def test_unloading_undoes_everything(bare: Kernel) -> None:
    bare.run("%unload_ext seglam")
    bare.run("import sys, threading\n" + STATE)
    bare.run("before = _state()")
    assert bare.run("%load_ext seglam").outputs == []
    assert bare.value("before == _state()") == "False"
    bare.run("%seglam")
    bare.run("%%reason\nhow many?")
    assert bare.run("%unload_ext seglam").outputs == []
    bare.run("after = _state()")
    assert bare.value("[(a, b) for a, b in zip(before, after) if a != b]") == "[]"
    assert bare.run("%%reason\nhow many?").status == "error"


def test_reloading_works(bare: Kernel) -> None:
    bare.run("%load_ext seglam")
    assert bare.run("%reload_ext seglam").outputs == []
    assert "procedures" in bare.run("%seglam").text
    assert bare.value("[type(c).__name__ for c in get_ipython().configurables].count('Seglam')") == "1"


def test_config_changes_the_settings_that_hold(bare: Kernel) -> None:
    bare.run("%load_ext seglam")
    bare.run("%config Seglam.timeout = 77.0")
    text = bare.run("%seglam config").text
    assert "77.0" in text
    assert "%config" in text
