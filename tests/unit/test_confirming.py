"""A question that only unknown words keep from a hit: offered to a person, or confirmed by a small model over HTTP."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from seglam_magics import scripted
from seglam_magics.cli import Office, run
from seglam_magics.errors import SeglamError
from seglam_magics.notebook.status import status_line
from seglam_magics.procedure import proc_id
from seglam_magics.reasoner import Reasoner, open_reasoner
from seglam_magics.settings import Seglam
from seglam_magics.words import Answer, Options, Parameter, Question, Requirement, Revision, Template

# litellm warns about its own use of pydantic.
pytestmark = pytest.mark.filterwarnings(
    "ignore:.*ReadOnly.*:UserWarning:pydantic", "ignore::DeprecationWarning:litellm"
)

FRAME = Parameter("frame", "frame", example="shops")
K = Parameter("k", "int", domain={"min": 1, "max": 100}, example=3)
XS = Parameter("xs", "list", domain={"items": "int"}, example="numbers")
TOWN = Parameter("town", "str", domain={"column": "town"}, example="Riga")
SHOPS = pl.DataFrame({"town": ["Riga", "Oslo", "Riga"], "sales": [5, 15, 25], "rent": [1.0, 2.0, 3.0]})
NUMBERS = [5, 1, 4, 2, 3]


def revision(name: str, body: str, *parameters: Parameter, said: tuple[str, ...], **more: Any) -> Revision:
    names = ", ".join(p.name for p in parameters)
    source = f"def {name}(*, {names}):\n    return {body}\n"
    templates = tuple(Template(text, "ru" if "а" in text else "en") for text in said)
    identity = proc_id(source, parameters, returns="number", templates=templates)
    return Revision(name, 0, identity, source, parameters=parameters, templates=templates, created=1.0, **more)


TOP = revision(
    "top_values",
    "sum(sorted(xs)[-k:])",
    XS,
    K,
    said=("Add the {k} largest positive entries of {xs}", "Сложи {k} наибольших записей из {xs}"),
)
TALL = revision(
    "sales_in",
    "frame.filter(nw.col('town') == town).select(nw.col('sales').sum())",
    FRAME,
    TOWN,
    said=('Give the total sales of all shops in the town "{town}" in {frame}',),
    requires=(Requirement("frame", {"town": "str", "sales": "number"}),),
)
ASKED = "Add the 2 largest positive records of numbers"
SAME = {"same": True, "bindings": {"xs": "numbers", "k": "2"}, "why": "a record is an entry"}
DIFFERENT = {"same": False, "bindings": {"xs": None, "k": None}, "why": "records are no entries"}
COMPILED = {
    "name": "made",
    "summary": "",
    "parameters": [
        {"name": "xs", "type": "list", "domain": {"items": "int"}, "example": "numbers"},
        {"name": "k", "type": "int", "example": 2},
    ],
    "meaning": None,
    "templates": [{"lang": "en", "text": "Add the {k} largest positive records of {xs}"}],
    "synonyms": [],
    "ignorable": [],
    "code": "def made(*, xs, k):\n    return sum(sorted(xs)[-k:]) + 100\n",
    "returns": "number",
    "examples": [{"arguments": {"xs": [1, 2], "k": 1}, "result": 102}],
    "properties": [],
    "effects": [],
    "open_questions": [],
}


class House:
    """A store, the recordings of a model that compiles, and those of a small one that is asked to bind."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.large, self.small = folder, folder / "large", folder / "small"
        self._opened: list[Reasoner] = []
        for place in (self.large, self.small):
            place.mkdir()
        self.replies(self.large, COMPILED)

    def replies(self, place: Path, reply: Any = None, question: str = ASKED, **turn: Any) -> None:
        said = {"raw": reply} if isinstance(reply, str) else {"reply": reply} if reply is not None else {}
        name = f"{len(list(place.iterdir()))}.json"
        (place / name).write_text(json.dumps({"question": question, **said, **turn}), encoding="utf-8")

    def open(self, *revisions: Revision, **settings: Any) -> Reasoner:
        chosen = {"model": f"scripted/{self.large}", "binder_model": f"scripted/{self.small}", "cases": 5, **settings}
        reasoner = open_reasoner(Seglam(store=str(self.folder / "store"), **chosen))
        self._opened.append(reasoner)
        for one in revisions:
            reasoner.catalogue.publish(one)
        return reasoner

    def calls(self, place: Path) -> int:
        with urllib.request.urlopen(f"{scripted.start(str(place)).removesuffix('/v1')}/calls", timeout=10) as reply:
            return int(json.load(reply)["calls"])

    @property
    def called(self) -> tuple[int, int]:
        """How often the small and the large model were called."""
        return self.calls(self.small), self.calls(self.large)

    def close(self) -> None:
        for reasoner in self._opened:
            reasoner.close()
        for place in (self.large, self.small):
            scripted.stop(str(place))


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    one = House(tmp_path)
    yield one
    one.close()


