"""S-19: of five local programs `doctor` names each and what it can do, and connects to no other host."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from seglam_magics import doctor
from seglam_magics.doctor import Found, known, line

# what each of the programs answers, as its documentation shows it
PAGES: dict[str, dict[str, Any]] = {
    "ollama": {
        "/api/version": {"version": "0.12.6"},
        "/api/tags": {"models": [{"name": "qwen3:8b", "size": 5_200_000_000, "details": {"family": "qwen3"}}]},
        "/v1/models": {"object": "list", "data": [{"id": "qwen3:8b", "object": "model", "owned_by": "library"}]},
    },
    "lm-studio": {
        "/api/v0/models": {"object": "list", "data": [{"id": "qwen2.5-7b", "type": "llm", "state": "loaded"}]},
        "/v1/models": {"object": "list", "data": [{"id": "qwen2.5-7b", "owned_by": "organization_owner"}]},
    },
    "vllm": {
        "/version": {"version": "0.11.0"},
        "/v1/models": {"object": "list", "data": [{"id": "NousResearch/Meta-Llama-3-8B", "owned_by": "vllm"}]},
    },
    "llama-cpp": {
        "/props": {"default_generation_settings": {"n_ctx": 4096}, "total_slots": 1, "chat_template": "{{ x }}"},
        "/v1/models": {"object": "list", "data": [{"id": "gemma.gguf", "owned_by": "llamacpp"}]},
    },
    "oobabooga": {
        "/v1/internal/model/info": {"model_name": "mistral-7b", "lora_names": []},
        "/v1/models": {"object": "list", "data": [{"id": "mistral-7b", "owned_by": "user"}]},
    },
}
MODELS = dict(
    zip(PAGES, ("qwen3:8b", "qwen2.5-7b", "NousResearch/Meta-Llama-3-8B", "gemma.gguf", "mistral-7b"), strict=True)
)
# Every connection and every look-up of a name is written down, by Python itself, before it happens.
WATCHED = """
import json, sys
seen = []
def hook(event, arguments):
    if event in {"socket.connect", "socket.sendto"}:
        seen.append([event, list(arguments[1])[:2] if isinstance(arguments[1], tuple) else str(arguments[1])])
    elif event in {"socket.getaddrinfo", "socket.gethostbyname"}:
        seen.append([event, arguments[0]])
sys.addaudithook(hook)
from seglam_magics.cli import main
try:
    main()
finally:
    print(json.dumps(seen), file=sys.stderr)
"""


@contextmanager
def serving(pages: dict[str, Any]) -> Iterator[int]:
    """A server of these pages; its port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = pages.get(self.path)
            body = found if isinstance(found, bytes) else json.dumps(found or {"error": "unknown"}).encode()
            self.send_response(302 if found is Ellipsis else 200 if self.path in pages else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def ports() -> Iterator[dict[str, int]]:
    with ExitStack() as stack:
        yield {name: stack.enter_context(serving(pages)) for name, pages in PAGES.items()}


@pytest.fixture
def nobody(unused: Any) -> dict[str, int]:
    return {one.name: unused() for one in known()}


@pytest.fixture
def unused() -> Any:
    import socket

    def port() -> int:
        with socket.socket() as one:
            one.bind(("127.0.0.1", 0))
            return int(one.getsockname()[1])

    return port


def run_doctor(ports: dict[str, int], *more: str) -> tuple[list[dict[str, Any]], list[list[Any]]]:
    """The rows of `seglam doctor`, and what it connected to."""
    options = [word for name, port in ports.items() for word in ("--port", f"{name}={port}")]
    command = [sys.executable, "-c", WATCHED, "doctor", "--json", *options, *more]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), json.loads(done.stderr.splitlines()[-1])


def test_s_19_doctor_names_each_program_and_its_abilities_and_reaches_no_other_host(ports):
    rows, seen = run_doctor(ports)
    said = {row["check"]: row["detail"] for row in rows}
    for one in known():
        detail = said[one.name]
        assert one.title in detail
        assert f"port {ports[one.name]}" in detail
        assert MODELS[one.name] in detail
        assert all(word in detail for word in ("schema", "prefill", "thinking"))
    assert "schema no" in said["oobabooga"]
    assert "prefill no" in said["lm-studio"]
    assert said["next"].endswith(
        f"seglam config set model openai/qwen3:8b api_base http://127.0.0.1:{ports['ollama']}/v1"
    )
    tcp = [address for event, address in seen if event == "socket.connect" and isinstance(address, list)]
    assert {host for host, _ in tcp} == {"127.0.0.1"}
    assert {port for _, port in tcp} == set(ports.values())
    assert {asked for event, asked in seen if event != "socket.connect"} <= {"127.0.0.1"}


def test_a_program_without_a_model_is_named_and_not_proposed_before_one_with_a_model(ports):
    with serving({**PAGES["ollama"], "/api/tags": {"models": []}}) as empty:
        rows, _ = run_doctor({**ports, "ollama": empty})
    said = {row["check"]: row["detail"] for row in rows}
    assert "no model loaded" in said["ollama"]
    assert "openai/qwen2.5-7b" in said["next"]


def test_where_nothing_answers_that_is_said_and_a_line_all_the_same(nobody):
    rows, _ = run_doctor(nobody)
    said = {row["check"]: row["detail"] for row in rows}
    assert all(one.title in said["local servers"] for one in known())
    assert "seglam config set model" in said["next"]


@pytest.mark.parametrize("pages", [
    {},
    {"/api/version": b"not json"},
    {"/api/version": b"[" * 100_000},
    {"/api/version": b'"' + b"x" * 2**21 + b'"'},
    {"/api/version": [1, 2]},
    {"/api/version": {"versions": 1}},
])  # fmt: skip
def test_what_answers_otherwise_is_not_recognised(pages, nobody):
    with serving(pages) as port:
        assert doctor.found({**nobody, "ollama": port}) == []


@pytest.mark.parametrize("models", [None, [], {"models": 3}, {"models": [3, None, {"name": ""}, {"id": "x"}]}])
def test_a_list_of_models_that_cannot_be_read_is_no_models(models, nobody):
    with serving({"/api/version": {"version": "1"}, "/api/tags": models}) as port:
        assert [one.models for one in doctor.found({**nobody, "ollama": port})] == [()]


@pytest.mark.parametrize("name", ["a b", "x; rm -rf", "$(id)", "модель", "a\nb", "`id`"])
def test_a_model_name_that_is_no_word_of_a_shell_is_not_put_into_the_line(name):
    assert line(Found(known()[0], (name,))).startswith("seglam config set model openai/NAME ")


def test_a_port_that_is_no_port_is_a_usage_error():
    command = [sys.executable, "-c", "from seglam_magics.cli import main; main()", "doctor", "--port", "olama=1"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, "programs are ollama" in done.stderr) == (2, True), done.stderr
