"""Merging, with the real sandbox: what is published does what both did, and every step can be taken back."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from seglam_magics.cache.catalogue import Catalogue
from seglam_magics.cache.labels import Label
from seglam_magics.cache.twins import hindrance
from seglam_magics.considering import Merger
from seglam_magics.errors import SeglamError
from seglam_magics.merging import Suggestion, examined, merge, unmerge
from seglam_magics.procedure.abstracting import proposed
from seglam_magics.procedure.comparing import compared
from seglam_magics.procedure.identity import identity_of
from seglam_magics.procedure.sites import Apart
from seglam_magics.question import read
from seglam_magics.settings import Seglam
from seglam_magics.store import MemoryLog
from seglam_magics.trust import Approvals
from seglam_magics.verify import ChildExecutor
from seglam_magics.words import (
    Check,
    Column,
    Decision,
    Example,
    Meaning,
    Parameter,
    Property,
    Requirement,
    Revision,
    Template,
    Variable,
    Verdict,
)

BIRDS = Variable("birds", "frame", "polars", 3, tuple(Column(n, d) for n, d in (
    ("species", "str"), ("mass", "float"), ("wing", "float"), ("beak", "float"), ("age", "int"))))  # fmt: skip
WITHIN = """def within(run, *, {frame}, {kind}):
    known = [row['{column}'] for row in {frame} if row['species'] == {kind} and row['{column}'] is not None]
    found = run({frame}={frame}, {kind}={kind})
    assert (found is None) == (not known)
    assert not known or min(known) - 1e-6 <= found <= max(known) + 1e-6