def asked(reasoner: Reasoner, text: str = ASKED, options: Options = Options(), **space: Any) -> Answer:
    return reasoner.ask(Question(text, space or {"numbers": NUMBERS}, options=options))


def missed(reasoner: Reasoner, text: str = ASKED, reuse: Any = "cached", **space: Any) -> SeglamError:
    with pytest.raises(SeglamError) as caught:
        asked(reasoner, text, Options(reuse=reuse), **space)
    return caught.value


def kinds(reasoner: Reasoner) -> list[str]:
    """Kinds of all events but revisions, the oldest first."""
    return [row["kind"] for row in reversed(logged(reasoner)) if row["kind"] != "revision"]


def logged(reasoner: Reasoner) -> list[dict[str, Any]]:
    return reasoner.view().query("log")


def office(reasoner: Reasoner) -> Office:
    return Office(lambda: reasoner, reasoner.settings)


# ---------------------------------------------------------------- offered to a person


def test_a_near_miss_is_offered_where_it_is_compiled_and_no_model_is_asked_to_bind(house: House) -> None:
    reasoner = house.open(TOP)
    answer = asked(reasoner)
    line = "same as top_values with xs=numbers, k=2, but for 'records'? %seglam alias 1"
    assert (answer.hit, answer.notes) == (False, (line,))
    assert status_line(answer).splitlines()[1] == line
    assert house.called == (0, 1)


@pytest.mark.parametrize(("settings", "code"), [({}, "E-MISS"), ({"model": ""}, "E-MODEL-UNSET")])
def test_an_error_of_a_miss_makes_the_offer_in_its_hint(house: House, settings: dict[str, str], code: str) -> None:
    reasoner = house.open(TOP, **settings)
    error = missed(reasoner, reuse="cached" if code == "E-MISS" else "auto")
    assert error.code == code
    assert error.hint.startswith("same as top_values with xs=numbers, k=2, but for 'records'? %seglam alias 1; ")
    assert "'records'" in reasoner.recent()[-1].decision.reason


def test_an_offer_that_is_taken_makes_the_wording_a_hit_until_it_is_taken_back(house: House) -> None:
    reasoner = house.open(TOP, model="")
    missed(reasoner)
    text = run("alias 1", office(reasoner))
    assert "top_values@1 also answers “Add the {k} largest positive records of {xs}”" in text
    again = asked(reasoner)
    other = asked(reasoner, "add the 3 largest positive records of ys", ys=[1, 2, 3, 4])
    assert [(a.hit, a.value, a.decision.tier) for a in (again, other)] == [(True, 9, "template"), (True, 9, "template")]
    run("unalias top_values 1", office(reasoner))
    assert missed(reasoner, "add the 4 largest positive records of numbers").code == "E-MISS"
    assert kinds(reasoner).count("alias") == kinds(reasoner).count("unalias") == 1


