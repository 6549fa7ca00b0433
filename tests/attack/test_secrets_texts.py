"""What redaction promises of single texts, questions, errors and events; the session as a whole is in another file."""

from __future__ import annotations

import base64
import importlib.util
import json
import logging
import os
import traceback
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seglam_magics.errors import SeglamError
from seglam_magics.notebook.display import AnswerView
from seglam_magics.notebook.wording import brief, one_line
from seglam_magics.reasoner import Reasoner, open_reasoner
from seglam_magics.settings import Seglam
from seglam_magics.store import FolderLog, MemoryLog
from seglam_magics.trust import hide, redact, redacted
from seglam_magics.words import Question

KEY = "sk-live-0123456789abcdefghij"
SHAPES = [
    KEY,
    "sk-ant-api03-abcdefghijkl",
    "AKIAIOSFODNN7EXAMPLE",
    "ghp_0123456789abcdefghijABCDEFGHIJ012345",
    "github_pat_11ABCDEFG0123456789abcdef",
    "xoxb-1234567890-abc",
    "AIzaSyA1234567890abcdefghijklmnopqrstu",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
    "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----",
    "-----BEGIN OPENSSH PRIVATE KEY-----\nMIIE, cut off",
]
INNOCENT = [
    "What is the mean of `bill_length_mm` by species?",
    "Which task-management-and-planning items are at risk-adjusted-return-ratio?",
    "rows of 550e8400-e29b-41d4-a716-446655440000",
    "see https://example.org/page?tab=2#key and mailto:me@example.org, http://localhost:8888/lab ...",
    "average_temperature_per_month_2023_celsius_by_station",
    "Сколько строк в `таблица`, где токен не пуст?",
    "the eyJ prefix, sk-learn, AKIA, xox, ghp_ and AIza are only prefixes",
    "/home/user/project/data/quarterly_reports_2024/part_0001/file",
]


@pytest.mark.parametrize("secret", SHAPES)
def test_a_shape_is_found_in_any_text(secret: str) -> None:
    for text in (secret, f"({secret})", f"is '{secret}' it?", f"key={secret}"):
        assert secret not in redact(text)
        assert secret not in hide(text).text
        assert "‹secret:" in redact(text)


@pytest.mark.parametrize("text", INNOCENT)
def test_what_is_no_secret_stays(text: str) -> None:
    assert redact(text) == text
    assert hide(text) == hide(text).__class__(text)


VALUES = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=8, max_size=60).filter(
    lambda value: not value.isspace() and "secret" not in value and "TEST_TOKEN" not in value and "‹" not in value
)


