"""The tasks of the bench: whole, worth asking, and their reference procedures right by means of their own."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from seglam_magics.bench import tasks
from seglam_magics.bench.judging import Judge, compile_task
from seglam_magics.bench.reference import reply
from seglam_magics.thinking import Completion
from seglam_magics.thinking.detectors import Usual
from seglam_magics.verify import ChildExecutor

VARIANTS = ("asked", "necessary", "unnecessary")
EVERY = {task.name: task for task in tasks.every()}


@pytest.fixture(scope="module")
def judge():
    executor = ChildExecutor()
    yield Judge(executor, cases=5)
    executor.close()


def test_there_are_twenty_of_every_kind():
    kinds = Counter(task.kind for task in EVERY.values())
    assert sum(kinds.values()) == 20
    assert set(kinds) == {
        "aggregate", "join", "window", "dates", "text cleaning", "units", "ranking with ties", "small optimisation"
    }  # fmt: skip
    assert min(kinds.values()) >= 2


@pytest.mark.parametrize("name", EVERY)
def test_its_table_is_small_and_its_tests_are_tests(name):
    task = EVERY[name]
    first = next(iter(task.slots))
    height = tasks.table(first).height
    assert 8 <= height <= 40
    assert len(task.hidden) >= 3
    assert all(set(test.rows) <= set(range(height)) for test in task.hidden)
    assert len({tuple(test.rows) for test in task.hidden}) == len(task.hidden)
    assert len({json.dumps(test.asked) for test in task.hidden}) > 1  # no constant passes them
    assert sum(test.asked != test.necessary for test in task.hidden) >= 2  # and the update changes the answer


@pytest.mark.parametrize("name", EVERY)
def test_the_question_names_its_tables_and_an_update_adds_to_it(name):
    task = EVERY[name]
    assert all(f"`{table}`" in task.question for table in task.slots)
    for variant in VARIANTS[1:]:
        assert compile_task(task, variant).reading.text.endswith(task.updates(variant)[0])


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("name", EVERY)
def test_the_reference_passes_the_hidden_tests_in_the_sandbox(judge, name, variant):
    found = judge.judged(Completion(json.dumps(reply(EVERY[name], variant))), EVERY[name], variant, Usual())
    assert (found.error, found.verified, found.right) == ("", True, True)


@pytest.mark.parametrize("name", EVERY)
def test_without_the_update_they_fail(judge, name):
    before = {**reply(EVERY[name], "necessary"), **{k: reply(EVERY[name])[k] for k in ("code", "examples")}}
    found = judge.judged(Completion(json.dumps(before)), EVERY[name], "necessary", Usual())
    assert (found.verified, found.right) == (True, False)