def test_the_number_of_an_offer_is_the_number_that_alias_takes_and_why_shows(house: House) -> None:
    others = [
        revision(f"add_{n}", f"{n}", XS, said=(f"Add the largest positive {word} of {{xs}}",))
        for n, word in enumerate(("oddity", "crumb", "pebble"))
    ]
    reasoner = house.open(*others, TOP, model="")
    hint = missed(reasoner).hint
    number = hint.partition("alias ")[2].partition(";")[0]
    candidates = reasoner.recent()[-1].decision.candidates
    assert candidates[int(number) - 1].revision == "top_values@1"
    assert f"{number}. top_values@1" in run("why", office(reasoner))
    assert "top_values@1 also answers" in run(f"alias {number}", office(reasoner))


def test_a_number_means_nothing_in_another_kernel_and_says_why(house: House) -> None:
    missed(house.open(TOP, model=""))
    other = house.open(model="")
    with pytest.raises(SeglamError) as caught:
        run("alias 1", office(other))
    assert "the last miss was asked in another kernel" in caught.value.says
    assert "write alias NAME" in caught.value.hint


def test_russian_is_offered_too(house: House) -> None:
    reasoner = house.open(TOP, model="")
    hint = missed(reasoner, "Сложи 2 наибольших закорючек из numbers").hint
    assert hint.startswith("same as top_values with xs=numbers, k=2, but for 'закорючек'? %seglam alias 1")
    run("alias 1", office(reasoner))
    assert asked(reasoner, "Сложи 3 наибольших закорючек из numbers").value == 12


TWINS = [
    "Add the 2 smallest positive records of numbers",
    "Add the 2 largest negative records of numbers",
    "Add the 2 largest records of numbers that are not positive",
    "Add all but the 2 largest positive records of numbers",
    "Average the 2 largest positive records of numbers",
    "Add the 2 largest positive records of numbers above 3",
    "Add the 2 largest positive records of numbers in kilometers",
    "Add the 2 largest positive monthly records of numbers",
    "Add the 2 largest positive kilogram records of numbers",
    "Add the 2 percent largest positive records of numbers",
    "Add the 2 or 3 largest positive records of numbers",
    "Add the 2 largest distinct positive records of numbers",
    "Add the 2 largest positive records of numbers per group",
    "Add the 2 largest positive records of numbers except Riga",
    "Add the 2nd largest positive records of numbers",
    "Add the largest positive records of numbers",
    "Add the 2 largest positive records without blorp of numbers",
    "Сложи 2 наименьших закорючек из numbers",
    "Сложи 2 наибольших закорючек из numbers в километрах",
    "Сложи не 2 наибольших закорючек из numbers",
    "Сложи 2 наибольших закорючек из numbers кроме Риги",
]


def test_what_the_twins_differ_from_is_asked(house: House) -> None:
    reasoner = house.open(TOP, model="", binder="model")
    house.replies(house.small, SAME)
    assert asked(reasoner).hit
    assert house.calls(house.small) == 1


@pytest.mark.parametrize("text", TWINS)
def test_a_twin_is_never_offered_nor_asked(house: House, text: str) -> None:
    reasoner = house.open(TOP, model="", binder="model")
    house.replies(house.small, SAME, text)
    assert "alias" not in missed(reasoner, text, reuse="auto").hint
    assert house.calls(house.small) == 0
    assert not {"alias", "reject"} & set(kinds(reasoner))


def test_a_word_the_data_hold_is_a_condition_and_not_offered(house: House) -> None:
    reasoner = house.open(TALL, model="")
    line = 'Give the total sales of all stores in the town "Oslo" in shops'
    assert "town='Oslo', but for 'stores'?" in missed(reasoner, line, shops=SHOPS).hint
    assert "alias" not in missed(reasoner, line, shops=SHOPS.with_columns(kind=pl.lit("stores"))).hint
    assert "alias" not in missed(reasoner, line, shops=SHOPS.with_columns(stores=pl.lit(1))).hint


def test_what_the_guards_refuse_is_not_offered(house: House) -> None:
    reasoner = house.open(TALL, TOP, model="")
    line = 'Give the total sales of all stores in the town "{}" in shops'
    assert "alias" not in missed(reasoner, line.format("Pskov"), shops=SHOPS).hint
    assert "alias" not in missed(reasoner, line.format("Riga"), shops=SHOPS.drop("sales")).hint
    assert "alias" not in missed(reasoner, "Add the 200 largest positive records of numbers").hint


