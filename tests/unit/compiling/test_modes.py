"""A mode changes what its file says, and nothing else; the first message of a request is the same for all questions."""

from __future__ import annotations

import dataclasses
import json
import threading
from contextlib import closing, suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seglam_magics.asking import understood
from seglam_magics.compiler.gateway import Target, open_stream
from seglam_magics.compiler.modes import Manner, manner, shipped, usual
from seglam_magics.compiler.preview import wire_bytes
from seglam_magics.compiler.request import Before, Task, build
from seglam_magics.errors import SeglamError
from seglam_magics.notebook.arguments import PARSER
from seglam_magics.notebook.options import read_request
from seglam_magics.settings import MODES, Seglam, config_folder, load_settings
from seglam_magics.words import Question

GOLDEN = """\
Question:
What is the total of `xs`?

It may use these variables (names, kinds, dtypes, shapes):
[
 {
  "name": "xs",
  "kind": "list",
  "items": 3
 }
]

Number of properties: {properties}."""
SERVER = Target("openai/qwen", "http://127.0.0.1:9/v1")
PROPERTY = {"name": "p", "claim": "", "code": "def p(run, *, values):\n    assert run(values=values) == sum(values)\n"}


def task(text: str = "What is the total of `xs`?", **names: Any) -> Task:
    asked = understood(Question(text, names or {"xs": [1, 2, 3]}))
    return Task(asked.question, asked.reading, asked.variables)


@pytest.mark.parametrize("name", MODES)
def test_s18_a_mode_changes_exactly_what_its_file_says(name: str) -> None:
    asked = shipped()[name]
    request = build(task(), asked, 1000)
    words = f"\n\n{asked.words}" if asked.words else ""
    assert request.messages[1]["content"] == GOLDEN.replace("{properties}", asked.properties) + words
    base = build(task(), usual(), 1000)
    assert request.messages[0] == base.messages[0]
    assert (request.schema, request.max_tokens, request.effort) == (base.schema, 1000, asked.effort)


def test_s18_the_modes_that_ship_are_what_the_settings_name() -> None:
    assert sorted(shipped()) == sorted(MODES)
    assert {one.effort for one in shipped().values()} <= {"", "low", "medium", "high"}
    assert [name for name, one in shipped().items() if one.critic] == ["critic"]


def test_s18_the_effort_is_on_the_wire() -> None:
    sent, plain = (
        json.loads(wire_bytes(build(task(), shipped()[name], 1000), SERVER)) for name in ("quick", "careful")
    )
    assert sent.pop("reasoning_effort") == "low"
    assert "reasoning_effort" not in plain
    sent.pop("messages")
    plain.pop("messages")
    assert sent == plain


