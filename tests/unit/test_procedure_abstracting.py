"""Two procedures that differ only in constants become one with more slots; everything else stays two, with a reason."""

from __future__ import annotations

import dataclasses
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seglam_magics.procedure import apply, load
from seglam_magics.procedure.abstracting import Proposal, generalised, proposed
from seglam_magics.procedure.identity import identity_of
from seglam_magics.procedure.pairing import called
from seglam_magics.procedure.rewording import Rewording, shared, stage
from seglam_magics.procedure.sites import Apart
from seglam_magics.question import compile_templates, read, unify
from seglam_magics.verify import lint_revision
from seglam_magics.words import Example, Meaning, Parameter, Property, Requirement, Revision, Template

FRAME = Parameter("frame", "frame", example="birds")
ROWS = Parameter("rows", "list", example="races")
XS = Parameter("xs", "list", example="sales")


def revision(name: str, source: str, *wordings: str, **more: Any) -> Revision:
    """A revision that was compiled for its first wording, filled with the examples."""
    parameters = more.pop("parameters", (XS,))
    shown = {p.name: str(p.example) for p in parameters}
    made = Revision(
        name,
        1,
        "",
        source,
        parameters=parameters,
        templates=tuple(Template(w) for w in wordings),
        question=more.pop("question", wordings[0].format(**shown)),
        **more,
    )
    return dataclasses.replace(made, proc_id=identity_of(made))


def top(
    k: int, name: str = "top", wordings: tuple[str, ...] = ("the {k} largest of {xs}",), xs: str = "xs"
) -> Revision:
    source = f"def {name}({xs}):\n    return sorted({xs})[-{k}:]\n"
    said = (w.replace("{k}", str(k)).replace("{xs}", f"{{{xs}}}") for w in wordings)
    return revision(name, source, *said, parameters=(dataclasses.replace(XS, name=xs),), returns="list")


def mean(column: str, name: str = "mean_of", **names: str) -> Revision:
    """The mean of a column for one species, in narwhals style."""
    frame, kind = names.get("frame", "frame"), names.get("kind", "kind")
    source = (
        f"def {name}({frame}, *, {kind}):\n"
        f'    """The mean of {column}."""\n'
        f'    known = {frame}.filter(nw.col("species") == {kind})  # the others do not count\n'
        f'    return known.select(nw.col("{column}").mean().alias("mean_{column}"))\n'
    )
    claim = (
        f"def within(run, *, {frame}, {kind}):\n"
        f"    known = [r['{column}'] for r in {frame} if r['species'] == {kind} and r['{column}'] is not None]\n"
        f"    found = run({frame}={frame}, {kind}={kind})\n"
        f"    assert (found is None) == (not known)\n"
        f"    assert not known or min(known) - 1e-6 <= found <= max(known) + 1e-6\n"
    )
    table = {"species": ["Adelie", "Gentoo", "Adelie"], column: [1, 5, 3]}
    return revision(
        name,
        source,
        f"What is the mean {column} of {{{kind}}} penguins in {{{frame}}}?",
        f"average {column} of {{{kind}}} in {{{frame}}}",
        parameters=(
            dataclasses.replace(FRAME, name=frame),
            Parameter(kind, "str", domain={"column": "species"}, example="Adelie"),
        ),
        summary=f"The mean {column} of a species.",
        meaning=Meaning("mean", column, (f"species = {kind}",)),
        requires=(Requirement(frame, {"species": "str", column: "number"}),),
        synonyms={column: ("size",), "species": ("sort",)},
        examples=(Example({frame: table, kind: "Adelie"}, 2.0),),
        properties=(Property("within", f"the mean of {column} lies between", claim),),
    )


def rows_of(driver: str, bound: str, name: str = "rows_of", column: str = "laps") -> Revision:
    """Rows of a list by a text and a number, in plain Python."""
    source = (
        f"def {name}(rows):\n    return [r for r in rows if r['driver'] == {driver!r} and r['{column}'] < {bound}]\n"
    )
    return revision(
        name,
        source,
        f"rows of {{rows}} where driver is {driver} and {column} below {bound}",
        parameters=(ROWS,),
        returns="list",
        requires=(Requirement("rows", {"driver": "str", column: "number"}),),
        examples=(Example({"rows": [{"driver": driver, column: 1}]}, [{"driver": driver, column: 1}]),),
    )


