"""S-10: what is sent begins with the same bytes whatever is asked, so that a cache of prompts can keep it."""

from __future__ import annotations

import json

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

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