def test_s18_a_server_that_knows_no_effort_is_asked_without_it() -> None:
    asked: list[bool] = []

    class Server(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            asked.append("reasoning_effort" in body)
            told = {"error": {"message": "qwen does not support thinking", "type": "invalid_request_error"}}
            data = json.dumps(told if asked[-1] else {"choices": []}).encode()
            self.send_response(400 if asked[-1] else 200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Server) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        target = Target("openai/qwen", f"http://127.0.0.1:{server.server_port}/v1")
        with closing(open_stream(build(task(), shipped()["quick"], 1000), target, 5.0)) as stream:
            list(stream)
        server.shutdown()
    assert asked == [True, False]


@pytest.mark.parametrize(("name", "requests"), [("quick", 2), ("none", 1), ("most", 4)])
def test_s18_a_mode_says_how_often_a_reply_is_repaired(models: Any, ask: Any, name: str, requests: int) -> None:
    model = models.says("weak", ask.asked, ask.wrong)
    own = {"none": {"rounds": 0}, "most": {"rounds": 3}}
    assert ask.fails(models.open(model=model, modes=own), mode=name).code == "E-VERIFY"
    assert len(models.calls("weak")) == requests


def test_s18_a_mode_is_no_part_of_the_key_but_of_the_provenance(models: Any, ask: Any) -> None:
    model = models.says("model", ask.asked, ask.total)
    reasoner = models.open(model=model)
    assert ask(reasoner, mode="quick").revision.mode == "quick"
    hit = ask(models.open(model=model), mode="careful")
    assert (hit.hit, hit.revision.mode) == (True, "quick")
    assert [event["mode"] for event in ask.events(reasoner, "run")] == ["quick"]


def test_s18_careful_recompiles_what_quick_has_made(models: Any, ask: Any) -> None:
    model = models.says("model", ask.asked, ask.total)
    reasoner = models.open(model=model)
    first = ask(reasoner, mode="quick")
    models.says("model", ask.asked, {**ask.total, "properties": [PROPERTY]})
    for file in sorted((models.folder / "model").glob("r0.json")):
        file.unlink()
    careful = ask(reasoner, mode="careful", reuse="fresh")
    assert (careful.procedure, careful.revision.mode, careful.revision.parent) == (
        "total@2",
        "careful",
        first.revision.proc_id,
    )
    assert "Number of properties: 3 to 5." in models.user("model")
    versions = reasoner.library.versions("total")
    assert [(one.number, one.mode) for one in versions] == [(1, "quick"), (2, "careful")]
    assert models.open().catalogue.known("total@2").mode == "careful"  # as the log has it


@given(st.text(min_size=1, max_size=60), st.sampled_from(MODES))
def test_s10_the_beginning_of_a_request_is_the_same_for_every_question(text: str, name: str) -> None:
    try:
        asked = task(text, xs=[1.0], ключ={"a": 1})
    except SeglamError:
        return
    request = build(asked, shipped()[name], 1000)
    other = build(task(), shipped()["careful"], 1000)
    assert request.messages[0] == other.messages[0]
    assert json.dumps(request.schema) == json.dumps(other.schema)


def test_s10_the_bytes_on_the_wire_begin_alike_up_to_the_question() -> None:
    first, second = (
        wire_bytes(build(one, usual(), 1000), SERVER).decode() for one in (task(), task("How many?", df=[1]))
    )
    common = next(n for n, (a, b) in enumerate(zip(first, second, strict=False)) if a != b)
    assert common > len(json.dumps(build(task(), usual(), 1000).messages[0]["content"], ensure_ascii=False))


def test_a_mode_of_ones_own_has_what_it_does_not_say_from_careful(models: Any, ask: Any) -> None:
    folder = config_folder()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.toml").write_text('mode = "exact"\n[modes.exact]\nwords = "Use fractions, never floats."\n')
    settings = load_settings(models.folder)
    assert settings.mode_names() == (*MODES, "exact")
    made = manner("exact", settings.modes)
    assert (made.words, made.rounds, made.properties) == (
        "Use fractions, never floats.",
        usual().rounds,
        usual().properties,
    )
    model = models.says("model", ask.asked, ask.total)
    assert ask(models.open(model=model, modes=settings.modes), mode="exact").revision.mode == "exact"
    assert models.user("model").endswith("\n\nUse fractions, never floats.")


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({"wrods": "x"}, "wrods"),
        ({"rounds": 9}, "rounds"),
        ({"rounds": "two"}, "rounds"),
        ({"rounds": -1}, "rounds"),
        ({"effort": "huge"}, "effort"),
        ({"critic": "yes"}, "critic"),
        ({"properties": ""}, "properties"),
        ({"words": "x" * 5_000}, "words"),
        ("be quick", "no table"),
        (None, "no table"),
        ([], "no table"),
    ],
)
def test_a_bad_mode_is_one_sentence_with_what_is_wrong(models: Any, ask: Any, table: Any, says: str) -> None:
    model = models.says("model", ask.asked, ask.total)
    error = ask.fails(models.open(model=model, modes={"mine": table}), mode="mine")
    assert error.code == "E-MODE"
    assert says in error.says
    assert len(str(error).splitlines()) == 2
    assert models.calls("model") == []


def test_a_mode_that_ships_is_not_changed_and_one_that_is_not_there_is_named() -> None:
    with pytest.raises(SeglamError, match="ships with seglam"):
        manner("quick", {"quick": {"rounds": 5}})
    with pytest.raises(SeglamError, match="did you mean careful"):
        manner("carefil")
    with pytest.raises(SeglamError, match="--mode cannot be 'carefil', did you mean careful"):
        read_request("--mode carefil how many?", "", PARSER, reuse="auto", mode="careful", modes=Seglam().mode_names())


@given(
    st.dictionaries(st.sampled_from(sorted(Manner.model_fields)), st.none() | st.text() | st.integers() | st.booleans())
)
def test_any_table_is_a_mode_or_an_error_with_a_code(table: dict[str, Any]) -> None:
    with suppress(SeglamError):  # and nothing else
        assert manner("mine", {"mine": table}).name == "mine"


def test_what_is_known_of_a_version_that_is_written_anew_is_sent_and_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_TOKEN", "shop-0123456789")
    before = Before("x" * 100_000, "it passed", "because of shop-0123456789")
    content = build(dataclasses.replace(task(), before=before), usual(), None).messages[1]["content"]
    assert len(content) < 12_000
    assert "it passed" in content
    assert "shop-0123456789" not in content


def test_modes_are_read_from_a_project_and_bad_ones_do_not_end_a_load(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        "[tool.seglam.modes.team]\nrounds = 3\n[tool.seglam.modes.odd]\nround = 3\n"
    )
    settings = load_settings(tmp_path)
    assert manner("team", settings.modes).rounds == 3
    with pytest.raises(SeglamError, match="E-MODE"):
        manner("odd", settings.modes)