def slots(proposal: Proposal) -> dict[str, tuple[str, dict[str, Any], Any, Any]]:
    """New slot -> its type, domain and the constants of both."""
    added = proposal.revision.parameters[len(proposal.one.parameters) :]
    return {p.name: (p.type, dict(p.domain), proposal.mine[p.name], proposal.theirs[p.name]) for p in added}


def reason(one: Revision, other: Revision) -> str:
    with pytest.raises(Apart) as caught:
        proposed(one, other)
    assert generalised(one, other) is None
    return str(caught.value)


# ---------------------------------------------------------------- what becomes a slot


def test_a_number_becomes_a_slot() -> None:
    found = proposed(top(3), top(5, "best"))
    assert slots(found) == {"count": ("int", {"min": 1}, 3, 5)}
    assert found.revision.source == "def top(xs, *, count):\n    return sorted(xs)[-count:]\n"
    assert [t.text for t in found.revision.templates] == ["the {count} largest of {xs}"]
    assert load(found.revision.source, "top")(xs=[3, 1, 2], count=2) == [2, 3]
    assert (found.revision.name, found.revision.parent) == ("top", top(3).proc_id)
    assert found.revision.proc_id == identity_of(found.revision)
    assert found.revision.verdict is None


def test_a_column_of_a_frame_becomes_a_slot() -> None:
    found = proposed(mean("body_mass"), mean("bill_length", "average_of", frame="table", kind="sort"))
    general = found.revision
    assert slots(found) == {"target": ("column", {"dtype": "number"}, "body_mass", "bill_length")}
    assert "# the others do not count" in general.source
    assert general.requires == (Requirement("frame", {"species": "str"}),)
    assert general.meaning == Meaning("mean", "target", ("species = kind",))
    assert general.synonyms == {"species": ("sort",)}
    assert general.summary == "The mean `target` of a species."
    assert {t.text for t in general.templates} == {
        "What is the mean {target} of {kind} penguins in {frame}?",
        "average {target} of {kind} in {frame}",
    }
    assert [e.arguments["target"] for e in general.examples] == ["body_mass", "bill_length"]
    assert all(set(e.arguments) == {"frame", "kind", "target"} for e in general.examples)
    assert lint_revision(general) == ()
    frame = pl.DataFrame({"species": ["Adelie", "Adelie", "Gentoo"], "age": [1, 3, 9]})
    assert apply(load(general.source, "mean_of"), {"frame": frame, "kind": "Adelie", "target": "age"}, "number") == 2


def test_a_property_speaks_of_the_slots_then() -> None:
    claim = proposed(mean("body_mass"), mean("bill_length", "average_of")).revision.properties[0]
    assert claim.claim == "the mean of target lies between"
    holds = load(claim.code, "within")
    table = [{"species": "Adelie", "age": 3}]
    holds(lambda **_: 3, frame=table, kind="Adelie", target="age")
    with pytest.raises(AssertionError):
        holds(lambda **_: 4, frame=table, kind="Adelie", target="age")


@pytest.mark.parametrize(
    "code",
    [
        "def small(run, *, xs):\n    assert len(run(xs=xs)) <= 1 + len(xs)\n",  # may 1 be the slot, or just one?
        'def told(run, *, xs):\n    assert run(xs=xs) is not None, f"{4} of them"\n',
    ],
)
def test_a_property_in_which_a_constant_cannot_be_told_is_left_behind(code: str) -> None:
    k = 1 if "small" in code else 4
    one = dataclasses.replace(top(k), properties=(Property(code[4:9].strip("("), "", code),))
    assert proposed(one, top(7, "best")).revision.properties == ()


