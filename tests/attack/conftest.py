"""A provider of models on this machine that says whatever a test wants, and keeps every byte it was sent."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

TOTAL = {
    "name": "total_of",
    "summary": "Adds the numbers of a list.",
    "parameters": [{"name": "numbers", "type": "list", "domain": {"items": "int"}, "example": "numbers"}],
    "meaning": {"aggregate": "sum", "target": "numbers"},
    "code": "def total_of(*, numbers):\n    return sum(n for n in numbers if n is not None)\n",
    "returns": "number",
    "examples": [{"arguments": '{"numbers": [1, 2, 3]}', "result": "6"}],
    "properties": [
        {
            "name": "one_more",
            "claim": "one more number adds itself",
            "code": "def one_more(run, *, numbers):\n"
            "    assert run(numbers=[*numbers, 7]) == run(numbers=numbers) + 7\n",
        }
    ],
}
EQUAL = {
    "name": "how_many_equal",
    "summary": "Counts the names that are equal to a text.",
    "parameters": [
        {"name": "names", "type": "list", "domain": {"items": "str"}, "example": "names"},
        {"name": "text", "type": "str", "example": ""},
    ],
    "code": "def how_many_equal(*, names, text):\n    return sum(1 for n in names if n == text)\n",
    "returns": "number",
    "examples": [{"arguments": '{"names": ["a", "b", "a"], "text": "a"}', "result": "2"}],
    "properties": [
        {
            "name": "one_more",
            "claim": "the text once more counts one more",
            "code": "def one_more(run, *, names, text):\n"
            "    assert run(names=[*names, text], text=text) == run(names=names, text=text) + 1\n",
        }
    ],
}


def total(question: str, **changes: Any) -> str:
    """A sound reply to a question about `numbers`, as JSON text."""
    wording = question.replace("{", "{{").replace("}", "}}").replace("`numbers`", "{numbers}")
    return json.dumps({**TOTAL, "templates": [{"lang": "en", "text": wording}], **changes}, ensure_ascii=False)


def equal(question: str, text: str) -> str:
    """A sound reply to a question how many of `names` are equal to a text that is in it."""
    parameters = [EQUAL["parameters"][0], {**EQUAL["parameters"][1], "example": text}]
    wording = question.replace(text, "{text}").replace("`names`", "{names}")
    reply = {**EQUAL, "parameters": parameters, "templates": [{"lang": "en", "text": wording}]}
    return json.dumps(reply, ensure_ascii=False)


@dataclass
class Provider:
    """`says` makes a reply of the question: text of a completion, or (status, kind, body) for anything else."""

    base: str = ""
    says: Callable[[str], Any] = total
    bodies: list[bytes] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)

    def answered(self, body: bytes) -> tuple[int, str, bytes]:
        self.bodies.append(body)
        first = json.loads(body)["messages"][1]["content"]
        self.questions.append(first.partition("Question:\n")[2].partition("\n")[0])
        said = self.says(self.questions[-1])
        return said if isinstance(said, tuple) else (200, "text/event-stream", streamed(said))


def streamed(text: str, piece: int = 200_000) -> bytes:
    """A completion of this text as server-sent events."""
    head = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    parts = [text[at : at + piece] for at in range(0, len(text), piece)] or [""]
    choices = [{"index": 0, "delta": {"role": "assistant", "content": p}, "finish_reason": None} for p in parts]
    choices.append({"index": 0, "delta": {}, "finish_reason": "stop"})
    events = "".join(f"data: {json.dumps({**head, 'choices': [choice]})}\n\n" for choice in choices)
    return (events + "data: [DONE]\n\n").encode()


@pytest.fixture
def provider() -> Iterator[Provider]:
    made = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            status, kind, body = made.answered(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with contextlib.suppress(OSError):  # the client has heard enough
                self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    made.base = f"http://127.0.0.1:{server.server_address[1]}/v1"
    yield made
    server.shutdown()
    server.server_close()
