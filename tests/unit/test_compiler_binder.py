"""Asking a model whether a question is another wording: over real HTTP, and never more than the question says."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seglam_magics.compiler.binder import BindingProposal, asking, order_of, propose, schema_of
from seglam_magics.compiler.binder_checks import Sound, sound
from seglam_magics.compiler.gateway import Target
from seglam_magics.compiler.ledger import Order
from seglam_magics.compiler.request import Task
from seglam_magics.question import read, unify
from seglam_magics.question.templates import compile_template
from seglam_magics.scripted import start, stop
from seglam_magics.settings import Seglam
from seglam_magics.words import (
    Binding,
    Column,
    Options,
    Parameter,
    Question,
    Reading,
    Requirement,
    Revision,
    Template,
    Usage,
    Variable,
)

# litellm warns about its own use of pydantic.
pytestmark = pytest.mark.filterwarnings(
    "ignore:.*ReadOnly.*:UserWarning:pydantic", "ignore::DeprecationWarning:litellm"
)

SALES = Variable(
    "sales", "frame", "pandas", 100, (Column("price", "float"), Column("city", "str"), Column("tax", "float"))
)
Q3 = Variable("q3", "frame", "pandas", 100, (Column("price", "float"),))
TOP = Revision(
    "top",
    2,
    "ab" * 32,
    "def top(frame, *, k, column): pass",
    summary="The largest values of a column.",
    parameters=(
        Parameter("frame", "frame", example="CELL-frame"),
        Parameter("k", "int", "how many", {"min": 1}, 3),
        Parameter("column", "column", domain={"dtype": "number"}, example="CELL-column"),
    ),
    templates=(Template("the {k} largest {column} values of {frame}"), Template("{k} largest {column}")),
    question="the 3 largest CELL-column values of CELL-frame",
)
ASKED = "Kindly name my five record price entries in sales"
SAME = {"frame": "sales", "k": "five", "column": "price"}


def reading(text: str, *variables: Variable) -> Reading:
    return read(text, {v.name: v for v in variables or (SALES,)})


def task(text: str, *variables: Variable) -> Task:
    found = reading(text, *variables)
    return Task(Question(text), found, found.variables)


Scripted = Callable[..., Order]


@pytest.fixture
def scripted(tmp_path: Path):
    """Serve one reply to one question; gives the order that asks for it."""

    def serve(reply: object = None, question: str = ASKED, *, seconds: float = 20.0, **turn: Any) -> Order:
        said = {"raw": reply} if isinstance(reply, str) else {"reply": reply} if reply is not None else {}
        (tmp_path / "one.json").write_text(json.dumps({"question": question, **said, **turn}), encoding="utf-8")
        return Order(Target(f"scripted/{tmp_path}"), seconds=seconds, max_tokens=500)

    yield serve
    stop(str(tmp_path))


def replied(same: bool = True, bindings: Mapping[str, Any] = SAME, why: str = "other words") -> dict[str, Any]:
    return {"same": same, "bindings": dict(bindings), "why": why}


def calls(order: Order) -> dict[str, Any]:
    base = start(order.target.model.removeprefix("scripted/")).removesuffix("/v1")
    with urllib.request.urlopen(f"{base}/calls/last", timeout=10) as response:
        sent: dict[str, Any] = json.load(response)
    return sent


# ---------------------------------------------------------------- what comes of it


def test_bindings_of_the_question_become_a_proposal_with_a_wording(scripted: Scripted) -> None:
    used: list[Usage] = []
    found = propose(task(ASKED), TOP, scripted(replied()), spend=used.append)
    assert found is not None
    assert (found.verdict, found.why, found.revision) == ("same", "other words", TOP)
    assert {n: b.value for n, b in found.bindings.items()} == {"frame": "sales", "k": 5, "column": "price"}
    assert found.template == Template("Kindly name my {k} record {column} entries in {frame}")
    assert used == [found.usage]
    assert (found.usage.calls, found.usage.usd) == (1, 0.0)


def test_the_wording_gives_the_question_back_and_serves_others(scripted: Scripted) -> None:
    found = propose(task(ASKED), TOP, scripted(replied()))
    assert found is not None
    assert found.template is not None
    compiled = compile_template(found.template, TOP.parameters)
    assert unify(compiled, reading(ASKED)) == found.bindings
    other = unify(compiled, reading("name my 7 record tax entries in sales"))
    assert isinstance(other, dict)
    assert (other["k"].value, other["column"].value) == (7, "tax")


def test_another_question_is_different_and_says_why(scripted: Scripted) -> None:
    order = scripted(replied(same=False, bindings=dict.fromkeys(SAME), why="it asks for the smallest"))
    found = propose(task(ASKED), TOP, order)
    assert found is not None
    assert (found.verdict, dict(found.bindings), found.template) == ("different", {}, None)
    assert found.why == "it asks for the smallest"


@pytest.mark.parametrize(
    ("bindings", "why"),
    [
        (SAME | {"k": "seven"}, "stand nowhere"),
        (SAME | {"k": 5}, "stand nowhere"),
        (SAME | {"k": "record"}, "'record' is no whole number"),
        (SAME | {"k": None}, "leaves out k"),
        (SAME | {"column": "weight"}, "no column like 'weight'"),
        (SAME | {"column": "city"}, "no slot holds 'price'"),
        (SAME | {"frame": "q3"}, "no frame called 'q3'"),
        (SAME | {"limit": "five"}, "no slot limit"),
        ({}, "leaves out k"),
    ],
)
def test_what_the_question_does_not_say_is_unsound(scripted: Scripted, bindings, why) -> None:
    found = propose(task(ASKED), TOP, scripted(replied(bindings=bindings)))
    assert found is not None
    assert (found.verdict, dict(found.bindings), found.template) == ("unsound", {}, None)
    assert why in found.why


@pytest.mark.parametrize(
    "reply",
    ["", "no", "[]", '{"same": "yes", "bindings": {}, "why": ""}', '{"bindings": {}}', "{" * 5000, '{"same": true'],
)
def test_a_reply_that_is_none_is_a_plain_miss(scripted: Scripted, reply: str) -> None:
    used: list[Usage] = []
    assert propose(task(ASKED), TOP, scripted(reply), spend=used.append) is None
    assert len(used) == 1


def test_a_fence_around_the_reply_is_forgiven(scripted: Scripted) -> None:
    found = propose(task(ASKED), TOP, scripted(f"```json\n{json.dumps(replied())}\n```"))
    assert found is not None
    assert found.verdict == "same"


@pytest.mark.parametrize(
    "turn",
    [
        {"status": 500, "error": {"message": "broken", "type": "server_error"}},
        {"status": 401, "error": {"message": "key", "type": "invalid_request_error"}},
        {"reply": replied(), "disconnect_after": 1},
        {"reply": replied(), "truncate_after": 10},
    ],
)
def test_a_model_that_fails_is_a_plain_miss(scripted: Scripted, turn: dict[str, Any]) -> None:
    assert propose(task(ASKED), TOP, scripted(**turn)) is None


def test_a_model_that_stalls_is_a_plain_miss_within_its_time(scripted: Scripted) -> None:
    assert propose(task(ASKED), TOP, scripted(replied(), seconds=0.5, stall_after=1)) is None


def test_what_is_over_the_budget_is_not_asked(scripted: Scripted) -> None:
    order = scripted(replied())
    assert propose(task(ASKED), TOP, Order(order.target, seconds=5, tokens=10)) is None


def test_nobody_there_is_a_plain_miss() -> None:
    order = Order(Target("openai/gone", "http://127.0.0.1:9/v1"), seconds=3)
    assert propose(task(ASKED), TOP, order) is None


def test_a_stop_of_the_user_stops_the_question(scripted: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    from seglam_magics.compiler import gateway

    def stopped(*_given: object) -> object:
        raise KeyboardInterrupt

    monkeypatch.setattr(gateway, "open_stream", stopped)
    with pytest.raises(KeyboardInterrupt):
        propose(task(ASKED), TOP, scripted(replied()))


# ---------------------------------------------------------------- what is sent


def test_one_cheap_call_is_made_with_a_strict_schema(scripted: Scripted) -> None:
    order = scripted(replied())
    propose(task(ASKED), TOP, order)
    sent = calls(order)
    form = sent["response_format"]["json_schema"]
    assert (form["name"], form["strict"], form["schema"]) == ("binding", True, schema_of(TOP.parameters))
    assert sent["max_tokens"] == 500


def test_no_value_of_a_cell_no_example_and_no_source_is_sent() -> None:
    odd = Parameter("city", "str", domain={"column": "city", "values": ["CELL-a"], "min": 2}, example="CELL-b")
    revision = Revision(
        "f", 1, "ab", "def f(): CELL-source", parameters=(odd, *TOP.parameters), templates=TOP.templates
    )
    known = {"city": Binding("city", "CELL-c", shown="Kindly"), "k": Binding("k", "CELL-d", shown="CELL-e")}
    request = asking(task(ASKED), revision, known, None)
    text = json.dumps([dict(m) for m in request.messages])
    assert "CELL" not in text
    assert "Kindly" in text.partition("read already")[2]


def test_the_words_of_a_choice_are_sent_because_they_are_its_slot() -> None:
    how = Parameter("how", "choice", domain={"values": ["left", "inner"]})
    request = asking(task(ASKED), Revision("f", 1, "ab", "", parameters=(how,)), {}, None)
    assert "inner" in request.messages[1]["content"]


def test_a_secret_in_the_question_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DB_PASSWORD", "hunter2hunter2")
    request = asking(task("the five hunter2hunter2 of sales"), TOP, {}, None)
    assert "hunter2hunter2" not in str(request.messages)


# ---------------------------------------------------------------- what is in the question


def checked(text: str, said: Mapping[str, str | None], *variables: Variable, revision: Revision = TOP) -> Any:
    return sound(said, reading(text, *variables), revision, {})


@pytest.mark.parametrize(
    ("text", "said", "left"),
    [
        ("five record price entries in sales since 2024", SAME, "2024"),
        ("five record price entries in sales for two weeks", SAME, "two"),
        ('five record price entries in sales for "Oslo"', SAME, "oslo"),
        ("five record price entries in sales by city", SAME, "city"),
        ("five record price entries in sales without tax", SAME, "tax"),
    ],
)
def test_what_no_slot_holds_is_noticed(text, said, left) -> None:
    assert checked(text, said) == f"no slot holds {left!r}"


def test_a_column_in_other_words_is_bound_and_makes_no_wording() -> None:
    found = checked("five record takings in sales", SAME)
    assert isinstance(found, Sound)
    assert (found.bindings["column"].value, found.bindings["column"].source) == ("price", "given")
    assert found.template is None


def test_which_frame_is_never_guessed() -> None:
    assert checked("five record price entries", SAME, SALES, Q3) == "the question does not say that it is about sales"
    assert isinstance(checked("five record price entries", SAME, SALES), Sound)
    assert isinstance(checked("five record price entries", SAME | {"frame": None}, SALES), Sound)
    assert isinstance(checked("five record price entries in sales", SAME, SALES, Q3), Sound)
    assert "which frame" in checked("five record price entries", SAME | {"frame": None}, SALES, Q3)


def test_two_slots_do_not_share_their_words() -> None:
    names = ("low", "high")
    between = Revision(
        "between",
        1,
        "ab",
        "",
        parameters=tuple(Parameter(n, "int", example=n_) for n, n_ in zip(names, (1, 9), strict=True)),
        templates=(Template("values between {low} and {high}"),),
    )
    assert "in common" in checked("entries around 5", {"low": "5", "high": "5"}, revision=between)
    assert "two places" in checked("entries from 5 up to 5", {"low": "5", "high": "5"}, revision=between)
    found = checked("entries from 5 up to 7", {"low": "5", "high": "7"}, revision=between)
    assert {n: b.value for n, b in found.bindings.items()} == {"low": 5, "high": 7}


def test_what_was_read_already_is_not_said_otherwise() -> None:
    found = reading("five record price or 7 tax entries in sales")
    known = {"k": Binding("k", 7, shown="7")}
    assert sound(SAME, found, TOP, known) == "k was read as '7'"


def test_columns_the_source_names_may_be_said_in_words() -> None:
    fixed = Revision(
        "dear",
        1,
        "ab",
        "",
        parameters=(Parameter("frame", "frame", example="sales"),),
        templates=(Template("highest price in {frame}"),),
        requires=(Requirement("frame", {"price": "float", "tax": "float"}),),
    )
    assert isinstance(checked("record price with tax in sales", {"frame": "sales"}, revision=fixed), Sound)
    assert "city" in checked("record price per city in sales", {"frame": "sales"}, revision=fixed)


def texts(said: str) -> st.SearchStrategy[str | None]:
    return st.sampled_from(said.split("|")) | st.text("5abk {}`.", max_size=4) | st.none()


@given(
    st.fixed_dictionaries(
        {"k": texts("five|five|7|record"), "column": texts("price|`price`|tax|city"), "frame": texts("sales|q3")},
        optional={"x": texts("five")},
    )
)
def test_whatever_a_model_says_bindings_come_from_the_question(said) -> None:
    text = "five record price entries in sales"
    found = checked(text, said, SALES, Q3)
    if isinstance(found, str):
        assert found
        return
    assert found.bindings["k"].value == 5
    assert found.bindings["frame"].value == "sales"
    assert found.bindings["column"].value == "price"


# ---------------------------------------------------------------- whether it is asked


def test_it_is_off_unless_it_is_wanted_and_there_is_a_model() -> None:
    wanted = Seglam(model="scripted/demo", binder="model", timeout=3.0, budget_usd=0.01)
    order = order_of(wanted)
    assert order is not None
    assert (order.target.model, order.seconds, order.usd) == ("scripted/demo", 3.0, 0.01)
    assert order_of(Seglam(model="scripted/demo")) is None
    assert order_of(Seglam(binder="model")) is None


def test_what_the_question_may_cost_holds_for_asking_too() -> None:
    smaller = Seglam(model="openai/large", binder="model", binder_model="openai/small", budget_usd=1.0)
    order = order_of(smaller, Options(seconds=2.0, usd=0.5, tokens=100, model="openai/other"))
    assert order is not None
    assert (order.target.model, order.seconds, order.usd, order.tokens) == ("openai/small", 2.0, 0.5, 100)
    chosen = order_of(Seglam(model="openai/large", binder="model"), Options(model="openai/other"))
    assert chosen is not None
    assert (chosen.target.model, chosen.seconds) == ("openai/other", 10.0)


def test_a_proposal_cannot_be_changed() -> None:
    proposal = BindingProposal(TOP, "same", {})
    with pytest.raises(AttributeError):
        proposal.verdict = "different"  # type: ignore[misc]
