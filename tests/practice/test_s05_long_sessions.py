"""S-05: a session leaves nothing in what is sent: the 200th question is as short as the first."""

from __future__ import annotations

import polars as pl

from seglam_magics.words import Options, Question

ASKED = "How many rows of `shops` have `sales` above 10?"
FRESH = Options(reuse="fresh")


SOLD = 400  # rows
LATE = "What do `xs` add up to, times {}?"


def times(factor: int) -> dict:
    """The reply of a procedure of its own."""
    return {
        "name": f"total_times_{factor}",
        "parameters": [{"name": "values", "type": "list", "domain": {"items": "int"}, "example": "xs"}],
        "templates": [{"lang": "en", "text": LATE.format(factor).replace("`xs`", "{values}")}],
        "code": f"def total_times_{factor}(*, values):\n    return sum(values) * {factor}\n",
        "returns": "number",
        "examples": [{"arguments": {"values": [1, 2]}, "result": 3 * factor}],
        "properties": [],
    }


def characters(request: dict) -> int:
    return sum(len(message["content"]) for message in request["messages"])


def test_s_05_the_200th_question_sends_what_the_first_did(models, reasoners):
    model = models("a")
    reasoner = reasoners(model.name)
    shops = {"shops": pl.DataFrame({"sales": [float(value) for value in range(SOLD)]})}
    reasoner.ask(Question(ASKED, shops))
    first = characters(model.last)
    for number in range(2, 199):
        answer = reasoner.ask(Question(ASKED.replace("10", str(number)), shops))
        assert answer.hit
        assert answer.value == 399 - number
    reasoner.ask(Question("What do `xs` add up to?", {"xs": [1, 2]}))
    assert model.calls == 2
    reasoner.ask(Question(ASKED, shops, options=FRESH))
    assert model.calls == 3
    assert abs(characters(model.last) - first) <= 0.1 * first
    texts = "".join(message["content"] for message in model.last["messages"])
    assert "add up to" not in texts
    assert "above 57" not in texts


def test_s_05_a_dozen_other_compiles_and_their_repairs_leave_the_request_as_long_as_it_was(models, reasoners):
    factors = range(2, 14)
    model = models("a", {LATE.format(factor): times(factor) for factor in factors}, stumbles=True)
    reasoner = reasoners(model.name)
    sizes = []
    for factor in factors:
        answer = reasoner.ask(Question(LATE.format(factor), {"xs": [1, 2]}, options=FRESH))
        assert (answer.value, answer.usage.calls) == (3 * factor, 2)
        *asked, _stumbled, _told = model.last["messages"]
        sizes.append(sum(len(message["content"]) for message in asked))
    assert model.calls == 2 * len(factors)
    assert max(sizes) - sizes[0] <= 0.1 * sizes[0], sizes
