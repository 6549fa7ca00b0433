"""Whatever a model or its server does: one sentence, a code, nothing stored, at most one repair call."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from seglam_magics import scripted
from seglam_magics.errors import SeglamError
from seglam_magics.reasoner import Reasoner, open_reasoner
from seglam_magics.settings import Seglam
from seglam_magics.words import Options, Question

FAULTS = Path(__file__).parent.parent / "scripted" / "faults"
CASES = [
    ("in prose", "E-LLM-FORMAT", 2),
    ("cut short", "E-LLM-FORMAT", 2),
    ("at great length", "E-LLM-FORMAT", 1),
    ("in another form", "E-LLM-FORMAT", 2),
    ("that does not verify", "E-VERIFY", 2),
    ("without a key", "E-MODEL-KEY", 1),
    ("too often", "E-MODEL-LIMIT", 1),
    ("from a broken server", "E-MODEL-FAILED", 1),
    ("from a proxy", "E-MODEL-FAILED", 1),
    ("over a bad line", "E-MODEL-DOWN", 1),
    ("of a kind nobody recorded", "E-SCRIPTED-UNKNOWN", 1),
]


@pytest.fixture
def reasoner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Reasoner]:
    monkeypatch.setenv("SEGLAM_CONFIG_DIR", str(tmp_path / "config"))
    scripted.stop(str(FAULTS))
    one = open_reasoner(Seglam(model=f"scripted/{FAULTS}", store=str(tmp_path / "store"), cases=25, timeout=20.0))
    yield one
    one.close()
    scripted.stop(str(FAULTS))


def calls() -> int:
    base = scripted.start(str(FAULTS)).removesuffix("/v1")
    with urllib.request.urlopen(f"{base}/calls") as reply:
        return int(json.load(reply)["calls"])


@pytest.mark.parametrize(("how", "code", "most"), CASES)
def test_a_fault_is_one_sentence_and_nothing_is_stored(reasoner: Reasoner, how: str, code: str, most: int) -> None:
    space = {"numbers": [1, 2, 3]}
    with pytest.raises(SeglamError) as caught:
        reasoner.ask(Question(f"What is the total of `numbers` {how}?", space))
    shown = str(caught.value).splitlines()
    assert caught.value.code in (code, "E-MODEL-DOWN" if code == "E-MODEL-FAILED" else code)
    assert len(shown) == 2
    assert len(shown[0]) < 400
    assert calls() <= most
    assert reasoner.library.names() == ()
    assert space == {"numbers": [1, 2, 3]}
    assert all(e.kind != "revision" for e in reasoner.log.snapshot())


def test_a_stalled_server_is_left_at_the_deadline(reasoner: Reasoner) -> None:
    options = Options(seconds=1.0)
    with pytest.raises(SeglamError, match="E-BUDGET-THINKING") as caught:
        reasoner.ask(Question("What is the total of `numbers` that never ends?", {"numbers": [1]}, options=options))
    assert "1 s are used up" in caught.value.says
    assert "%seglam resume r" in caught.value.hint


def test_one_repair_turn_mends_what_did_not_verify(reasoner: Reasoner) -> None:
    answer = reasoner.ask(Question("What is the total of `numbers` after a repair?", {"numbers": [1, 2, 3]}))
    assert (answer.value, answer.usage.calls, calls()) == (6, 2, 2)


def test_a_server_that_is_not_there(reasoner: Reasoner) -> None:
    reasoner.settings.api_base = "http://127.0.0.1:9/v1"
    reasoner.settings.model = "openai/any"
    with pytest.raises(SeglamError, match="E-MODEL-DOWN"):
        reasoner.ask(Question("What is the total of `numbers`?", {"numbers": [1]}))


@pytest.mark.parametrize(
    ("model", "code"),
    [("", "E-MODEL-UNSET"), ("nonsense/model", "E-MODEL-UNKNOWN"), ("anthropic/claude-sonnet-4-5", "E-MODEL-NOKEY")],
)
def test_a_model_that_cannot_be_asked(
    reasoner: Reasoner, model: str, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    reasoner.settings.model = model
    with pytest.raises(SeglamError, match=code):
        reasoner.ask(Question("What is the total of `numbers`?", {"numbers": [1]}))


def test_a_budget_is_kept_before_anything_is_sent(reasoner: Reasoner) -> None:
    question = "What is the total of `numbers` in prose?"
    for options in (Options(tokens=10), Options(usd=0.01, model="openai/unknown-model")):
        with pytest.raises(SeglamError, match="E-BUDGET"):
            reasoner.ask(Question(question, {"numbers": [1]}, options=options))
    assert calls() == 0


def test_a_key_in_an_error_is_not_shown(reasoner: Reasoner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-sentinel-0123456789abcdef")
    reasoner.settings.model = "openai/sk-sentinel-0123456789abcdef"
    reasoner.settings.api_base = scripted.start(str(FAULTS))
    with pytest.raises(SeglamError) as caught:
        reasoner.ask(Question("What is the total of `numbers` without a key?", {"numbers": [1]}))
    assert "sentinel" not in str(caught.value)


def test_a_proxy_of_the_environment_does_not_stand_before_this_machine(
    reasoner: Reasoner, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    question = Question("What is the total of `numbers` after a repair?", {"numbers": [1, 2, 3]})
    assert reasoner.ask(question).value == 6
