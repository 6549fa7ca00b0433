"""What `runs` shows of one run, and what `accept` says."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from seglam_magics.cli import Office
from seglam_magics.cli.group import run as line
from seglam_magics.errors import SeglamError
from seglam_magics.settings import Seglam
from seglam_magics.thinking.control import control

if TYPE_CHECKING:
    from conftest import Thinker


def test_a_run_is_shown_with_what_was_said_to_it_and_what_became_of_that(thinker: Thinker) -> None:
    reasoner = thinker.open()

    def said(_run: object) -> None:
        control("update", text=thinker.UPDATE, check="result == 5")
        control("stop")

    thread = thinker.meanwhile(said)
    with pytest.raises(SeglamError) as caught:
        reasoner.ask(thinker.asked())
    thread.join()
    run, office = str(caught.value.facts["run"]), Office(lambda: reasoner, Seglam())
    shown = line(f"runs {run}", office)
    assert shown.startswith(f"{run} · stopped · “{thinker.QUESTION}”")
    assert f"update “{thinker.UPDATE} result == 5”: pending" in shown
    assert "the end of its thinking:" in shown
    data = json.loads(line(f"runs {run} --json", office))
    assert (data["run"], data["goes_on"], data["pending"], data["attempts"]) == (run, True, [thinker.UPDATE], [])
    assert data["said"][0]["fate"] == "pending"
    assert thinker.THOUGHT.startswith(data["thinking"])
    with pytest.raises(SeglamError, match="E-THOUGHT-NONE"):
        line("runs r000000", office)


def test_accepting_says_whether_there_was_anything_to_accept(thinker: Thinker) -> None:
    reasoner = thinker.open()
    office = Office(lambda: reasoner, Seglam())
    thread = thinker.meanwhile(lambda _run: control("answer"))
    answer = reasoner.ask(thinker.asked())
    thread.join()
    assert line("accept total_of", office) == f"{answer.procedure} is as good as any other from now on"
    assert line("accept total_of", office) == f"{answer.procedure} was not provisional"
    assert json.loads(line("accept total_of --json", office)) == {"done": "", "procedure": answer.procedure}
    with pytest.raises(SeglamError, match="E-PROCEDURE-UNKNOWN"):
        line("accept nothing_of_it", office)
