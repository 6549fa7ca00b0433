"""A verb that takes longer than a second shows one line in its cell, and then the result in its place."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest

pytestmark = pytest.mark.kernel
PATIENCE = 90.0
NAME = "longest_streak_above"
QUESTION = "What is the longest streak of values above 10 in `waits`?"
SLOW_DISK = """
import seglam_magics.store.health as health, time
rebuilt = health.rebuilt
def slowly(folder):
    time.sleep(2)
    return rebuilt(folder)
health.rebuilt = slowly
"""
STAGE = re.compile(
    r"test · longest_streak_above@1, property (?P<number>\d) of 4: \w+,"
    r" ((?P<done>[\d,]+) of 900 cases(, .+)?|a case fails and is made smaller) · [\d.]+ s"
)


@pytest.fixture(scope="module")
def kernel(
    opened: Callable[..., AbstractContextManager[Any]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Any]:
    """A kernel in which a procedure with two properties is stored."""
    with opened(tmp_path_factory.mktemp("progress"), SEGLAM_MODEL="scripted/demo") as made:
        made.run("%load_ext seglam\nwaits = [4, 12, 15, 11, 3]")
        assert made.run(f"%%reason\n{QUESTION}").status == "ok"
        assert made.run(SLOW_DISK).status == "ok"
        yield made


class Messages:
    """What a cell shows while it runs, message by message."""

    def __init__(self, kernel: Any, code: str) -> None:
        self.kernel = kernel
        self.all: list[dict[str, Any]] = []
        self._sent = kernel.send(code)

    def until(self, enough: Callable[[dict[str, Any]], bool]) -> None:
        end = time.monotonic() + PATIENCE
        while True:
            message = self.kernel.client.get_iopub_msg(timeout=end - time.monotonic())
            if message["parent_header"].get("msg_id") == self._sent:
                self.all.append(message)
                if enough(message):
                    return

    def ended(self) -> str:
        """Wait for the end of the cell; its status."""
        self.until(lambda message: message["content"].get("execution_state") == "idle")
        return str(self.kernel._reply(self._sent, time.monotonic() + PATIENCE)["status"])

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [message["content"] for message in self.all if message["msg_type"] == kind]


def test_a_test_shows_property_cases_and_time_and_an_interrupt_ends_it_with_what_was_found(kernel: Any) -> None:
    cell = Messages(kernel, f"%seglam test {NAME} --cases 900")
    cell.until(lambda message: "property 2 of 4" in str(message["content"].get("data", "")))
    kernel.manager.interrupt_kernel()
    status = cell.ended()
    (first,) = cell.of("display_data")
    changes = cell.of("update_display_data")
    assert {one["transient"]["display_id"] for one in changes} == {first["transient"]["display_id"]}
    *stages, last = [first, *changes]
    read = [STAGE.fullmatch(one["data"]["text/plain"]) for one in stages]
    assert all(read), [one["data"] for one in stages]
    of_first = [int(found["done"].replace(",", "")) for found in read if found["number"] == "1"]
    assert of_first == sorted(of_first)
    assert of_first[-1] > 0
    assert all('<progress max="1" value="0.' in one["data"]["text/html"] for one in stages)
    # what was found is in place of the line, and the cell ends as one that was stopped
    assert status == "error"
    assert set(last["data"]) == {"text/plain"}
    assert last["data"]["text/plain"].startswith(f"{NAME}@1 · 1/4 properties hold")
    assert "not tested to the end: " in last["data"]["text/plain"]
    assert re.search(r"\n  \w+, when it was stopped: (a case fails|[\d,]+ of 900 cases)", last["data"]["text/plain"])
    (error,) = cell.of("error")
    assert "\n".join(error["traceback"]).startswith(f"E-TEST-STOPPED: the test of {NAME}@1 was stopped after 1 of 4")
    assert "KeyboardInterrupt" not in str(cell.all)


def test_the_kernel_is_as_before_and_what_is_short_shows_no_line(kernel: Any) -> None:
    cell = Messages(kernel, "%seglam ls")
    assert cell.ended() == "ok"
    assert not cell.of("display_data")
    assert NAME in cell.of("stream")[0]["text"]
    assert kernel.value("[t.name for t in __import__('threading').enumerate() if t.name == 'seglam-progress']") == "[]"


def test_a_verb_that_tells_nothing_shows_its_time_and_its_result_stays(kernel: Any) -> None:
    cell = Messages(kernel, "%seglam store rebuild")
    assert cell.ended() == "ok", cell.all
    (first,) = cell.of("display_data")
    assert re.fullmatch(r"store rebuild · 1\.\d s", first["data"]["text/plain"])
    assert cell.of("update_display_data")[-1]["data"]["text/plain"].startswith("the view was made again from ")
    assert not cell.of("stream")


def test_without_the_setting_there_is_no_line(kernel: Any) -> None:
    kernel.run("%config Seglam.progress = False")
    try:
        cell = Messages(kernel, "%seglam store rebuild")
        assert cell.ended() == "ok"
        assert not cell.of("display_data")
    finally:
        kernel.run("%config Seglam.progress = True")


@pytest.mark.parametrize("line", ["store rebuild", "bench compile -m loop/ideal --n 20"])
def test_an_interrupt_of_another_verb_is_two_lines_or_its_own_end(kernel: Any, line: str) -> None:
    cell = Messages(kernel, f"%seglam {line}")
    cell.until(lambda message: message["msg_type"] == "display_data")
    kernel.manager.interrupt_kernel()
    status = cell.ended()
    assert "Traceback" not in str(cell.all)
    if status == "error":
        (error,) = cell.of("error")
        assert (error["ename"], len(error["traceback"])) == ("SeglamError", 2)
        assert f"seglam {line.partition(' -')[0]} was stopped after " in error["traceback"][0]
        assert " · ended after " in cell.of("update_display_data")[-1]["data"]["text/plain"]
    else:
        assert "stopped" in str(cell.of("update_display_data")[-1]["data"]["text/plain"])


def test_a_property_that_takes_long_to_verify_shows_it_and_can_be_interrupted(kernel: Any) -> None:
    slow = "    assert sum(i % 7 for i in range(2_000_000)) > 0\n"
    source = f'def never_longer(run, *, values, limit):\n    """No streak is longer than the list."""\n{slow}'
    source += "    assert run(values=values, limit=limit) <= len(values)\n"
    cell = Messages(kernel, f"%%property {NAME}\n{source}")
    cell.until(lambda message: message["msg_type"] == "display_data")
    kernel.manager.interrupt_kernel()
    assert cell.ended() == "error"
    (first,) = cell.of("display_data")
    assert re.fullmatch(rf"property {NAME} · it is verified · [\d.]+ s", first["data"]["text/plain"])
    (error,) = cell.of("error")
    assert error["traceback"][0].startswith(f"E-STOPPED-VERB: %%property {NAME} was stopped after ")
    assert NAME + "@2" not in kernel.run("%seglam log").text
