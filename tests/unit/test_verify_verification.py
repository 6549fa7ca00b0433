"""Judging revisions, through the executor and a real child."""

from __future__ import annotations

import dataclasses
import os

import pytest

from seglam_magics.verify import ChildExecutor
from seglam_magics.words import Example, Meaning, Parameter, Property, Revision

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")


@pytest.fixture(scope="module")
def executor():
    made = ChildExecutor()
    yield made
    made.close()


def claim(name, body, given="values, k"):
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    return Property(name, f"{name} holds", f"def {name}(run, *, {given}):\n{lines}")


LENGTH = claim("length", "assert len(run(values=values, k=k)) == min(k, len(values))")
TOP = claim("top", "assert run(values=values, k=k) == sorted(values, reverse=True)[:k]")
LARGEST = Revision(
    "largest",
    1,
    "",
    "def largest(values, k):\n    return sorted(values, reverse=True)[:k]\n",
    parameters=(
        Parameter("values", "list", domain={"items": "int"}),
        Parameter("k", "int", domain={"min": 0, "max": 20}),
    ),
    returns="list",
    examples=(Example({"values": [3, 1, 2], "k": 2}, [3, 2]),),
    properties=(LENGTH, TOP),
)
PLAIN = "values, k"
WITHIN = claim(
    "within",
    "rows = run(frame=frame, value=value, by=by)\n"
    "known = [r[value] for r in frame if r[value] is not None]\n"
    "for row in rows:\n"
    "    if row[value] is not None:\n"
    "        assert min(known) - 1e-9 <= row[value] <= max(known) + 1e-9",
    "frame, value, by",
)
GROUPS = claim(
    "groups", "assert len(run(frame=frame, value=value, by=by)) == len({r[by] for r in frame})", "frame, value, by"
)
MEANS = Revision(
    "means",
    1,
    "",
    "def means(frame, *, value, by):\n    return frame.group_by(by).agg(nw.col(value).mean().alias(value))\n",
    parameters=(
        Parameter("frame", "frame", example="penguins"),
        Parameter("value", "column", domain={"dtype": "number"}, example="x"),
        Parameter("by", "column", domain={"dtype": "str"}, example="g"),
    ),
    returns="frame",
    examples=(
        Example(
            {"frame": {"g": ["a", "a", "b"], "x": [1, 3, 5]}, "value": "x", "by": "g"},
            [{"g": "b", "x": 5.0}, {"g": "a", "x": 2.0}],
        ),
    ),
    meaning=Meaning(order="unordered"),
    properties=(WITHIN, GROUPS),
)


def variant(revision, old="", new="", **changes):
    assert old in revision.source
    return dataclasses.replace(
        revision, source=revision.source.replace(old, new) if old else revision.source, **changes
    )


def failure(executor, revision, **options):
    verdict = executor.verify(revision, **{"cases": 60, **options})
    assert not verdict.ok
    assert verdict.failure is not None
    return verdict.failure


def names(verdict):
    return [check.name for check in verdict.checks]


# ---------------------------------------------------------------- what holds


def test_a_right_procedure_is_believed_with_its_evidence(executor):
    verdict = executor.verify(LARGEST, cases=100)
    assert verdict.ok, verdict.failure
    assert (verdict.properties, verdict.cases, verdict.tier) == (2, 200, executor.tier)
    assert names(verdict) == [
        "lint", "example 1", "property length", "property top", "type", "inputs unchanged", "deterministic",
    ]  # fmt: skip
    assert verdict.seconds > 0


def test_a_right_procedure_on_frames_is_believed(executor):
    verdict = executor.verify(MEANS, cases=100)
    assert verdict.ok, verdict.failure
    assert (verdict.properties, verdict.cases) == (2, 200)


def test_the_same_revision_gets_the_same_verdict(executor):
    wrong = variant(LARGEST, "[:k]", "[:k] if sum(values) != 7 else []", properties=(LENGTH,))
    first, again = executor.verify(wrong), executor.verify(wrong)
    assert first.checks == again.checks


def test_refusing_by_value_error_is_allowed(executor):
    polite = variant(LARGEST, "    return", "    if not values:\n        raise ValueError('no values')\n    return")
    verdict = executor.verify(polite, cases=60)
    assert verdict.ok, verdict.failure
    assert verdict.cases == 120  # those it refused are not among them


def test_a_property_may_speak_about_refusals(executor):
    polite = variant(LARGEST, "    return", "    if not values:\n        raise ValueError('no values')\n    return")
    refuses = claim(
        "refuses",
        "try:\n    result = run(values=values, k=k)\nexcept ValueError:\n    assert not values\nelse:\n"
        "    assert values and len(result) <= k",
    )
    assert executor.verify(dataclasses.replace(polite, properties=(refuses, TOP)), cases=60).properties == 2


