"""S-03: another model is one setting, and what one model wrote answers under the other."""

from __future__ import annotations

import polars as pl
import pytest

from seglam_magics.errors import SeglamError
from seglam_magics.words import Options, Question

ASKED = "How many rows of `shops` have `sales` above 10?"
SHOPS = {"shops": pl.DataFrame({"sales": [4.0, 12.0, 30.0]})}


def test_s_03_a_procedure_of_one_model_hits_under_another(models, reasoners):
    first, second = models("first"), models("second")
    reasoner = reasoners(first.name)
    assert not reasoner.ask(Question(ASKED, SHOPS)).hit
    reasoner.settings.model = second.name
    answer = reasoner.ask(Question(ASKED.replace("10", "20"), SHOPS))
    assert (answer.hit, answer.value, answer.revision.model) == (True, 1, first.name)
    assert (first.calls, second.calls) == (1, 0)
    other = reasoner.ask(Question("What do `xs` add up to?", {"xs": [1, 2, 3]}))
    assert (other.hit, other.value, other.revision.model) == (False, 6, second.name)
    assert (first.calls, second.calls) == (1, 1)


def test_a_procedure_hits_after_a_restart_under_another_model_and_under_none(models, reasoners):
    first, second = models("first"), models("second")
    reasoners(first.name).ask(Question(ASKED, SHOPS))
    assert reasoners(second.name).ask(Question(ASKED, SHOPS)).hit
    without = reasoners("")
    assert without.ask(Question(ASKED, SHOPS)).hit
    with pytest.raises(SeglamError, match="E-MODEL-UNSET"):
        without.ask(Question("What do `xs` add up to?", {"xs": [1]}))
    assert (first.calls, second.calls) == (1, 0)


def test_one_question_can_ask_another_model(models, reasoners):
    first, second = models("first"), models("second")
    answer = reasoners(first.name).ask(Question(ASKED, SHOPS, options=Options(model=second.name)))
    assert answer.revision.model == second.name
    assert (first.calls, second.calls) == (0, 1)