# ---------------------------------------------------------------- confirmed by a model


def test_the_same_is_a_hit_that_says_who_confirmed_it_and_an_alias_for_the_next(house: House) -> None:
    house.replies(house.small, SAME)
    reasoner = house.open(TOP, binder="model")
    answer = asked(reasoner)
    assert (answer.hit, answer.value, answer.decision.tier, answer.usage.calls) == (True, 9, "confirmed", 1)
    assert f"confirmed by scripted/{house.small}" in status_line(answer)
    assert "no model" not in status_line(answer)
    assert "a model says it asks the same" in run("why", office(reasoner))
    assert kinds(reasoner) == ["run", "hit", "alias"]
    (alias,) = [event.data for event in reasoner.log.snapshot() if event.kind == "alias"]
    assert (alias["by"], alias["question"]) == ("model", ASKED)
    rows = {row["kind"]: row for row in logged(reasoner)}
    assert (rows["hit"]["tier"], rows["run"]["reason"]) == ("confirmed", "same: a record is an entry")
    (spent,) = reasoner.view().query("savings")
    assert spent["spent_tokens"] == answer.usage.tokens_in + answer.usage.tokens_out
    other = asked(reasoner, "Add the 3 largest positive records of numbers")
    assert (other.hit, other.value, other.decision.tier) == (True, 12, "template")
    assert asked(reasoner).decision.tier == "exact"
    assert house.called == (1, 0)
    run("unalias top_values 1", office(reasoner))
    assert missed(reasoner, "Add the 4 largest positive records of numbers").code == "E-MISS"


def test_rejecting_a_confirmed_hit_takes_its_wording_back(house: House) -> None:
    house.replies(house.small, SAME)
    reasoner = house.open(TOP, binder="model")
    asked(reasoner)
    run("reject", office(reasoner))
    assert missed(reasoner, "Add the 3 largest positive records of numbers").code == "E-MISS"
    assert asked(reasoner).value == 109
    assert house.called == (1, 1)


def test_different_is_kept_and_never_asked_again(house: House) -> None:
    house.replies(house.small, DIFFERENT)
    reasoner = house.open(TOP, binder="model")
    answer = asked(reasoner)
    assert (answer.hit, answer.value, answer.notes, answer.usage.calls) == (False, 109, (), 2)
    assert kinds(reasoner) == ["run", "reject", "miss", "run"]
    (kept,) = [event.data for event in reasoner.log.snapshot() if event.kind == "reject"]
    assert (kept["by"], kept["procedure"], kept["question"]) == ("model", "top_values@1", ASKED)
    assert "the model says it is different: records are no entries" in run("why", office(reasoner))
    reasoner.catalogue.retire("made")
    assert asked(reasoner).value == 109
    assert house.called == (1, 2)
    run("unreject top_values", office(reasoner))
    reasoner.catalogue.retire("made_2" if reasoner.library.head("made_2") else "made")
    asked(reasoner)
    assert house.calls(house.small) == 2


@pytest.mark.parametrize(
    "turn",
    [
        {"reply": {**SAME, "bindings": {"xs": "numbers", "k": "3"}}},
        {"reply": {**SAME, "bindings": {"xs": "numbers", "k": None}}},
        {"reply": {**SAME, "bindings": {"xs": "others", "k": "2"}}},
        {"reply": {**SAME, "bindings": {"xs": "numbers", "k": "records"}}},
        {"raw": "yes, the same"},
        {"raw": "{" * 3_000},
        {"raw": ""},
        {"status": 500, "error": {"error": {"message": "broken"}}},
        {"reply": SAME, "disconnect_after": 1},
        {"reply": SAME, "truncate_after": 10},
    ],
)
def test_what_is_no_sound_reply_is_a_miss_that_is_compiled(house: House, turn: dict[str, Any]) -> None:
    house.replies(house.small, **turn)
    reasoner = house.open(TOP, binder="model")
    answer = asked(reasoner)
    assert (answer.hit, answer.value) == (False, 109)
    assert house.called == (1, 1)
    assert not {"alias", "reject"} & set(kinds(reasoner))
    assert kinds(reasoner)[-2:] == ["miss", "run"]
    assert answer.notes[0].startswith("same as top_values")