def test_a_text_and_a_number_of_a_list_become_slots() -> None:
    found = proposed(rows_of("Massa", "87"), rows_of("Alonso", "90", "laps_of"))
    assert slots(found) == {
        "value": ("str", {"column": "driver"}, "Massa", "Alonso"),
        "bound": ("int", {}, 87, 90),
    }
    assert found.revision.templates[0].text == "rows of {rows} where driver is {value} and laps below {bound}"


def test_a_column_of_a_list_becomes_a_slot() -> None:
    found = proposed(rows_of("Massa", "87"), rows_of("Massa", "87", "early", "grid"))
    assert slots(found) == {"column": ("column", {"dtype": "number"}, "laps", "grid")}
    assert found.revision.requires == (Requirement("rows", {"driver": "str"}),)


@pytest.mark.parametrize(
    ("mine", "its", "kind"), [("5", "7", "int"), ("5", "7.5", "float"), ("7.5", "5", "float"), ("-5", "5", "int")]
)
def test_a_number_is_as_wide_as_both(mine: str, its: str, kind: str) -> None:
    found = slots(proposed(rows_of("Massa", mine), rows_of("Massa", its, "other")))
    assert found["bound"][0] == kind
    assert [str(v) for v in found["bound"][2:]] == [str(float(n) if kind == "float" else int(n)) for n in (mine, its)]


def test_a_constant_with_a_name_becomes_a_slot_where_all_its_places_allow_one() -> None:
    def capped(cap: int, name: str) -> Revision:
        source = f"def {name}(xs):\n    cap = {cap}\n    return [x for x in xs if x > cap]\n"
        return revision(name, source, f"values of {{xs}} over {cap}", returns="list")

    found = proposed(capped(10, "large"), capped(20, "huge"))
    assert load(found.revision.source, "large")(xs=[1, 15, 25], bound=20) == [25]


def test_one_constant_in_one_and_two_in_the_other_are_two_slots() -> None:
    def between(low: int, high: int, name: str) -> Revision:
        source = f"def {name}(xs):\n    return [x for x in xs if x >= {low} and abs(x) <= {high}]\n"
        wordings = (f"values of {{xs}} from {low} with a size up to {high}",)
        return revision(name, source, *wordings, returns="list")

    found = proposed(between(1, 9, "narrow"), between(2, 7, "other"))
    assert {name: value[2:] for name, value in slots(found).items()} == {"bound": (1, 2), "bound_2": (9, 7)}
    # the wording with one number twice does not tell which is which
    assert "wordings of equal@1 would be lost" in reason(between(5, 5, "equal"), between(2, 7, "other"))


def test_a_text_made_of_a_column_follows_it() -> None:
    def named(column: str, name: str) -> Revision:
        source = f"def {name}(frame):\n    return frame.select(nw.col('{column}').sum().alias('total {{{column}}}'))\n"
        needs = (Requirement("frame", {column: "number"}),)
        return revision(name, source, f"total {column} in {{frame}}", parameters=(FRAME,), requires=needs)

    found = proposed(named("mass", "total_mass"), named("age", "total_age"))
    frame = pl.DataFrame({"width": [1, 2]}).lazy()
    import narwhals.stable.v2 as nw

    given_back = load(found.revision.source, "total_mass")(frame=nw.from_native(frame), column="width")
    assert given_back.collect().columns == ["total {width}"]


def test_a_column_called_like_one_that_the_code_makes_is_refused_when_it_runs() -> None:
    def share(column: str, name: str) -> Revision:
        source = (
            f"def {name}(frame):\n"
            f"    made = frame.with_columns((nw.col('{column}') * 2).alias('twice'))\n"
            f"    return made.filter(nw.col('twice') > 4).select(nw.col('{column}').sum().alias('{column}'))\n"
        )
        needs = (Requirement("frame", {column: "number"}),)
        return revision(
            name, source, f"total {column} of more than 2 in {{frame}}", parameters=(FRAME,), requires=needs
        )

    source = proposed(share("mass", "heavy"), share("age", "old")).revision.source
    frame = pl.DataFrame({"age": [1, 3], "twice": [1, 3]})
    assert apply(load(source, "heavy"), {"frame": frame, "column": "age"}, "number") == 3
    with pytest.raises(ValueError, match="is computed here"):
        apply(load(source, "heavy"), {"frame": frame, "column": "twice"}, "number")


