"""What one kernel decides, another one follows soon, without looking at the log when it hits."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from seglam_magics.reasoner import open_reasoner
from seglam_magics.settings import load_settings
from seglam_magics.store import FolderLog
from seglam_magics.words import Question

SOON = 20.0  # seconds until a test gives up; a follower looks twice a second, at approvals once a second
PREPARED = "%load_ext seglam\nwaits = [4, 12, 15, 11, 3]"
ASK = "%%reason --reuse cached\nWhat is the longest streak of values above 10 in `waits`?"
NAME = "longest_streak_above"


def soon(kernel, expected: str) -> bool:
    """Whether the question, asked again and again, comes to this."""
    end = time.monotonic() + SOON
    while time.monotonic() < end:
        cell = kernel.run(ASK)
        if expected in (str(cell.error) if cell.status == "error" else cell.text):
            return True
        time.sleep(0.2)
    return False


@pytest.mark.kernel
def test_a_kernel_follows_what_another_one_retires_rejects_and_revokes(opened, tmp_path: Path) -> None:
    with opened(tmp_path, SEGLAM_MODEL="scripted/demo") as first, opened(tmp_path) as second:
        for kernel in (first, second):
            kernel.run(PREPARED)
        assert second.run(ASK).status == "error"
        first.run(ASK.replace(" --reuse cached", ""))
        assert soon(second, f"hit · {NAME} v1"), "published"
        for verb, refusal, undo in (
            (f"retire {NAME}", "E-MISS", f"restore {NAME}"),
            ("reject", "E-MISS", "unreject"),
            (f"revoke {NAME}", f"{NAME}@1 is revoked", f"unrevoke {NAME}"),
        ):
            assert first.run(ASK).status == "ok"
            assert first.run(f"%seglam {verb}").status == "ok"
            assert soon(second, refusal), verb
            assert first.run(f"%seglam {undo}").status == "ok"
            assert soon(second, f"hit · {NAME} v1"), undo


def test_a_hit_does_not_look_at_the_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load_settings()
    settings.model = "scripted/demo"
    reasoner = open_reasoner(settings, log=FolderLog(tmp_path / "store"))
    looked: list[threading.Thread] = []
    tail = reasoner.log.tail

    def noted():
        looked.append(threading.current_thread())
        return tail()

    try:
        question = Question(ASK.partition("\n")[2], {"waits": [4, 12, 15, 11, 3]})
        assert not reasoner.ask(question).hit
        monkeypatch.setattr(reasoner.log, "tail", noted)
        assert all(reasoner.ask(question).hit for _ in range(5))
        assert threading.current_thread() not in looked
        reasoner.ask(Question("What is the longest streak of values above 12 in `waits`?", question.namespace))
        end = time.monotonic() + SOON
        while not looked and time.monotonic() < end:
            time.sleep(0.05)
        assert looked, "nobody follows at all"
    finally:
        reasoner.close()
