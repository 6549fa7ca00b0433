"""S-05: a session leaves nothing in what is sent: the 200th question is as short as the first."""

from __future__ import annotations

import polars as pl

from seglam_magics.words import Options, Question

ASKED = "How many rows of `shops` have `sales` above 10?"
FRESH = Options(reuse="fresh")


def characters(request: dict) -> int:
    return sum(len(message["content"]) for message in request["messages"])


def test_s_05_the_200th_question_sends_what_the_first_did(models, reasoners):
    model = models("a")
    reasoner = reasoners(model.name)
    shops = {"shops": pl.DataFrame({"sales": [float(value) for value in range(400)]})}
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