def test_names_that_are_taken_are_not_given_again() -> None:
    def one(k: int, name: str) -> Revision:
        source = f"def {name}(xs):\n    count = len(xs)\n    return xs[:{k}] if count > 0 else []\n"
        return revision(name, source, f"the first {k} of {{xs}}", returns="list")

    assert list(slots(proposed(one(3, "first"), one(4, "start")))) == ["count_2"]


def test_a_body_beside_its_head_is_written_anew() -> None:
    one = dataclasses.replace(top(3), source="def top(xs): return sorted(xs)[-3:]")
    assert proposed(one, top(5, "best")).revision.source == "def top(xs, *, count):\n    return sorted(xs)[-count:]\n"


@pytest.mark.parametrize(
    "head", ["xs", "xs,", "xs, *, k=(1, 2)", "\n    xs,  # the values\n    *,\n    k=3,\n", "xs, k: dict = {')': 1}"]
)
def test_slots_are_added_to_heads_of_all_kinds(head: str) -> None:
    k = (Parameter("k", "int", example=3),) if "k" in head else ()

    def one(number: int, name: str) -> Revision:
        source = f"def {name}({head}):\n    return xs[:{number}]\n"
        return revision(name, source, f"the first {number} of {{xs}}", parameters=(XS, *k), returns="list")

    source = proposed(one(3, "first"), one(4, "start")).revision.source
    assert load(source, "first")(xs=[1, 2, 3, 4], count=2) == [1, 2]


def test_source_with_letters_of_several_bytes_is_cut_where_it_should() -> None:
    def one(city: str, name: str) -> Revision:
        source = f"def {name}(rows):\n    return [r for r in rows if r['город'] == '{city}' and r['имя'] != 'ё']\n"
        needs = (Requirement("rows", {"город": "str"}),)
        wording = f"строки {{rows}}, где город {city}"
        return revision(name, source, wording, parameters=(ROWS,), requires=needs, returns="list")

    found = proposed(one("Рига", "riga"), one("Осло", "oslo")).revision
    rows = [{"город": "Осло", "имя": "я"}, {"город": "Рига", "имя": "я"}]
    assert load(found.source, "riga")(rows=rows, value="Осло") == rows[:1]
    assert found.templates[0].text == "строки {rows}, где город {value}"


# ---------------------------------------------------------------- wordings


@given(
    st.integers(2, 10_000),
    st.integers(2, 10_000),
    st.sampled_from(["{k} values of {xs} at the top", "top {k} in {xs}"]),
)
def test_every_wording_reads_back_to_the_constants_it_was_made_of(k: int, n: int, wording: str) -> None:
    one, other = top(k, wordings=(wording,)), top(n, "best", (wording,), xs="ys")
    found = generalised(one, other)
    assert found is not None
    general = found.revision
    if k == n:  # they compute the same, and stay as they are
        assert (found.mine, general.parameters, general.templates) == ({}, one.parameters, one.templates)
        return
    usable, _ = compile_templates(general.templates, general.parameters, question=general.question)
    for special, constant in ((one, k), (other, n)):
        read_back = [unify(t, read(special.question, stage(special))) for t in usable]
        assert {b["count"].value for b in read_back if isinstance(b, dict)} == {constant}


def test_a_wording_that_does_not_show_the_constant_or_shows_it_twice_is_dropped() -> None:
    wordings = (
        "the {k} largest of {xs}",
        "{k} values at the top of {xs}",
        "the largest of {xs}",
        "{k} or {k} largest of {xs}",
    )
    found = proposed(top(3, wordings=wordings), top(5, "best", wordings))
    assert [t.text for t in found.revision.templates] == [
        "the {count} largest of {xs}",
        "{count} values at the top of {xs}",
    ]


