"""Two real kernels on one store: what one compiled the other answers, without a restart and without a model."""

from __future__ import annotations

from pathlib import Path

PREPARED = "%load_ext seglam\nwaits = [4, 12, 15, 11, 3]"
ASK = "%%reason\nWhat is the longest streak of values above {limit} in `waits`?"


def test_a_second_kernel_hits_what_the_first_compiled_and_sees_it_retired(opened, tmp_path: Path) -> None:
    with opened(tmp_path, SEGLAM_MODEL="scripted/demo") as first, opened(tmp_path) as second:
        first.run(PREPARED)
        second.run(PREPARED)
        unset = second.run(ASK.format(limit=10))
        assert "E-MODEL-UNSET" in str(unset.error)
        assert "miss · compiled longest_streak_above v1" in first.run(ASK.format(limit=10)).text
        answered = second.run(ASK.format(limit=11))
        assert "hit · longest_streak_above v1" in answered.text
        assert answered.result["text/plain"] == "2"
        first.run("%seglam retire longest_streak_above")
        second.run("import time; time.sleep(2)")
        refused = second.run(ASK.format(limit=11).replace("%%reason", "%%reason --reuse cached"))
        assert "E-MISS" in str(refused.error)
    with opened(tmp_path) as third:
        third.run(PREPARED)
        third.run("%seglam restore longest_streak_above")
        assert "hit · longest_streak_above v1" in third.run(ASK.format(limit=3)).text