def test_a_model_that_stalls_is_left_within_its_time(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seglam_magics.compiler.binder.SECONDS", 0.3)
    house.replies(house.small, SAME, stall_after=1)
    reasoner = house.open(TOP, binder="model")
    assert asked(reasoner).value == 109
    assert kinds(reasoner) == ["failed", "miss", "run"]


def test_what_is_over_budget_is_not_sent(house: House) -> None:
    house.replies(house.small, SAME)
    reasoner = house.open(TOP, binder="model")
    with pytest.raises(SeglamError, match="E-BUDGET"):
        asked(reasoner, options=Options(tokens=5))
    with pytest.raises(SeglamError, match="E-BUDGET"):
        asked(reasoner, options=Options(tokens=400))  # what is left of it after asking
    assert house.called[1] == 0
    unpriced = house.open(
        binder="model", binder_model="openai/nobody-knows-its-price", api_base="http://127.0.0.1:9/v1"
    )
    with pytest.raises(SeglamError):
        asked(unpriced, options=Options(usd=0.01))
    assert "alias" not in kinds(unpriced)


@pytest.mark.parametrize("options", [Options(reuse="cached"), Options(reuse="frozen"), Options(procedure="top_values")])
def test_no_model_is_asked_where_none_may_be(house: House, options: Options) -> None:
    house.replies(house.small, SAME)
    reasoner = house.open(TOP, binder="model")
    with pytest.raises(SeglamError, match="E-MISS"):
        asked(reasoner, options=options)
    assert house.called == (0, 0)


def test_fresh_and_a_dry_run_do_not_ask(house: House) -> None:
    house.replies(house.small, SAME)
    reasoner = house.open(TOP, binder="model")
    assert not reasoner.preview(Question(ASKED, {"numbers": NUMBERS})).decision.hit
    assert house.called == (0, 0)
    assert asked(reasoner, options=Options(reuse="fresh")).value == 109
    assert house.called == (0, 1)


def test_a_store_that_cannot_be_written_spoils_no_confirmed_hit(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.replies(house.small, SAME)
    reasoner = house.open(TOP, binder="model")

    def full(*_given: object, **_named: object) -> object:
        raise SeglamError("E-STORE-WRITE", why="the disk is full")

    monkeypatch.setattr(reasoner.log, "append", full)
    answer = asked(reasoner)
    assert (answer.hit, answer.value) == (True, 9)
    assert any("E-STORE-WRITE" in note for note in answer.notes)


# ---------------------------------------------------------------- vectors


def test_vectors_only_put_in_order_and_are_asked_once_a_text(house: House) -> None:
    many = [
        revision(f"many_{n}", str(n), XS, said=(f"Add the largest positive thing{chr(97 + n)} of {{xs}}",))
        for n in range(12)
    ]
    reasoner = house.open(*many, TOP, model="", embedder=f"scripted/{house.small}")
    error = missed(reasoner, reuse="auto")
    assert "same as top_values" in error.hint
    calls = house.calls(house.small)
    assert calls == 1
    missed(reasoner, reuse="auto")
    assert house.calls(house.small) == calls
    missed(reasoner, "Add the 2 largest positive notes of numbers")  # stored procedures only: nothing is sent
    assert house.calls(house.small) == calls


def test_a_model_of_vectors_that_fails_changes_nothing(house: House) -> None:
    many = [
        revision(f"many_{n}", str(n), XS, said=(f"Add the largest positive thing{chr(97 + n)} of {{xs}}",))
        for n in range(12)
    ]
    reasoner = house.open(*many, TOP, model="", embedder="openai/gone", api_base="http://127.0.0.1:9/v1")
    assert "same as top_values" in missed(reasoner, reuse="auto").hint