def test_a_word_that_only_one_side_says_may_speak_of_its_constant_only() -> None:
    one = mean("body_mass")
    grams = Template("average body_mass in grams of {kind} in {frame}")
    found = proposed(dataclasses.replace(one, templates=(*one.templates, grams)), mean("bill_length", "average_of"))
    assert not any("grams" in t.text for t in found.revision.templates)
    said = Template("the greatest {x} in grams"), Template("the largest {x} in grams")
    assert shared([said[0]], [said[1]]) == ([said[0]], [said[1]])  # operators are everybody's


def test_a_constant_that_is_said_twice_cannot_be_told() -> None:
    general = proposed(top(3), top(5, "best")).revision
    twice = dataclasses.replace(top(3), templates=(Template("the 3 or 3 largest of {xs}"), *top(3).templates))
    assert [*Rewording(twice, {"count": 3}, general).templates()] == [Template("the {count} largest of {xs}")]


def test_a_wording_whose_slots_could_not_be_told_apart_is_dropped() -> None:
    def by(driver: str, name: str) -> Revision:
        one = rows_of(driver, "87", name)
        source = one.source.replace("(rows)", "(rows, team)").replace("< 87", "!= team")
        wordings = (f"rows of {{rows}} by {driver} in {{team}}", f"rows of {{rows}} for {{team}} {driver}")
        team = Parameter("team", "str", example="Red Fox")
        made = dataclasses.replace(one, source=source, parameters=(ROWS, team), question="")
        return dataclasses.replace(made, templates=tuple(Template(w) for w in wordings))

    found = proposed(by("Massa", "one"), by("Alonso", "other"))
    assert [t.text for t in found.revision.templates] == ["rows of {rows} by {value} in {team}"]


def test_two_stay_two_where_more_wordings_would_be_lost_than_kept() -> None:
    def spoken(lost: int) -> str:
        wordings = ("the {k} largest of {xs}", *(f"the {w} of {{xs}}" for w in ("head", "summit", "peak")[:lost]))
        return reason(top(3, wordings=wordings), top(5, "best"))

    assert generalised(top(3, wordings=("the {k} largest of {xs}", "the head of {xs}")), top(5, "best")) is not None
    assert spoken(2) == "2 of 3 wordings of top@1 would be lost"


def test_words_for_numbers_are_numbers() -> None:
    wordings = ("the {k} largest of {xs}",)
    one = dataclasses.replace(
        top(3), templates=(Template("the three largest of {xs}"),), question="the three largest of sales"
    )
    assert proposed(one, top(5, "best", wordings)).revision.templates == (Template("the {count} largest of {xs}"),)


def test_slots_are_renamed_outside_of_doubled_braces() -> None:
    assert called("{a} of {{a}} and {b}", {"a": "b", "b": "a"}) == "{b} of {{a}} and {a}"


def test_added_ignorable_words_are_those_of_both() -> None:
    one, other = (
        dataclasses.replace(r, ignorable=w) for r, w in ((top(3), ("kindly", "now")), (top(5, "best"), ("now",)))
    )
    assert proposed(one, other).revision.ignorable == ("now",)


def test_a_meaning_that_the_two_declare_differently_is_not_kept() -> None:
    one, other = mean("body_mass"), mean("bill_length", "average_of")
    partly = dataclasses.replace(other, meaning=Meaning("mean", "bill_length"))
    assert proposed(one, partly).revision.meaning == Meaning()


# ---------------------------------------------------------------- what stays two


def frames(line: str, column: str, name: str, kind: str = "number") -> Revision:
    source = f"def {name}(frame):\n    {line}\n"
    needs = (Requirement("frame", {column: kind, "species": "str"}),)
    return revision(name, source, f"the {column} of {{frame}}", parameters=(FRAME,), requires=needs, returns="frame")


def plain(line: str, name: str, said: object = "x") -> Revision:
    return revision(
        name,
        f"import re\nimport datetime as dt\n\ndef {name}(xs):\n    {line}\n",
        f"the {said} of {{xs}}",
        returns="list",
    )