def test_a_property_may_leave_out_what_it_does_not_vary(executor):
    less = claim("less", "assert run() == run(values, k=k) == run(values, k)\nassert run(k=0) == []")
    verdict = executor.verify(dataclasses.replace(LARGEST, properties=(less,)))
    assert verdict.ok, verdict.failure


def test_a_revision_without_properties_is_tried_all_the_same(executor):
    verdict = executor.verify(dataclasses.replace(LARGEST, properties=()))
    assert verdict.ok
    assert (verdict.properties, verdict.cases) == (0, 0)
    assert next(check for check in verdict.checks if check.name == "deterministic").cases > 20


def test_dates_and_dictionaries_of_json_are_understood(executor):
    revision = Revision(
        "per_year",
        1,
        "",
        "def per_year(days, since):\n    found = {}\n    for day in days:\n        if day >= since:\n"
        "            found[day.year] = found.get(day.year, 0) + 1\n    return found\n",
        parameters=(Parameter("days", "list", domain={"items": "date"}), Parameter("since", "date")),
        returns="dict",
        examples=(Example({"days": ["2023-05-01", "2024-01-01", "2024-02-01"], "since": "2023-06-01"}, {"2024": 2}),),
        properties=(
            claim(
                "total",
                "assert sum(run(days=days, since=since).values()) == sum(d >= since for d in days)",
                "days, since",
            ),
        ),
    )
    verdict = executor.verify(revision, cases=60)
    assert verdict.ok, verdict.failure


# ---------------------------------------------------------------- what does not


def test_a_failing_case_is_shrunk_to_a_call_one_can_paste(executor):
    wrong = variant(LARGEST, "[:k]", "[:k] if k != 1 else sorted(values)[:1]")
    found = failure(executor, dataclasses.replace(wrong, properties=(TOP,)))
    assert found.name == "property top"
    assert "largest(values=[0, 1], k=1)" in found.message


def test_a_failing_frame_is_written_by_column(executor):
    wrong = variant(MEANS, "mean()", "max()", examples=())
    wrong = dataclasses.replace(
        wrong, examples=(Example(MEANS.examples[0].arguments, [{"g": "a", "x": 3}, {"g": "b", "x": 5}]),)
    )
    exact = claim(
        "exact",
        "for row in run(frame=frame, value=value, by=by):\n"
        "    known = [r[value] for r in frame if r[by] == row[by] and r[value] is not None]\n"
        "    assert not known or abs(row[value] - sum(known) / len(known)) < 1e-6, 'not the mean'",
        "frame, value, by",
    )
    found = failure(executor, dataclasses.replace(wrong, properties=(exact,)))
    assert found.message.startswith("not the mean: means(frame={'g': [")
    assert "value='x', by='g')" in found.message


def test_a_wrong_example_shows_both_values(executor):
    found = failure(executor, dataclasses.replace(LARGEST, examples=(Example({"values": [1, 2], "k": 1}, [1]),)))
    assert found.name == "example 1"
    assert found.message == "it gives [2], the example says [1]: largest(values=[1, 2], k=1)"


def test_an_error_in_an_example_shows_its_line(executor):
    found = failure(executor, variant(LARGEST, "[:k]", "[:k / 1]"))
    assert found.name == "example 1"
    assert "TypeError" in found.message
    assert "(line 2: return sorted(values, reverse=True)[:k / 1])" in found.message


def test_an_error_on_a_legal_case_fails(executor):
    found = failure(executor, variant(LARGEST, "    return", "    if len(values) > 4:\n        {}['x']\n    return"))
    assert found.name == "property length"
    assert "KeyError" in found.message
    assert "largest(values=[" in found.message


def test_an_error_of_a_library_is_no_refusal(executor):
    arguments = {**MEANS.examples[0].arguments, "frame": {"g": ["a", "a", "b"], "x": [1, 3, 5], "y": [1, 1, 1]}}
    two = dataclasses.replace(MEANS, examples=(Example(arguments, MEANS.examples[0].result),))
    assert executor.verify(two, cases=30).ok
    wrong = variant(two, "    return", "    if value == 'y':\n        frame = frame.select('no')\n    return")
    found = failure(executor, wrong)
    assert "ColumnNotFoundError" in found.message
    assert "value='y'" in found.message


def test_the_lint_comes_first_and_nothing_runs(executor):
    found = failure(executor, variant(LARGEST, "    return", "    print(values)\n    return"))
    assert found.name == "lint"
    assert found.message.startswith("largest: E-EFFECT-DISPLAY line 2: print talks to the user; not allowed")


def test_properties_are_linted_too(executor):
    found = failure(executor, dataclasses.replace(LARGEST, properties=(claim("sly", "import os\nassert run()"),)))
    assert "sly: E-EFFECT-IMPORT line 2" in found.message