@given(VALUES, st.text(max_size=20), st.text(max_size=20))
def test_a_value_of_the_environment_is_found_in_every_form(value: str, before: str, after: str) -> None:
    os.environ["TEST_TOKEN"] = value
    try:
        raw = value.encode()
        for form in (value, quote(value), quote(value, safe=""), repr(value)[1:-1], json.dumps(value)[1:-1]):
            assert form not in redact(f"{before} {form} {after}")
        for shift in range(3):
            coded = base64.b64encode(b"u:@"[:shift] + raw + after.encode()).decode()
            core = base64.b64encode(b"u:@"[:shift] + raw).decode()[(0, 2, 3)[shift] : (shift + len(raw)) * 8 // 6]
            assert core not in redact(coded)
    finally:
        del os.environ["TEST_TOKEN"]


@given(st.text(max_size=200), st.sampled_from([*SHAPES, "https://a:bcdefghijk@h/?key=abcdefghij", "Bearer abcdefghij"]))
def test_twice_is_once(text: str, secret: str) -> None:
    for mixed in (text, text + secret, secret + text, f"{text} {secret} {text}"):
        once = redact(mixed)
        assert redact(once) == once
        assert hide(once).text == once
        assert json.loads(json.dumps(redacted({mixed: [mixed]}))) == {once: [once]}


def test_a_question_keeps_its_secrets_apart_and_by_name() -> None:
    one, other = hide(f"rows with {KEY}"), hide(f"rows with {KEY}x")
    assert one.text != other.text
    assert hide(f"rows with {KEY}") == one
    assert list(one.found.values()) == [KEY]


def test_a_long_random_text_is_known_once_it_was_asked_with(monkeypatch: pytest.MonkeyPatch) -> None:
    token = "q8Zr2Lk7Vb4Rt9Hn3Wc6Yd1Ms5Gp0JxTe"
    assert redact(token) == token
    assert token not in hide(f"rows with {token}").text
    assert token not in redact(f"KeyError: {token!r}")
    assert hide("total of wJ7r8XUt9nFE0MIK7MDE4NGb3PxR2fiCY", {"wJ7r8XUt9nFE0MIK7MDE4NGb3PxR2fiCY"}).found == {}


def test_settings_and_names_of_keys_are_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEGLAM_KEY_NAME", "COMPANY_MODEL_KEY")
    monkeypatch.setenv("WHICH_KEY", "COMPANY_MODEL_KEY")
    monkeypatch.setenv("COMPANY_MODEL_KEY", "company-0123456789")
    assert redact("COMPANY_MODEL_KEY is company-0123456789") == "COMPANY_MODEL_KEY is ‹secret:COMPANY_MODEL_KEY›"


def test_a_variable_that_is_set_later_counts_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    assert redact("late-0123456789") == "late-0123456789"
    monkeypatch.setenv("LATE_SECRET", "late-0123456789")
    assert redact("late-0123456789") == "‹secret:LATE_SECRET›"
    monkeypatch.delenv("LATE_SECRET")
    assert redact("late-0123456789") == "late-0123456789"


def test_nothing_is_left_where_a_display_cuts_a_value(monkeypatch: pytest.MonkeyPatch) -> None:
    secret = "Zr9Xk4Lp8Vt3Nw6Bd" * 8
    monkeypatch.setenv("LONG_TOKEN", secret)
    libraries = [name for name in ("pandas", "polars") if importlib.util.find_spec(name)]
    frames = [importlib.import_module(name).DataFrame({"a": [secret]}) for name in libraries]
    shown = [brief(secret), brief([secret]), brief({"k": secret}), one_line("x " + secret), *map(repr, frames)]
    shown += [frame._repr_html_() for frame in frames]
    assert not any(secret[:16] in redact(text) or secret[-16:] in redact(text) for text in shown)


BEGINNINGS = ["eyJ", "sk-", "://a:", "://a:b", "-----BEGIN ", "?key=", "a1B", "Bearer ", "ghp_", "@:/"]


@pytest.mark.parametrize("evil", BEGINNINGS)
def test_no_text_takes_long(evil: str) -> None:
    """20,000 characters of beginnings; a pattern that tries every end from every beginning would take minutes."""
    text = evil * (20_000 // len(evil))
    hide(text)
    redact(text + "\n" + text)


@pytest.mark.parametrize("kind", ["memory", "folder"])
def test_no_event_holds_one_whoever_appends_it(kind: str, tmp_path: Any) -> None:
    """A slot may be bound to the spelling of a cell, which no question held."""
    log: Any = MemoryLog() if kind == "memory" else FolderLog(tmp_path / "store")
    data = {"slots": {"name": KEY, KEY: [KEY]}, "question": f"'{KEY}'"}
    log.append("hit", data)
    event = log.append("alias", {"name": "f", "text": KEY}, durable=True)
    put = log.put("f", 0, {"name": "f", "number": 1, "proc_id": "ab", "source": f"def f(): return {KEY!r}"})
    assert not any(KEY in str(e.data) for e in (event, put, *log.snapshot()))
    assert data["slots"]["name"] == KEY  # what was given is not changed
    log.close()
    assert not any(KEY.encode() in p.read_bytes() for p in tmp_path.rglob("*") if p.is_file())


# ---------------------------------------------------------------- on the way of a question


@pytest.fixture
def reasoner(provider: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Reasoner]:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-own-0123456789abcdef")
    settings = Seglam(model="openai/any", api_base=provider.base, store=str(tmp_path / "store"), cases=10, timeout=20.0)
    one = open_reasoner(settings)
    yield one
    one.close()


def test_a33_a_key_in_a_question_is_warned_of_and_nowhere_afterwards(
    reasoner: Reasoner, provider: Any, tmp_path: Any
) -> None:
    question = Question(f"What is the total of `numbers` with {KEY}?", {"numbers": [1, 2, 3]})
    for hit in (False, True):
        answer = reasoner.ask(question)
        assert (answer.value, answer.hit) == (6, hit)
        assert any("W-SECRET-REDACTED" in note for note in answer.notes)
        assert KEY not in repr(AnswerView(answer))
        assert KEY not in answer.question
    assert not any(KEY in trace.question or KEY in trace.reading.text for trace in reasoner.recent())
    reasoner.view().query("log", limit=10)
    everything = [p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()] + provider.bodies
    assert not any(KEY.encode() in data for data in everything)


@pytest.mark.parametrize("quoted", ["'{}'", '"{}"'])
def test_a_secret_is_a_value_of_the_run_and_of_nothing_that_is_kept(
    quoted: str, reasoner: Reasoner, provider: Any, tmp_path: Any
) -> None:
    """It answers right though the model never saw it, another secret is another question, and no event has either."""
    from sys import modules

    tools: Any = modules[next(n for n in modules if n.endswith("attack.conftest"))]
    provider.says = lambda asked: tools.equal(asked, asked[asked.index("‹") : asked.index("›") + 1])
    names = [KEY, "b", KEY, KEY + "2"]
    seen = []
    for secret in (KEY, KEY + "2", "sk-nobody-0123456789abcdef", KEY):
        text = f"How many of `names` are equal to {quoted.format(secret)}?"
        seen.append(reasoner.ask(Question(text, {"names": names})))
    assert [answer.value for answer in seen] == [2, 1, 0, 2]
    assert [answer.hit for answer in seen][:2] == [False, True]
    assert seen[-1].hit
    reasoner.view().query("log", limit=10)
    kept = [p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()] + provider.bodies
    assert not any(b"sk-live" in data or b"sk-nobody" in data for data in kept)
    bundle = AnswerView(seen[0])._repr_mimebundle_()
    assert "sk-live" not in json.dumps(bundle)


def test_a34_an_error_of_the_provider_leaves_no_key_in_any_frame(reasoner: Reasoner, provider: Any) -> None:
    own, foreign = "sk-own-0123456789abcdef", "AIzaSyA1234567890abcdefghijklmn"
    body = json.dumps({"error": {"message": f"https://host/?key={foreign} and {own} failed"}}).encode()
    for status in (400, 401, 429, 500, 503):
        provider.says = lambda _question, status=status: (status, "application/json", body)
        with pytest.raises(SeglamError) as caught:
            reasoner.ask(Question("What is the total of `numbers`?", {"numbers": [1]}))
        for error in chain(caught.value):
            text = "".join(traceback.format_exception(error))
            frames = [str(frame.f_locals) for frame, _ in traceback.walk_tb(error.__traceback__) if ours(frame)]
            assert not any(own in said or foreign in said for said in [text, str(error), *frames])


def ours(frame: Any) -> bool:
    return "seglam_magics" in frame.f_code.co_filename


def chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def test_callbacks_of_others_hear_nothing_of_ours(reasoner: Reasoner, monkeypatch: pytest.MonkeyPatch) -> None:
    import litellm

    heard: list[Any] = []
    monkeypatch.setattr(litellm, "success_callback", [lambda *args: heard.append(args)])
    monkeypatch.setattr(litellm, "failure_callback", [lambda *args: heard.append(args)])
    reasoner.ask(Question("What is the total of `numbers`?", {"numbers": [1, 2, 3]}))
    assert heard == []


def test_a_log_record_of_a_client_is_clean(reasoner: Reasoner, caplog: pytest.LogCaptureFixture) -> None:
    reasoner.ask(Question("What is the total of `numbers`?", {"numbers": [1, 2, 3]}))
    with caplog.at_level(logging.INFO, "httpx"):
        logging.getLogger("httpx").info("POST %s", "http://host/?key=AIzaSyA1234567890abcdefghijklmn")
    assert "AIza" not in caplog.text


def test_a_key_given_as_a_model_is_not_sent(reasoner: Reasoner, provider: Any) -> None:
    reasoner.settings.model = f"openai/{KEY}"
    with pytest.raises(SeglamError, match="E-MODEL-UNKNOWN") as caught:
        reasoner.ask(Question("What is the total of `numbers`?", {"numbers": [1]}))
    assert KEY not in str(caught.value)
    assert provider.bodies == []


def test_code_that_holds_a_key_is_sent_back_once_and_not_kept(reasoner: Reasoner, provider: Any) -> None:
    from sys import modules

    tools: Any = modules[next(n for n in modules if n.endswith("attack.conftest"))]
    code = f"def total_of(*, numbers):\n    key = {KEY!r}\n    return sum(numbers)\n"
    provider.says = lambda question: tools.total(question, code=code)
    with pytest.raises(SeglamError, match="E-LLM-FORMAT"):
        reasoner.ask(Question("What is the total of `numbers`?", {"numbers": [1]}))
    assert len(provider.bodies) == 2
    assert not any(KEY.encode() in body for body in provider.bodies)
    assert reasoner.library.names() == ()
