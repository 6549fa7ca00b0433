"""Cells in a real kernel, with the scripted model over real HTTP."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

if TYPE_CHECKING:
    from conftest import Kernel

pytestmark = pytest.mark.kernel

ASK = "What is the longest streak of values above 10 in `waits`?"
FAULTS = Path(__file__).parents[1] / "scripted" / "faults"
MIME = "application/vnd.seglam.answer+json"


@pytest.fixture(scope="module")
def asked(kernel: Kernel) -> Kernel:
    """The kernel in which the question was compiled."""
    kernel.run("waits = [3, 12, 15, 9, 20, 21, 22]\nloud = [1, 30, 40, 2]")
    cell = kernel.run(f"%%reason\n{ASK}")
    assert cell.status == "ok", cell.outputs
    status, value = cell.texts()
    assert status.startswith("miss · compiled ")
    assert "scripted/demo" in status
    assert "free" in status
    assert "hold (" in status
    assert value == "3"
    return kernel


def test_a_miss_leaves_one_status_line_and_the_value(asked: Kernel) -> None:
    assert asked.value("_.value if hasattr(_, 'value') else _") == "3"


def test_a_repeat_is_a_hit_with_value_text_html_and_json(asked: Kernel) -> None:
    cell = asked.run(f"%%reason\n{ASK}")
    status, value = cell.texts()
    assert status.startswith("hit · longest_streak_above v1 · ")
    assert "no model" in status
    assert value == "3"
    assert set(cell.result) == {"text/plain", "text/html", MIME}
    assert cell.result[MIME]["hit"] is True
    assert asked.value("_.value, _.hit, _.procedure") == "(3, True, 'longest_streak_above@1')"


def test_reruns_give_byte_equal_html(asked: Kernel) -> None:
    one, two = (asked.run(f"%%reason\n{ASK}").result for _ in range(2))
    assert one["text/html"] == two["text/html"]
    assert json.dumps(one[MIME]["slots"]) == json.dumps(two[MIME]["slots"])


def test_o_binds_the_plain_value_and_shows_the_status_line_only(asked: Kernel) -> None:
    cell = asked.run("%%reason -o streak\nWhat is the longest streak of values above 25 in `loud`?")
    assert [o["kind"] for o in cell.outputs] == ["display_data"]
    assert cell.text.startswith("hit · ")
    assert cell.outputs[0]["data"][MIME]["procedure"] == "longest_streak_above"  # what answered is saved with the line
    assert asked.value("type(streak), streak") == "(<class 'int'>, 2)"


def test_a_semicolon_silences_the_value_but_not_the_status_line(asked: Kernel) -> None:
    cell = asked.run(f"%%reason\n{ASK};")
    assert [o["kind"] for o in cell.outputs] == ["display_data"]
    assert asked.run(f"%%reason -q\n{ASK};").outputs == []


def test_one_line_forms_reach_the_question(asked: Kernel) -> None:
    assert asked.run(f"%%reason {ASK}").result["text/plain"] == "3"
    assert asked.run(f"%reason {ASK}").result["text/plain"] == "3"
    assert asked.run(f'%reason -q "{ASK}"').result["text/plain"] == "3"
    asked.run(f"x = %reason {ASK}")
    assert asked.value("x.value, x.hit") == "(3, True)"


def test_names_of_a_calling_function_are_seen(asked: Kernel) -> None:
    asked.run(f"def ask(waits):\n    answer = %reason -q {ASK}\n    return answer.value\n")
    assert asked.value("ask([11, 12, 13, 14, 2])") == "4"
    assert asked.value("waits") == "[3, 12, 15, 9, 20, 21, 22]"


def test_nothing_is_interpolated(asked: Kernel) -> None:
    asked.run("secret = 'classified'")
    cell = asked.run("%%reason --reuse cached\nWhat is {secret} and $secret?")
    assert cell.status == "error"
    assert "classified" not in json.dumps(cell.outputs)


def test_n_shows_the_bytes_and_sends_nothing(asked: Kernel) -> None:
    asked.run("unseen = [123456789]")
    before = asked.value("len(get_ipython().run_line_magic('seglam', 'log --json') or '')")
    text = asked.run("%%reason -n\nWhat is the median of `unseen`?").text
    assert text.startswith("would be a miss: ")
    assert "What is the median of `unseen`?" in text
    assert "123456789" not in text
    assert "nothing was sent" in text
    assert asked.value("len(get_ipython().run_line_magic('seglam', 'log --json') or '')") == before
    assert asked.run(f"%%reason -n\n{ASK}").text.startswith("would be a hit on longest_streak_above v1")


def test_background_returns_a_handle_at_once(asked: Kernel) -> None:
    cell = asked.run(f"handle = get_ipython().run_cell_magic('reason', '--background', {ASK!r})")
    assert (cell.status, cell.outputs) == ("ok", [])
    assert asked.value("handle.result(30).value, handle.done") == "(3, True)"
    asked.run(f"%%reason --background -o later\n{ASK}")
    assert asked.run("(await later).value").result["text/plain"] == "3"


def test_the_cell_id_reaches_the_question(asked: Kernel) -> None:
    asked.run(f"%%reason\n{ASK}", cellId="cell-77")
    assert '"cell": "cell-77"' in asked.run("%seglam why --json").text


def test_why_show_and_reject_speak_of_the_last_answer(asked: Kernel) -> None:
    asked.run(f"%%reason\n{ASK}")
    assert "→ hit" in asked.run("%seglam why").text
    assert "def longest_streak_above" in asked.run("%seglam show longest_streak_above").text
    assert "Usage: %seglam show" in asked.run("%seglam show?").text


def test_an_answer_of_the_python_face_is_displayed_the_same_way(asked: Kernel) -> None:
    cell = asked.run(f"from seglam import reason\nreason({ASK!r}, waits=waits)")
    assert cell.status == "ok", cell.outputs
    assert set(cell.result) == {"text/plain", "text/html", MIME}
    assert cell.result["text/plain"].splitlines()[-1] == "3"


def test_completion_offers_options_names_and_verbs(asked: Kernel) -> None:
    assert asked.complete("%%reason --reu") == ["--reuse"]
    assert "waits" in asked.complete("%%reason\nthe mean of wa")
    assert asked.complete("%seglam sho") == ["show"]
    assert asked.complete("%seglam show long") == ["longest_streak_above"]
    assert asked.complete("%seglam bench ") == ["compile", "interrupts"]
    assert asked.complete("%seglam bench interrupts --mo") == ["--model", "--modes"]


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("%%reason", "E-QUESTION-EMPTY"),
        ("%%reason --resue fresh\nhow many?", "E-USAGE"),
        ("%%reason -o 2x\nhow many?", "E-USAGE"),
        ("%%reason -u nobody\nhow many?", "E-NAME-UNKNOWN"),
        ("%%reason --reuse cached\nWhy is the sky blue?", "E-MISS"),
        ("%%reason\nWhy is the sky blue?", "E-SCRIPTED-UNKNOWN"),
        ("%seglam lst", "E-USAGE"),
        ("%seglam show nothing_like_it", "E-PROCEDURE-UNKNOWN"),
        ("%%procedure", "E-USAGE"),
        ("%%procedure nothing_like_it\ndef f(): ...", "E-PROCEDURE-UNKNOWN"),
    ],
)
def test_an_error_is_a_failed_cell_of_two_lines(asked: Kernel, cell: str, code: str) -> None:
    done = asked.run(cell)
    assert done.status == "error"
    assert done.error["evalue"].startswith(code)
    assert len(done.error["traceback"]) <= 4
    assert not any(o["kind"] == "stream" for o in done.outputs)


def test_interrupting_a_compile_ends_in_one_short_error_and_keeps_nothing(asked: Kernel) -> None:
    asked.run("numbers = [1, 2, 3]")
    sent = asked.send(f"%%reason -m scripted/{FAULTS} -o total\nWhat is the total of `numbers` slowly?")
    cell = asked.wait(sent, at_output=asked.manager.interrupt_kernel)
    assert cell.status == "error"
    assert cell.error["evalue"].startswith("E-STOPPED")
    assert len(cell.error["traceback"]) <= 4
    assert cell.texts()[0] == "miss · no answer"
    assert asked.value("'total' in globals()") == "False"
    assert asked.run("1 + 1").result["text/plain"] == "2"


def test_an_error_of_the_users_own_code_is_not_swallowed(asked: Kernel) -> None:
    assert asked.run("%reason_that_is_not_there x").status == "error"
    assert asked.run("1 / 0").error["ename"] == "ZeroDivisionError"


def test_a_correction_by_hand_is_the_next_version(asked: Kernel) -> None:
    source = asked.value("__import__('seglam').store['longest_streak_above'].code")
    body = source.replace("\n", "\n    counted = 'by hand'\n", 1)
    cell = asked.run(f"%%procedure longest_streak_above\n{body}")
    assert cell.status == "ok", cell.outputs
    assert cell.texts()[0].startswith("stored longest_streak_above v2 · by hand · ")
    assert "+    counted = 'by hand'" in cell.text
    assert asked.run(f"%%reason\n{ASK}").texts()[0].startswith("hit · longest_streak_above v2")


def test_a_failed_question_fails_the_notebook_with_an_error_output(tmp_path: Path) -> None:
    cells = ["%load_ext seglam", "%%reason --reuse cached\nHow many?", "print('not reached')"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in cells])
    with pytest.raises(CellExecutionError):
        NotebookClient(
            notebook, timeout=90, kernel_name="python3", resources={"metadata": {"path": tmp_path}}
        ).execute()
    (output,) = notebook.cells[1].outputs
    assert output.output_type == "error"
    assert len(output.traceback) <= 4
    assert notebook.cells[2].outputs == []
