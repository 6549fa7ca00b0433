"""The corpus of the matching tests is what it claims to be: real procedures, their own questions, real paraphrases."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from seglam_magics.question import compile_templates
from tests.unit.matching.corpus import LANGUAGES, Ask, asks, procedures
from tests.unit.matching.rules import twins
from tests.unit.matching.world import kernel, question, world

NAMES = sorted(procedures("en"))
ENOUGH = {"en": 200, "ru": 300}


def test_the_corpus_is_large_enough() -> None:
    assert len(NAMES) >= 60
    for lang in LANGUAGES:
        asked = {a.procedure for a in asks(lang)}
        assert len({a.text for a in asks(lang)}) >= ENOUGH[lang]
        assert len(asked) >= 60
        assert asked <= set(NAMES)
    assert sum(len(twins(lang)) for lang in LANGUAGES) >= 2000
    assert all(len({t.origin for t in twins(lang)}) >= 40 for lang in LANGUAGES)


@pytest.mark.parametrize("name", NAMES)
def test_each_procedure_has_usable_wordings_in_both_languages(name: str) -> None:
    revision = procedures("en")[name].revision
    assert all(2 <= sum(t.lang == lang for t in revision.templates) <= 4 for lang in LANGUAGES)
    for lang in LANGUAGES:
        here = procedures(lang)[name].revision
        _, refused = compile_templates(here.templates, here.parameters, question=here.question)
        assert not refused


@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_wording_hits_its_own_procedure(lang: str) -> None:
    here = world(lang)
    wrong = []
    for procedure in procedures(lang).values():
        for text in map(procedure.question, procedure.texts(lang)):
            decision = here.ask(text, *procedure.inputs)
            fault = here.wrong(decision, [Ask(text, procedure.name, procedure.right)])
            if fault or not decision.hit:
                wrong.append(f"{text}: {fault or decision.reason}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_paraphrases_are_no_wordings_with_a_filler(lang: str) -> None:
    known = {p.name: [_shape(text) for text in p.texts(lang)] for p in procedures(lang).values()}
    copies = [a.text for a in asks(lang) if any(shape.fullmatch(_bare(a.text)) for shape in known[a.procedure])]
    assert not copies
    for ask in asks(lang):
        assert set(ask.bindings) == set(procedures(lang)[ask.procedure].slots), ask.text


def _shape(text: str) -> re.Pattern[str]:
    """A wording with anything in its slots."""
    words = _bare(re.sub(r"\{\w+\}", " _ ", text)).split()
    return re.compile(" ".join(r"\S+(?: \S+)*?" if word == "_" else re.escape(word) for word in words))


def _bare(text: str) -> str:
    words = re.sub(r"[^\w-]+", " ", text.casefold())
    return " ".join(w for w in words.split() if w not in ("please", "пожалуйста"))


# ---------------------------------------------------------------- the procedures run


@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_procedure_answers_its_own_question(lang: str, tmp_path: Path) -> None:
    wrong = []
    with contextlib.closing(kernel(lang, tmp_path)) as reasoner:
        for procedure in procedures(lang).values():
            text = procedure.revision.question
            answer = reasoner.ask(question(lang, text, procedure.inputs))
            right = _as_expected(answer.value, procedure.result, procedure.rows)
            if answer.revision.name != procedure.name or not right:
                wrong.append(f"{text}: {answer.procedure} gives {answer.value!r}")
    assert not wrong, "\n".join(wrong)


def _as_expected(value: Any, result: Any, rows: int | None) -> bool:
    if rows is not None:
        return isinstance(value, pl.DataFrame) and value.height == rows
    return bool(value == (pytest.approx(result) if isinstance(result, float) else result))