@pytest.mark.parametrize(
    ("line", "mine", "its", "why"),
    [
        ("return [x for x in xs if re.match('{}', x)]", "a+", "b+", "no columns, values of a column or numbers"),
        ("return [f'{{x:{}}}' for x in xs]", "5", "7", "'5' stands in"),
        ("return [f'{{x + {}}}' for x in xs]", "5", "7", "stands in"),
        ("return [x.strftime('{}') for x in xs]", "%d.%m", "%m/%d", "no columns, values"),
        ("return [dt.date({}, 1, 1) < x for x in xs]", "2023", "2024", "stands in dt.date"),
        ("return [x ** {} for x in xs]", "2", "3", "stands in x ** 2"),
        ("return [x ** (1 + {}) for x in xs]", "2", "3", "stands in x ** (1 + 2)"),
        ("return [{} ** x for x in xs]", "2", "3", "stands in 2 ** x"),
        ("return [xs[{}]]", "2", "3", "stands in xs[2]"),
        ("return [xs[len(xs) - {}]]", "2", "3", "stands in xs[len(xs) - 2]"),
        ("return [round(x, {}) for x in xs]", "2", "3", "stands in round(x, 2)"),
        ("return [x.split('{}') for x in xs]", ",", ";", "no columns, values"),
        ("return xs[::{}]", "-1", "2", "differs in more"),
        ("return list(range(9, 0, {}))", "-1", "-2", "are no counts"),
        ("return xs[:{}]", "2", "2.5", "are no counts"),
        ("return [{}]", "True", "False", "differs in more"),
        ("return [x for x in xs if x > {}]", "2", "'b'", "differs in more"),
        ("return [x for x in xs if x == '{}']", "a", "b", "which column 'a' is compared with"),
        ("return xs + [{}] * 2 ", "2", "3", "stands in [2]"),
        ("k = {}\n    k = k + 1\n    return xs[:k]", "2", "3", "k stands for more than 2"),
        ("k = {}\n    return [x ** k for x in xs if x > k]", "2", "3", "stands in x ** k"),
        ("return [x {} 1 for x in xs]", "+", "-", "differs in more"),
        ("return sorted(xs{})", "", ", reverse=True", "differs in more"),
    ],
)  # fmt: skip
def test_a_constant_in_a_place_that_may_be_another_algorithm_stays(line: str, mine: str, its: str, why: str) -> None:
    assert why in reason(plain(line.format(mine), "one", mine), plain(line.format(its), "other", its))


def test_a_text_compared_with_a_changed_cell_stays() -> None:
    line = "return frame.filter(nw.col('species').str.to_lowercase() == '{}')"
    one, other = (frames(line.format(kind), "mass", kind) for kind in ("adelie", "gentoo"))
    assert "which is no cell as it is written" in reason(one, other)


def test_a_column_in_a_place_where_it_may_be_a_text_stays() -> None:
    line = "return frame.filter(nw.col('{0}') > 1).rename({{'x': '{0}'}})"
    one, other = (frames(line.format(column), column, column) for column in ("mass", "age"))
    assert "the column 'mass' stands in {'x': 'mass'}" in reason(one, other)


def test_a_text_compared_with_a_column_that_is_a_slot_stays() -> None:
    def where(kind: str, name: str) -> Revision:
        one = frames(f"return frame.filter(nw.col(by) == '{kind}')", "mass", name)
        by = Parameter("by", "column", example="species")
        source = one.source.replace("(frame)", "(frame, by)")
        wordings = (Template(f"the mass of {{frame}} where {{by}} is {kind}"),)
        return dataclasses.replace(one, source=source, parameters=(FRAME, by), templates=wordings)

    assert "compared with a column that is a slot" in reason(where("Adelie", "one"), where("Gentoo", "other"))


