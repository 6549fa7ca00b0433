"""S-03: another model is one setting, what one model wrote answers under the other, and a bench ranks them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from seglam_magics import scripted
from seglam_magics.bench.ranking import Asked, Compiled, CompileTimes, ranked
from seglam_magics.bench.reference import example, reply
from seglam_magics.bench.tasks import BenchTask, chosen
from seglam_magics.cli.group import execute
from seglam_magics.cli.office import Office
from seglam_magics.errors import SeglamError
from seglam_magics.settings import Seglam
from seglam_magics.words import Options, Question

ASKED = "How many rows of `shops` have `sales` above 10?"
SHOPS = {"shops": pl.DataFrame({"sales": [4.0, 12.0, 30.0]})}


def test_s_03_a_procedure_of_one_model_hits_under_another(models, reasoners):
    first, second = models("first"), models("second")
    reasoner = reasoners(first.name)
    assert not reasoner.ask(Question(ASKED, SHOPS)).hit
    reasoner.settings.model = second.name
    answer = reasoner.ask(Question(ASKED.replace("10", "20"), SHOPS))
    assert (answer.hit, answer.value, answer.revision.model) == (True, 1, first.name)
    assert (first.calls, second.calls) == (1, 0)
    other = reasoner.ask(Question("What do `xs` add up to?", {"xs": [1, 2, 3]}))
    assert (other.hit, other.value, other.revision.model) == (False, 6, second.name)
    assert (first.calls, second.calls) == (1, 1)


def test_a_procedure_hits_after_a_restart_under_another_model_and_under_none(models, reasoners):
    first, second = models("first"), models("second")
    reasoners(first.name).ask(Question(ASKED, SHOPS))
    assert reasoners(second.name).ask(Question(ASKED, SHOPS)).hit
    without = reasoners("")
    assert without.ask(Question(ASKED, SHOPS)).hit
    with pytest.raises(SeglamError, match="E-MODEL-UNSET"):
        without.ask(Question("What do `xs` add up to?", {"xs": [1]}))
    assert (first.calls, second.calls) == (1, 0)


def test_one_question_can_ask_another_model(models, reasoners):
    first, second = models("first"), models("second")
    answer = reasoners(first.name).ask(Question(ASKED, SHOPS, options=Options(model=second.name)))
    assert answer.revision.model == second.name
    assert (first.calls, second.calls) == (0, 1)


# ---------------------------------------------------------------- which of two models is better

SEED, TASKS = 7, 4
NO_REPLY = "I think the answer is 42."
SPENT = {"prompt_tokens": 900, "completion_tokens": 300}


def right(task: BenchTask) -> dict[str, Any]:
    return {"reply": reply(task), "usage": SPENT, "chunk": 1000}


def late(task: BenchTask) -> dict[str, Any]:
    """Right once it was told that its first reply is none."""
    return {"raw": NO_REPLY, "usage": SPENT, "then": [right(task)]}


def wrong(task: BenchTask) -> dict[str, Any]:
    """Answers another question, without a property that would say so."""
    said = {"code": task.code("necessary").lstrip(), "examples": [example(task, "necessary")], "properties": []}
    return {**right(task), "reply": {**reply(task), **said}}


def never(_task: BenchTask) -> dict[str, Any]:
    return {"raw": NO_REPLY, "usage": SPENT}


@pytest.fixture
def pupils(tmp_path: Path) -> Iterator[dict[str, str]]:
    """Scripted models of different skill: by name, as `model` calls them."""
    skills = {"bungler": (late, wrong, never, never), "master": (right,) * 4, "learner": (right, late, right, late)}
    for name, skill in skills.items():
        (tmp_path / name).mkdir()
        for how, task in zip(skill, chosen(TASKS, SEED), strict=True):
            said = {"question": task.question, **how(task)}
            (tmp_path / name / f"{task.name}.json").write_text(json.dumps(said), encoding="utf-8")
    yield {name: f"scripted/{tmp_path / name}" for name in skills}
    for name in skills:
        scripted.stop(str(tmp_path / name))


def bench(line: str, *models: str) -> Any:
    def nobody() -> Any:
        raise AssertionError("a bench of characters needs no store")

    words = ["bench", "compile", *line.split(), *(word for model in models for word in ("--model", model))]
    return execute(words, Office(nobody, Seglam()), "seglam")


def test_s_03_the_report_of_two_models_of_different_skill_orders_them_right(pupils, reasoners, tmp_path):
    out = tmp_path / "report.json"
    office = Office(lambda: reasoners(pupils["master"]), Seglam())
    line = f"bench compile --n {TASKS} --seed {SEED} --out {out}".split()
    models = [word for name in ("bungler", "learner", "master") for word in ("-m", pupils[name])]
    shown = execute([*line, *models], office, "seglam")
    found = shown.data["ranking"]
    assert [one["model"] for one in found] == [pupils[name] for name in ("master", "learner", "bungler")]
    assert [one["right"]["hits"] for one in found] == [4, 4, 1]
    assert [one["verified"]["hits"] for one in found] == [4, 4, 2]
    assert [one["repairs"] for one in found] == [0, 0.5, 0.75]
    assert [one["tokens"] for one in found] == [1200, 1800, 2100]
    assert all(one["n"] == TASKS and one["usd"] == 0 and one["times"]["whole"] > 0 for one in found)
    assert json.loads(out.read_text(encoding="utf-8")) == shown.data
    rows = [row for row in shown.text.splitlines() if "scripted/" in row]
    assert [row.split()[0] for row in rows[:3]] == ["1", "2", "3"]
    with pytest.raises(SeglamError, match="E-BENCH-EXISTS"):
        execute([*line, *models], office, "seglam")


def test_s_03_characters_are_ranked_without_a_key_and_without_a_store():
    shown = bench("--n 1", "loop/ideal", "loop/ideal@1")
    assert [one["right"]["hits"] for one in shown.data["ranking"]] == [1, 1]
    assert "cannot be told apart by so few" in shown.text
    assert shown.code == 0


def test_a_model_that_nobody_knows_is_named_before_anything_is_asked():
    with pytest.raises(SeglamError, match="loop/nobody"):
        bench("--n 1", "loop/ideal", "loop/nobody")


def compiled(model: str, **said: Any) -> Compiled:
    told = {"verified": True, "right": True, **said}
    return Compiled(model=model, task="t", repeat=0, times=CompileTimes(whole=1.0), **told)


@pytest.mark.parametrize(
    ("worse", "better"),
    [
        ({"right": False}, {}),
        ({"right": False}, {"verified": True, "repairs": 1, "usd": 9.0}),
        ({"right": False, "verified": False}, {"right": False}),
        ({"repairs": 1}, {}),
        ({"usd": 0.02}, {"usd": 0.01, "tokens_in": 500}),
        ({}, {"usd": 0.01}),  # a price that nobody knows
        ({"tokens_in": 500}, {"tokens_in": 400}),
        ({"lost": True, "verified": False, "right": False}, {"right": False}),
    ],
)
def test_s_03_what_makes_one_model_better_than_another(worse, better):
    both = [compiled("worse", **worse), compiled("better", **better)]
    assert [one.model for one in ranked(["worse", "better"], both)] == ["better", "worse"]
    assert [one.model for one in ranked(["better", "worse"], both)] == ["better", "worse"]


def test_what_the_provider_lost_does_not_count():
    lost = compiled("a", lost=True, verified=False, right=False, error="E-MODEL-DOWN")
    (found,) = ranked(["a"], [lost, compiled("a")])
    assert (found.n, found.right.share) == (1, 1.0)
    assert Asked(models=["a"]).seed == SEED