def test_a_broken_property_is_told_from_a_broken_procedure(executor):
    found = failure(executor, dataclasses.replace(LARGEST, properties=(claim("broken", "assert run()[99999] == 1"),)))
    assert "the property itself fails: IndexError" in found.message
    assert "(line 2: assert run()[99999] == 1)" in found.message


def test_a_changed_input_is_found_where_the_lint_cannot_see_it(executor):
    touching = "    def touched(xs):\n        xs.sort()\n        return xs[::-1]\n\n    return touched(values)"
    sly = variant(LARGEST, "    return sorted(values, reverse=True)", touching)
    found = failure(executor, sly)
    assert found.name == "inputs unchanged"
    assert "it changes its input `values`: largest(" in found.message


def test_a_nested_input_is_compared_too(executor):
    sly = Revision(
        "firsts",
        1,
        "",
        "def firsts(groups):\n    return [(lambda g: (g.append(1), g[0])[1])(group) for group in groups]\n",
        parameters=(Parameter("groups", "list"),),
        returns="list",
        examples=(Example({"groups": [[1, 2], [3, 4]]}, [1, 3]),),
    )
    assert failure(executor, sly).name == "inputs unchanged"


def test_another_type_is_found(executor):
    assert failure(executor, variant(LARGEST, "[:k]", "[:k] or None")).name == "type"


def test_a_result_that_depends_on_the_order_of_rows_is_found(executor):
    found = failure(executor, variant(MEANS, "frame.group_by", "(lambda f: f.head(2))(frame).group_by"))
    assert found.name == "deterministic"
    assert "depends on the order of the rows" in found.message


def test_a_declared_order_counts(executor):
    ordered = dataclasses.replace(MEANS, meaning=Meaning(order="by g"))
    assert "the example says" in failure(executor, ordered).message
    sorted_ = variant(ordered, ".alias(value))", ".alias(value)).sort(by, descending=True, nulls_last=True)")
    assert executor.verify(sorted_, cases=30).ok


def test_state_between_calls_is_found_where_the_lint_cannot_see_it(executor):
    helper = "def noted(seen, k):\n    seen.append(k)\n    return len(seen)\n"
    source = f"SEEN = ([],)\n{helper}def largest(values, k):\n    return [noted(SEEN[0], k)]\n"
    example = Example({"values": [1], "k": 1}, [1])
    found = failure(executor, dataclasses.replace(LARGEST, source=source, examples=(example,)))
    assert found.name == "deterministic"
    assert "another result for the same arguments" in found.message


def test_a_claim_that_says_nothing_is_not_counted(executor):
    idle = claim("idle", "assert isinstance(run(values=values, k=k), list)")
    verdict = executor.verify(dataclasses.replace(LARGEST, properties=(idle, TOP)), cases=30)
    assert verdict.ok
    assert (verdict.properties, verdict.cases) == (1, 30)
    assert "vacuous" in next(check for check in verdict.checks if check.name == "vacuous idle").message


@pytest.mark.parametrize(
    "body", ["pass", "assert True", "run(values=values, k=k)", "assert run(values=values, k=k) is not run"]
)
def test_only_claims_that_say_nothing_fail(executor, body):
    found = failure(executor, dataclasses.replace(LARGEST, properties=(claim("idle", body),)))
    assert found.name == "properties"
    assert "no property says anything" in found.message


@pytest.mark.parametrize("body", ["assume(False)", "assume(k > 1000)\nassert run(values=values, k=k)"])
def test_a_claim_about_nothing_fails(executor, body):
    found = failure(executor, dataclasses.replace(LARGEST, examples=(), properties=(claim("never", body),)))
    assert found.name == "property never"
    assert "0 usable examples" in found.message


def test_a_procedure_that_refuses_everything_fails(executor):
    found = failure(executor, variant(LARGEST, "    return", "    raise ValueError('no')\n    return", examples=()))
    assert "0 usable examples" in found.message


def test_a_loop_is_found_with_the_call_it_hangs_on(executor):
    found = failure(
        executor, variant(LARGEST, "    return", "    while len(values) > 3: pass\n    return"), seconds=1.0
    )
    assert found.name == "property length"
    assert found.message.startswith("did not finish within 1 s in largest(values=[")


def test_memory_without_end_is_found(executor):
    found = failure(executor, variant(LARGEST, "    return", "    held = b'x' * (9 << 30)\n    return"))
    assert "MemoryError" in found.message


def test_a_slow_procedure_is_judged_on_fewer_cases(executor):
    slow = variant(LARGEST, "    return", "    for _ in range(400_000): k + 1\n    return", properties=(TOP,))
    verdict = executor.verify(slow, cases=1000, seconds=2.0)
    assert verdict.ok, verdict.failure
    assert 0 < verdict.cases < 1000