def test_the_column_of_a_text_slot_stays() -> None:
    def by(column: str, name: str) -> Revision:
        made = rows_of("Massa", "87", name)
        return dataclasses.replace(
            made,
            source=f"def {name}(rows, who):\n    return [r for r in rows if r['{column}'] == who]\n",
            parameters=(ROWS, Parameter("who", "str", domain={"column": column}, example="Massa")),
            templates=(Template(f"rows of {{rows}} where {column} is {{who}}"),),
            requires=(Requirement("rows", {column: "str"}),),
        )

    assert reason(by("driver", "one"), by("team", "other")) == "who and who have another column"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"returns": "number"}, "one gives a list, the other a number"),
        ({"effects": ("clock",)}, "other effects"),
        ({"source": "def best(xs):\n    return sorted(xs)[-5:][0]\n"}, "the code differs in more than constants"),
        ({"source": "def best(xs"}, "it is not Python"),
        ({"parameters": (Parameter("xs", "series", example="sales"),)}, "xs is list, xs is series"),
        ({"parameters": ()}, "they take other parameters"),
        ({"meaning": Meaning(order="x descending")}, "one declares an order"),
        ({"requires": (Requirement("xs", {"5": "number"}),)}, None),
        ({"templates": (Template("the best of {xs}"),)}, "1 of 1 wordings of best@1 would be lost"),
        ({"templates": (Template("the 5 finest of {xs}"),)}, "1 of 1 wordings of best@1 would be lost"),
        (
            {"question": "which five of sales are the largest"},
            "no wording would read the question best@1 was compiled for",
        ),
    ],
)
def test_what_differs_in_more_than_constants_stays_two(change: dict[str, Any], why: str | None) -> None:
    other = dataclasses.replace(top(5, "best"), **change)
    if why is None:
        assert generalised(top(3), other) is not None  # nothing in the source is a column of that name
    else:
        assert why in reason(top(3), other)


def test_columns_of_another_type_stay_two() -> None:
    line = "return frame.drop_nulls('{}').select('species')"
    one, other = frames(line.format("mass"), "mass", "one"), frames(line.format("day"), "day", "other", "date")
    assert reason(one, other) == "the column 'mass' is number, the column 'day' is date"


def test_columns_that_only_one_of_them_demands_stay_two() -> None:
    one, other = mean("body_mass"), mean("bill_length", "average_of")
    wider = dataclasses.replace(other, requires=(Requirement("frame", {"species": "date", "bill_length": "number"}),))
    assert reason(one, wider) == "they need other columns"


def test_what_is_counted_stays() -> None:
    def counted(column: str, name: str) -> Revision:
        source = f"def {name}(rows):\n    return len([r['{column}'] for r in rows if r['driver'] == 'Massa'])\n"
        made = rows_of("Massa", "87", name, column)
        wordings = (Template(f"number of {column} in {{rows}} where driver is Massa"),)
        return dataclasses.replace(made, source=source, meaning=Meaning("count", column), templates=wordings)

    assert "a count does not depend on 'laps'" in reason(counted("laps", "one"), counted("grid", "other"))


def test_too_many_constants_stay_two() -> None:
    def many(numbers: tuple[int, ...], name: str) -> Revision:
        tests = " or ".join(f"x % {n} == 0" for n in numbers)
        return revision(
            name, f"def {name}(xs):\n    return [x for x in xs if {tests}]\n", f"{numbers} of {{xs}}", returns="list"
        )

    assert reason(many((3, 5, 7, 11), "one"), many((4, 6, 8, 12), "other")) == "they differ in 4 constants, more than 3"


def test_a_constant_nobody_says_stays_two_where_it_differs() -> None:
    def rated(rate: float, k: int, name: str) -> Revision:
        source = f"def {name}(xs, rate):\n    return [x * rate for x in xs][:{k}]\n"
        parameters = (XS, Parameter("rate", "float", example=rate))
        return revision(name, source, f"the first {k} of {{xs}} with tax", parameters=parameters, returns="list")

    assert list(slots(proposed(rated(1.2, 3, "one"), rated(1.2, 4, "other")))) == ["count"]
    assert "rate is said by no wording" in reason(rated(1.2, 3, "one"), rated(1.3, 4, "other"))
