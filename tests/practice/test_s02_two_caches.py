"""S-02: on new data a cache of answers has nothing, and a cache of procedures has another answer, which is right."""

from __future__ import annotations

import polars as pl

from seglam_magics.words import Question

ASKED = "How many rows of `shops` have `sales` above 10?"


def test_s_02_new_data_is_a_procedure_hit_with_another_right_answer(models, reasoners):
    model = models("a")
    reasoner = reasoners(model.name)
    march = pl.DataFrame({"sales": [4.0, 12.0, 30.0]})
    april = pl.DataFrame({"sales": [11.0, 12.0, 13.0, 2.0]})
    answers = {}  # what a cache of answers is: the question and the data, and what was said

    def ask(frame: pl.DataFrame) -> bool:
        key = (ASKED, frame.write_json())
        known = key in answers
        answer = reasoner.ask(Question(ASKED, {"shops": frame}))
        assert answer.value == sum(value > 10 for value in frame["sales"])
        assert answer.hit == bool(answers)
        answers[key] = answer.value
        return known

    assert [ask(march), ask(march), ask(april)] == [False, True, False]
    assert sorted(answers.values()) == [2, 3]
    assert model.calls == 1
