"""S-10: what is sent begins with the same bytes whatever is asked, so that a cache of prompts can keep it."""

from __future__ import annotations

import json
from types import SimpleNamespace

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seglam_magics.cli.group import answered
from seglam_magics.cli.office import Office
from seglam_magics.compiler.streams import _cached
from seglam_magics.notebook.status import status_line
from seglam_magics.store.sql import select
from seglam_magics.words import Options, Question

MODES = ("quick", "careful", "critic")


def prefix(request: dict) -> bytes:
    """What comes before the question: all messages but the last, and what else the request says."""
    *before, last = request["messages"]
    assert last["role"] == "user"
    rest = {name: value for name, value in request.items() if name not in {"messages", "model"}}
    return json.dumps([before, rest], ensure_ascii=False).encode()


def test_s_10_two_questions_share_every_byte_before_the_question(models, reasoners):
    model = models("a")
    reasoner = reasoners(model.name)
    reasoner.ask(Question("How many rows of `shops` have `sales` above 10?", {"shops": pl.DataFrame({"sales": [4.0]})}))
    one = model.last
    reasoner.ask(Question("What do `xs` add up to?", {"xs": [1, 2]}))
    other = model.last
    assert model.calls == 2
    assert one["messages"][0]["role"] == "system"
    assert len(prefix(one)) > 2000
    assert prefix(one) == prefix(other)
    assert one["messages"][-1] != other["messages"][-1]


@pytest.mark.parametrize("mode", MODES)
def test_s_10_a_mode_leaves_the_prefix_as_it_is(models, reasoners, mode):
    model = models("a")
    reasoner = reasoners(model.name)
    payloads = [
        json.loads(
            reasoner.preview(Question("What do `xs` add up to?", {"xs": [1]}, options=Options(mode=one))).payload
        )
        for one in ("careful", mode)
    ]
    assert payloads[0]["messages"][0] == payloads[1]["messages"][0]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(exclude_categories=("Cs", "Cc", "Cf")), min_size=1, max_size=60))
def test_s_10_nothing_in_a_question_reaches_the_prefix(reasoners, text):
    reasoner = reasoners("scripted/demo")
    asked = f"What do `xs` add up to, {text}?"
    sent = json.loads(reasoner.preview(Question(asked, {"xs": [1, 2]})).payload)
    usual = json.loads(reasoner.preview(Question("What do `xs` add up to?", {"xs": [1, 2]})).payload)
    assert sent["messages"][:-1] == usual["messages"][:-1]


# ---------------------------------------------------------------- what the provider had in its cache

ASKED = "What do `xs` add up to?"
LISTS = {"xs": [1, 2]}
CACHED = {"prompt_tokens": 2000, "completion_tokens": 100, "cached_tokens": 1500}


def test_s_10_what_the_provider_had_in_its_cache_is_shown_and_kept(models, reasoners):
    reasoner = reasoners(models("a", usage=CACHED).name)
    answer = reasoner.ask(Question(ASKED, LISTS))
    assert (answer.usage.tokens_in, answer.usage.tokens_cached) == (2000, 1500)
    assert "2,000 in (1,500 cached) / 100 out" in status_line(answer)
    hit = reasoner.ask(Question(ASKED, LISTS))
    assert (hit.hit, hit.usage.tokens_cached, hit.saved.tokens_cached) == (True, 0, 1500)
    said = answered("why result", Office(lambda: reasoner, reasoner.settings, names={"result": answer}))
    assert "2,000 in (1,500 cached) / 100 out" in said.text
    assert said.data["lineage"]["run"]["tokens_cached"] == 1500
    kept = select(reasoner.view(), "select purpose, tokens_in, tokens_cached from runs").frame
    assert kept.rows() == [("compile", 2000, 1500)]


def test_s_10_where_the_provider_tells_of_no_cache_none_is_shown(models, reasoners):
    plain = {name: count for name, count in CACHED.items() if name != "cached_tokens"}
    answer = reasoners(models("a", usage=plain).name).ask(Question(ASKED, LISTS))
    assert answer.usage.tokens_cached == 0
    assert "2,000 in / 100 out" in status_line(answer)


def test_s_10_what_the_provider_had_in_its_cache_costs_less(models, reasoners, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    plain = {**CACHED, "cached_tokens": 0}
    costs = {}
    for name, usage in (("with", CACHED), ("without", plain)):
        server = models(name, usage=usage)
        reasoner = reasoners("openai/gpt-4o", api_base=server.address)
        answer = reasoner.ask(Question(ASKED, LISTS, options=Options(reuse="fresh")))
        costs[name] = answer.usage.usd
        assert server.calls == 1
    dearer, cheaper = 2.5e-6, 1.25e-6  # dollars a token of this model, as sent and as cached
    assert costs["without"] - costs["with"] == pytest.approx(1500 * (dearer - cheaper))
    assert costs["with"] > 0


def test_s_10_every_request_of_a_compile_counts(models, reasoners):
    server = models("a", stumbles=True, usage=CACHED)
    answer = reasoners(server.name).ask(Question(ASKED, LISTS))
    assert server.calls == 2
    assert (answer.usage.calls, answer.usage.tokens_in, answer.usage.tokens_cached) == (2, 4000, 3000)


@pytest.mark.parametrize(
    ("told", "cached"),
    [
        ({"prompt_tokens": 9, "prompt_tokens_details": SimpleNamespace(cached_tokens=4)}, 4),
        ({"prompt_tokens": 9, "cache_read_input_tokens": 4}, 4),
        ({"prompt_tokens": 9, "prompt_tokens_details": SimpleNamespace(cached_tokens=0)}, 0),
        ({"prompt_tokens": 9, "prompt_tokens_details": SimpleNamespace(cached_tokens=99)}, 9),
        ({"prompt_tokens": 9, "prompt_tokens_details": SimpleNamespace(cached_tokens=None)}, None),
        ({"prompt_tokens": 9, "prompt_tokens_details": SimpleNamespace(cached_tokens=-1)}, None),
        ({"prompt_tokens": 9, "prompt_tokens_details": SimpleNamespace(cached_tokens="4")}, None),
        ({"prompt_tokens": 9, "prompt_tokens_details": None}, None),
    ],
)
def test_s_10_what_a_provider_says_of_its_cache_is_read_and_never_more_than_was_sent(told, cached):
    assert _cached(SimpleNamespace(**told)) == cached
    assert _cached(None) is None