"""


def made(revision: Revision) -> Revision:
    return dataclasses.replace(revision, proc_id=identity_of(revision), verdict=Verdict(ok=True))


def mean(column: str, frame: str = "frame", kind: str = "kind", result: float = 2.0) -> Revision:
    source = (
        f"def mean_{column}({frame}, *, {kind}):\n"
        f'    known = {frame}.filter(nw.col("species") == {kind})\n'
        f'    return known.select(nw.col("{column}").mean().alias("mean_{column}"))\n'
    )
    return made(
        Revision(
            f"mean_{column}",
            1,
            "",
            source,
            parameters=(
                Parameter(frame, "frame", example="birds"),
                Parameter(kind, "str", domain={"column": "species"}, example="Adelie"),
            ),
            templates=(
                Template(f"What is the mean {column} of {{{kind}}} in {{{frame}}}?"),
                Template(f"average {column} of {{{kind}}} in {{{frame}}}"),
            ),
            meaning=Meaning("mean", column, (f"species = {kind}",)),
            requires=(Requirement(frame, {"species": "str", column: "number"}),),
            examples=(
                Example(
                    {frame: {"species": ["Adelie", "Gentoo", "Adelie"], column: [1, 5, 3]}, kind: "Adelie"}, result
                ),
            ),
            properties=(Property("within", "between", WITHIN.format(frame=frame, kind=kind, column=column)),),
            question=f"What is the mean {column} of Adelie in birds?",
        )
    )


def top(k: int, name: str, result: list[int] | None = None) -> Revision:
    return made(
        Revision(
            name,
            1,
            "",
            f"def {name}(xs):\n    return sorted(xs)[-{k}:]\n",
            parameters=(Parameter("xs", "list", domain={"items": "int"}, example="sales"),),
            templates=(Template(f"the {k} largest of {{xs}}"),),
            returns="list",
            examples=(Example({"xs": [4, 1, 3, 2]}, [1, 2, 3, 4][-k:] if result is None else result),),
            question=f"the {k} largest of sales",
        )
    )


MASS, WING, BEAK = mean("mass"), mean("wing", "table", "sort"), mean("beak")


@pytest.fixture(scope="module")
def executor() -> Iterator[ChildExecutor]:
    one = ChildExecutor()
    yield one
    one.close()


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    one = Catalogue(MemoryLog(), Approvals(tmp_path))
    yield one
    one.close()


def published(catalogue: Catalogue, *revisions: Revision) -> list[Revision]:
    return [catalogue.publish(r) for r in revisions]


def suggestion(catalogue: Catalogue, executor: ChildExecutor, one: str, other: str) -> Suggestion:
    pair = [catalogue.known(name) for name in (one, other)]
    return examined(proposed(*pair), executor, cases=20)


def believed(catalogue: Catalogue, one: str, other: str) -> Suggestion:
    """As `suggestion`, without looking: for what comes after."""
    pair = [catalogue.known(name) for name in (one, other)]
    found = proposed(*pair)
    verdict = Verdict(ok=True, checks=tuple(Check(f"same as {special.label}", ok=True) for special in pair))
    return Suggestion(found, dataclasses.replace(found.revision, verdict=verdict))


def asked(catalogue: Catalogue, text: str, **variables: Variable) -> Decision:
    return catalogue.library.decide(read(text, variables or {"birds": BIRDS}))


def code_of(call: Callable[[], object]) -> tuple[str, str]:
    with pytest.raises(SeglamError) as caught:
        call()
    return caught.value.code, str(caught.value)


# ---------------------------------------------------------------- end to end


def test_two_become_one_that_answers_for_both_and_for_more(catalogue: Catalogue, executor: ChildExecutor) -> None:
    published(catalogue, MASS, WING)
    assert not asked(catalogue, "average age of Gentoo in birds").hit
    general = merge(catalogue, suggestion(catalogue, executor, "mean_mass", "mean_wing"))
    assert (general.label, general.parent) == ("mean_mass@2", MASS.proc_id)
    assert catalogue.known("mean_wing@1").source == WING.source  # history
    for text, target, kind in (
        ("What is the mean mass of Adelie in birds?", "mass", "Adelie"),
        ("What is the mean wing of Adelie in birds?", "wing", "Adelie"),
        ("average age of Gentoo in birds", "age", "Gentoo"),
    ):
        decision = asked(catalogue, text)
        assert decision.revision == general, decision.reason
        assert (decision.bindings["target"].value, decision.bindings["kind"].value) == (target, kind)
        assert decision.rivals == ()
    table = {"species": ["Gentoo", "Adelie"], "age": [4, 9]}
    import polars as pl

    arguments = {"frame": pl.DataFrame(table), "kind": "Gentoo", "target": "age"}
    assert executor.call(general.source, general.name, arguments, returns="number") == 4


def test_the_verdict_says_with_what_it_was_compared(catalogue: Catalogue, executor: ChildExecutor) -> None:
    published(catalogue, MASS, WING)
    verdict = suggestion(catalogue, executor, "mean_mass", "mean_wing").revision.verdict
    assert verdict is not None
    assert verdict.ok
    checks = {check.name: check.cases for check in verdict.checks}
    assert checks["same as mean_mass@1"] >= 15
    assert checks["same as mean_wing@1"] >= 15
    assert checks["property within"] >= 15


def test_another_kernel_knows_the_same(catalogue: Catalogue, tmp_path: Path) -> None:
    published(catalogue, MASS, WING)
    general = merge(catalogue, believed(catalogue, "mean_mass", "mean_wing"))
    assert isinstance(catalogue.log, MemoryLog)
    other = Catalogue(MemoryLog(catalogue.log), Approvals(tmp_path))
    assert asked(other, "average wing of Gentoo in birds").revision == general
    unmerge(catalogue, "mean_wing")
    other.follow()
    assert asked(other, "average wing of Gentoo in birds").revision == catalogue.known("mean_wing@1")
    other.close()


def test_taking_it_back_restores_both(catalogue: Catalogue, executor: ChildExecutor) -> None:
    published(catalogue, MASS, WING)
    merge(catalogue, suggestion(catalogue, executor, "mean_mass", "mean_wing"))
    assert unmerge(catalogue, "mean_wing") == "mean_mass"
    assert asked(catalogue, "average mass of Gentoo in birds").revision == catalogue.known("mean_mass@1")
    assert asked(catalogue, "average wing of Gentoo in birds").revision == catalogue.known("mean_wing@1")
    assert not asked(catalogue, "average age of Gentoo in birds").hit
    assert hindrance(catalogue, catalogue.known("mean_mass")) == "mean_mass is pinned"  # not merged again
    assert code_of(lambda: unmerge(catalogue, "mean_wing"))[0] == "E-USAGE"
    assert code_of(lambda: unmerge(catalogue, "mean_wings"))[0] == "E-PROCEDURE-UNKNOWN"


def test_merges_on_top_of_each_other_are_taken_back_in_turn(catalogue: Catalogue) -> None:
    def best(k: int, name: str, more: int) -> Revision:
        one = top(k, name, [max(0, x - more) for x in [1, 2, 3, 4][-k:]])
        source = f"def {name}(xs):\n    return [max(x - {more}, 0) for x in sorted(xs)[-{k}:]]\n"
        wording = Template(f"the {k} largest of {{xs}} minus {more}")
        return made(
            dataclasses.replace(
                one, source=source, templates=(wording,), question=f"the {k} largest of sales minus {more}"
            )
        )

    published(catalogue, best(3, "three", 7), best(2, "two", 7))
    merge(catalogue, believed(catalogue, "three", "two"))
    # the same procedure with another number in the other place
    general = catalogue.known("three")
    another = made(dataclasses.replace(
        general, name="four", number=1, source=general.source.replace("three", "four").replace("7", "5"),
        templates=(Template("the {count} largest of {xs} minus 5"),), question="the 3 largest of sales minus 5",
        examples=(Example({"xs": [9, 7], "count": 1}, [4]),), parent=None))  # fmt: skip
    published(catalogue, another)
    merge(catalogue, believed(catalogue, "three", "four"))
    assert catalogue.known("three").number == 3
    code, says = code_of(lambda: unmerge(catalogue, "two"))
    assert code == "E-USAGE"
    assert "four was merged into three after two" in says
    unmerge(catalogue, "four")
    assert catalogue.library.pinned("three") == 2
    unmerge(catalogue, "two")
    assert catalogue.corrections.merged("two") is None


def test_what_was_changed_by_hand_since_stays_as_it_is(catalogue: Catalogue) -> None:
    published(catalogue, MASS, WING)
    general = merge(catalogue, believed(catalogue, "mean_mass", "mean_wing"))
    by_hand = made(dataclasses.replace(general, source=general.source + "# looked at\n", author="human"))
    catalogue.publish(by_hand)
    assert unmerge(catalogue, "mean_wing") == "mean_mass"
    assert catalogue.library.pinned("mean_mass") is None
    assert catalogue.library.head("mean_mass").author == "human"  # type: ignore[union-attr]


def test_what_either_must_not_answer_the_general_one_must_not(catalogue: Catalogue) -> None:
    published(catalogue, MASS, WING)
    found = believed(catalogue, "mean_mass", "mean_wing")
    rejected = ["average mass of Gentoo in birds", "average wing of Gentoo in birds"]
    for text, name in zip(rejected, ("mean_mass", "mean_wing"), strict=True):
        catalogue.reject(text, catalogue.known(name))
    merge(catalogue, found)
    assert [asked(catalogue, text).hit for text in rejected] == [False, False]
    assert asked(catalogue, "average mass of Adelie in birds").hit
    kinds = [e.kind for e in catalogue.log.snapshot()]
    assert kinds[-3:] == ["reject", "revision", "merge"]  # it never answers before it is told what not to answer


# ---------------------------------------------------------------- what does not pass


def test_a_general_one_that_gives_something_else_is_refused(executor: ChildExecutor) -> None:
    found = proposed(MASS, WING)
    source = found.revision.source.replace("mean()", "max()")
    wrong = made(dataclasses.replace(found.revision, source=source, examples=(), properties=()))
    with pytest.raises(Apart, match=r"same as mean_mass@1: one gives .*, the other"):
        examined(dataclasses.replace(found, revision=wrong), executor, cases=20)


def test_a_general_one_that_is_right_for_one_of_them_only_is_refused(executor: ChildExecutor) -> None:
    found = proposed(top(3, "three"), top(2, "two"))
    source = "def three(xs, *, count):\n    return sorted(xs)[-3:] if count == 3 else sorted(xs)[:count]\n"
    wrong = made(dataclasses.replace(found.revision, source=source, examples=found.revision.examples[:1]))
    with pytest.raises(Apart, match=r"same as two@1: "):
        examined(dataclasses.replace(found, revision=wrong), executor, cases=20)


def test_a_failing_example_property_or_lint_is_a_refusal(executor: ChildExecutor) -> None:
    with pytest.raises(Apart, match="the example says"):
        examined(proposed(MASS, mean("wing", result=4.0)), executor, cases=10)
    found = proposed(MASS, WING)
    never = Property("never", "", "def never(run, *, frame, kind, target):\n    assert run(frame=frame) == 77\n")
    with pytest.raises(Apart, match="mean_mass: "):
        examined(
            dataclasses.replace(found, revision=dataclasses.replace(found.revision, properties=(never,))), executor
        )
    opens = dataclasses.replace(found.revision, source=found.revision.source + "\nimport os\n")
    with pytest.raises(Apart, match="E-EFFECT-IMPORT"):
        examined(dataclasses.replace(found, revision=opens), executor)


def test_nothing_is_compared_without_examples(executor: ChildExecutor) -> None:
    with pytest.raises(Apart, match="mean_wing@1 has no example to compare on"):
        examined(proposed(MASS, dataclasses.replace(WING, examples=())), executor)


def test_a_comparison_takes_errors_for_results_and_rows_in_any_order(executor: ChildExecutor) -> None:
    def both(one: str, other: str, returns: str, **example: Any) -> Verdict:
        frame = "frame" in example
        parameters = (Parameter("frame", "frame"),) if frame else (Parameter("x", "int", domain={"min": -3, "max": 3}),)
        found = [
            Revision(name, 1, "", f"def {name}({parameters[0].name}):\n    return {body}\n", parameters=parameters,
                     returns=returns, examples=(Example(example, example_result),))
            for name, body, example_result in (("one", one, results), ("other", other, results))
        ]  # fmt: skip
        same = {p.name: p.name for p in parameters}
        return executor.verify(compared(*found, same, {}), cases=40)

    results: Any = 2
    refused = "6 / x if x else int('zero')"
    assert both(refused, "3 / x * 2 if x else int('nothing')", "number", x=3).ok  # both refuse zero
    assert not both(refused, "6 / x if x else 0", "number", x=3).ok
    results = [{"g": "a"}, {"g": "b"}]
    grouped = "frame.filter(~nw.col('g').is_null()).unique(subset=['g']).sort('g', descending={}, nulls_last=True)"
    assert both(grouped.format(False), grouped.format(True), "frame", frame={"g": ["b", "a"]}).ok


def _hindered(catalogue: Catalogue) -> Iterator[tuple[Callable[[], object], str]]:
    yield lambda: catalogue.retire("mean_wing"), "mean_wing does not answer any more"
    yield lambda: catalogue.pin("mean_wing@1"), "mean_wing is pinned"
    yield lambda: catalogue.revoke("mean_wing"), "mean_wing@1 is revoked"
    wrong = Label("template", right=False, source="user", question="q")
    yield lambda: catalogue.label(catalogue.known("mean_wing"), wrong), "mean_wing was wrong by template"
    newer = made(dataclasses.replace(WING, source=WING.source + "# new\n"))
    yield lambda: catalogue.publish(newer), "mean_wing@1 is not the newest of its name"


@pytest.mark.parametrize("number", range(5))
def test_what_has_changed_meanwhile_is_not_merged(catalogue: Catalogue, number: int) -> None:
    published(catalogue, MASS, WING)
    found = believed(catalogue, "mean_mass", "mean_wing")
    change, why = list(_hindered(catalogue))[number]
    change()
    before = len(catalogue.log.snapshot())
    code, says = code_of(lambda: merge(catalogue, found))
    assert code == "E-MERGE"
    assert why in says
    assert len(catalogue.log.snapshot()) == before


# ---------------------------------------------------------------- in the background


@pytest.fixture
def merger(catalogue: Catalogue) -> Iterator[Callable[..., Merger]]:
    opened: list[Merger] = []

    def start(mode: str, *revisions: Revision) -> Merger:
        settings = Seglam(cases=20, merge=mode)
        published(catalogue, *revisions)
        opened.append(Merger(lambda: settings, catalogue))
        return opened[-1]

    yield start
    for one in opened:
        one.close()
        assert one.wait(60)


def test_asking_is_the_default_and_merges_when_accepted(catalogue: Catalogue, merger: Callable[..., Merger]) -> None:
    one = merger("ask", MASS, WING)
    one.consider(catalogue.known("mean_wing"))
    assert one.wait(60)
    assert [(s.proposal.one.name, s.proposal.other.name) for s in one.suggestions] == [("mean_mass", "mean_wing")]
    assert catalogue.library.versions("mean_mass") == (catalogue.known("mean_mass@1"),)
    one.consider(catalogue.known("mean_wing"))  # it was looked at
    assert one.wait(60)
    assert len(one.suggestions) == 1
    assert code_of(lambda: one.accept(2))[0] == "E-USAGE"
    assert one.accept(1).proposal.other.name == "mean_wing"
    assert catalogue.known("mean_mass").number == 2
    assert one.suggestions == ()
    assert catalogue.corrections.merged("mean_wing") == "mean_mass"


def test_auto_merges_by_itself_but_not_what_its_owner_let_into_the_kernel(
    catalogue: Catalogue, merger: Callable[..., Merger]
) -> None:
    one = merger("auto", MASS, WING)
    one.consider(catalogue.known("mean_wing"))
    assert one.wait(60)
    assert catalogue.known("mean_mass").number == 2
    other = merger("auto", top(3, "three"), top(2, "two"))
    catalogue.approve("three")
    other.consider(catalogue.known("two"))
    assert other.wait(60)
    assert (catalogue.known("three").number, len(other.suggestions)) == (1, 1)


def test_added_wordings_come_along(catalogue: Catalogue, merger: Callable[..., Merger]) -> None:
    one = merger("auto", MASS, WING)
    catalogue.alias("mean_mass", "{kind}: mass on average in {frame}")
    catalogue.alias("mean_wing", "{sort}: wing on average in {table}")
    one.consider(catalogue.known("mean_wing"))
    assert one.wait(60)
    assert asked(catalogue, "Gentoo: age on average in birds").hit, one.refusals


def test_off_looks_at_nothing_and_a_closed_one_neither(catalogue: Catalogue, merger: Callable[..., Merger]) -> None:
    one = merger("off", MASS, WING)
    one.consider(catalogue.known("mean_wing"))
    assert one.wait(0)
    assert (one.suggestions, one.refusals) == ((), ())
    closed = merger("ask")
    closed.close()
    closed.consider(catalogue.known("mean_wing"))
    assert closed.wait(0)
    assert closed.suggestions == ()


def test_closing_ends_what_is_under_way_and_leaves_no_child(catalogue: Catalogue) -> None:
    def endless(k: int, name: str) -> Revision:
        one = top(k, name)
        waits = f"    while len(xs) < {{}}: pass\n    return sorted(xs)[-{k}:]\n".format("9 ** 99")
        return made(dataclasses.replace(one, source=f"def {name}(xs):\n{waits}"))

    started: list[ChildExecutor] = []

    def spare() -> ChildExecutor:
        started.append(ChildExecutor())
        return started[-1]

    published(catalogue, endless(3, "three"), endless(2, "two"))
    one = Merger(lambda: Seglam(), catalogue, spare)  # noqa: PLW0108 - the settings of now
    one.consider(catalogue.known("two"))
    while not (started and started[0]._first._pending):  # it has its job
        assert not one.wait(0.01)
    link = started[0]._first.link
    assert link is not None
    process = link._process
    one.close()
    assert one.wait(0)
    assert process is not None
    assert process.poll() is not None
    assert started[0]._first.link is None
    assert [e.kind for e in catalogue.log.snapshot()] == ["revision", "revision"]
    with pytest.raises(SeglamError, match="E-SANDBOX-DOWN"):
        started[0].call("def f(x): return x", "f", {"x": 1}, returns="number")


def test_every_refusal_is_kept_with_its_reason(catalogue: Catalogue, merger: Callable[..., Merger]) -> None:
    lost = made(dataclasses.replace(WING, templates=(Template("how long is a {sort} in {table}?"),), question=""))
    one = merger("ask", MASS, lost)
    one.consider(catalogue.known("mean_wing"))
    assert one.wait(60)
    (refusal,) = one.refusals
    assert (refusal.one, refusal.other) == ("mean_mass@1", "mean_wing@1")
    assert "wordings of mean_wing@1 would be lost" in refusal.reason


def test_a_failure_in_the_background_disturbs_nobody(catalogue: Catalogue) -> None:
    def broken() -> ChildExecutor:
        raise RuntimeError("no child")

    published(catalogue, MASS, WING)
    one = Merger(lambda: Seglam(), catalogue, broken)  # noqa: PLW0108 - the settings of now
    one.consider(catalogue.known("mean_wing"))
    assert one.wait(60)
    assert one.refusals[0].reason == "RuntimeError: no child"
    one.close()
