"""The widget where nothing can be shown: its static form, and what is saved of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from seglam_magics.cli import Office, run
from seglam_magics.errors import SeglamError
from seglam_magics.panel import panel
from seglam_magics.panel.comm import TARGET, register, said, unpinned, unregister
from seglam_magics.procedure.identity import identity_of
from seglam_magics.reasoner import Reasoner
from seglam_magics.settings import Seglam
from seglam_magics.store import MemoryLog
from seglam_magics.trust import Approvals
from seglam_magics.verify import ChildExecutor
from seglam_magics.words import Revision

NASTY = "</script><script>alert(1)</script>"


@pytest.fixture
def office(tmp_path: Path) -> Office:
    settings = Seglam()
    reasoner = Reasoner(settings, MemoryLog(), ChildExecutor(), Approvals(tmp_path / "mine"))
    made = Revision("total", 0, "", "def total():\n    return 1\n", summary=NASTY)
    reasoner.catalogue.publish(Revision("total", 0, identity_of(made), made.source, summary=NASTY))
    return Office(lambda: reasoner, settings)


@pytest.fixture
def opened(office: Office, capture: list[dict[str, str]]) -> Iterator[Any]:
    widget = panel(office)
    yield widget
    widget.link.close()
    widget.close()


@pytest.fixture
def capture(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, str]]:
    """What is displayed."""
    shown: list[dict[str, str]] = []
    monkeypatch.setattr("IPython.display.display", lambda bundle, **_: shown.append(bundle))
    return shown


def test_a_widget_keeps_no_state_and_its_static_form_is_an_output_of_its_own(
    opened: Any, capture: list[dict[str, str]]
) -> None:
    (static,) = capture
    assert "seglam · 1 procedures" in static["text/plain"]
    assert "total@1" in static["text/html"]
    assert "<script" not in static["text/html"]
    data, _ = opened._repr_mimebundle_()
    assert set(data) == {"text/plain", "application/vnd.jupyter.widget-view+json"}
    saved = json.dumps({n: v for n, v in opened.get_state().items() if n not in ("_esm", "_css")}, default=str)
    assert NASTY not in saved
    assert opened.link.nonce not in saved


def test_a36_an_export_shows_the_static_form_and_markup_as_text(opened: Any, capture: list[dict[str, str]]) -> None:
    from ipywidgets import Widget
    from nbconvert import HTMLExporter
    from nbformat import v4

    data, metadata = opened._repr_mimebundle_()
    outputs = [v4.new_output("display_data", data=capture[0]),
               v4.new_output("execute_result", data=data, metadata=metadata, execution_count=1)]  # fmt: skip
    notebook = v4.new_notebook(cells=[v4.new_code_cell("%seglam panel", outputs=outputs)])
    for saved in (None, Widget.get_manager_state(widgets=[opened])):
        if saved:
            notebook.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": saved}
        page, _ = HTMLExporter().from_notebook_node(notebook)
        shown = page.partition('<div class="seglam-panel-static">')[2].partition("</div>")[0]
        assert "total@1" in shown
        assert "&lt;/script&gt;&lt;script&gt;alert(1)" in shown
        assert "<script>alert(1)" not in page


def test_in_a_terminal_the_panel_says_where_it_is(office: Office) -> None:
    with pytest.raises(SeglamError, match="there is no notebook here"):
        run("panel", office)
    assert run("edit total", office) == "%%procedure total\ndef total():\n    return 1"


class Comm:
    comm_id = "c1"

    def __init__(self) -> None:
        self.sent: list[dict[str, object]] = []

    def send(self, data: dict[str, object]) -> None:
        self.sent.append(data)

    def on_msg(self, heard: object) -> None:
        self.heard = heard

    def on_close(self, ended: object) -> None:
        self.ended = ended

    def _reply_subshell_for(self, _data: object, _default: object) -> object:
        return "busy"


class Shell:
    class kernel:  # noqa: N801 - an attribute of a shell
        class comm_manager:  # noqa: N801
            targets: dict[str, object] = {}  # noqa: RUF012

            @classmethod
            def register_target(cls, name: str, opened: object) -> None:
                cls.targets[name] = opened


def test_the_sidebars_comm_is_heard_on_the_shell_it_speaks_on(office: Office) -> None:
    shell, comm = Shell(), Comm()
    register(shell, lambda: office)
    shell.kernel.comm_manager.targets[TARGET](comm, {})
    assert comm._reply_subshell_for({}, "here") == "here"
    comm.heard({"content": {"data": {"op": "nonsense"}}})
    assert said("c1", '{"op": "nonsense"}')
    assert not said("c2", "{}")
    assert [told["event"]["code"] for told in comm.sent] == ["E-PANEL-MESSAGE"] * 2
    unregister(shell)
    assert TARGET not in shell.kernel.comm_manager.targets
    assert not said("c1", "{}")
    unpinned(object())
