"""An embedding model over real HTTP: rows of length one, or an error with a code; nothing else leaves."""

from __future__ import annotations

import json
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer

import numpy as np
import pytest

from seglam_magics.cache.nearness import Remembering, rank
from seglam_magics.compiler.embedding import AT_ONCE, LiteEmbedder
from seglam_magics.compiler.gateway import Target
from seglam_magics.errors import SeglamError
from seglam_magics.scripted import start, stop

# litellm warns about its own use of pydantic.
pytestmark = pytest.mark.filterwarnings(
    "ignore:.*ReadOnly.*:UserWarning:pydantic", "ignore::DeprecationWarning:litellm"
)


@pytest.fixture
def scripted():
    stop("demo")  # whoever served it before has its calls counted
    yield start("demo")
    stop("demo")


def witness(base: str, path: str) -> dict:
    with urllib.request.urlopen(base.removesuffix("/v1") + path, timeout=10) as response:
        return json.load(response)


def test_a_model_ranks_what_shares_words_first(scripted) -> None:
    embedder = Remembering(LiteEmbedder(Target("scripted/demo")))
    found = rank("mean of _ per _", ["sort by size", "mean of _", "largest values"], embedder)
    assert found[0].wording == "mean of _"
    rank("mean of _ per _", ["mean of _"], embedder)
    assert witness(scripted, "/calls")["calls"] == 1


def test_many_texts_go_in_several_calls_and_come_back_in_order(scripted) -> None:
    texts = [f"wording {n}" for n in range(AT_ONCE + 3)]
    rows = LiteEmbedder(Target("scripted/demo")).embed(texts)
    assert witness(scripted, "/calls")["calls"] == 2
    assert (rows.shape, rows.dtype) == ((len(texts), 64), np.float32)
    assert np.allclose((rows * rows).sum(axis=1), 1, atol=1e-5)
    assert np.array_equal(rows[-1], LiteEmbedder(Target("scripted/demo")).embed(texts[-1:])[0])


def test_only_texts_are_sent_and_no_secret(scripted, monkeypatch) -> None:
    monkeypatch.setenv("MY_API_KEY", "hunter2hunter2")
    LiteEmbedder(Target("scripted/demo")).embed(["mean of hunter2hunter2", ""])
    sent = witness(scripted, "/calls/last")
    assert sent["input"] == ["mean of ‹secret:MY_API_KEY›", " "]
    assert set(sent) <= {"model", "input", "encoding_format"}


class Odd(BaseHTTPRequestHandler):
    """A server of vectors with a fault of its own."""

    reply: object = {}

    def log_message(self, *_given):
        pass

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        data = json.dumps(self.reply).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


@pytest.fixture
def odd():
    server = HTTPServer(("127.0.0.1", 0), Odd)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
    server.server_close()
    thread.join()


def rows(*vectors: object) -> dict:
    data = [{"object": "embedding", "index": n, "embedding": v} for n, v in enumerate(vectors)]
    return {"object": "list", "model": "m", "data": data, "usage": {"prompt_tokens": 1, "total_tokens": 1}}


@pytest.mark.parametrize(
    "reply",
    [
        rows([1.0, 2.0]),
        rows([1.0], [1.0, 2.0]),
        rows([], []),
        rows(["a"], ["b"]),
        rows([1e999], [1.0]),
        {},
        {"data": 3},
    ],
)
def test_a_reply_that_is_not_a_vector_per_text_is_an_error_with_a_code(odd, reply) -> None:
    Odd.reply = reply
    with pytest.raises(SeglamError) as caught:
        LiteEmbedder(Target("openai/odd", odd), seconds=5).embed(["one", "two"])
    assert caught.value.code.startswith("E-MODEL-")


def test_vectors_out_of_order_are_put_in_order(odd) -> None:
    Odd.reply = rows([1.0, 0.0], [0.0, 2.0])
    Odd.reply["data"].reverse()
    found = LiteEmbedder(Target("openai/odd", odd), seconds=5).embed(["one", "two"])
    assert found.tolist() == [[1.0, 0.0], [0.0, 1.0]]


def test_a_model_that_is_not_there_is_an_error_with_a_code() -> None:
    with pytest.raises(SeglamError) as caught:
        LiteEmbedder(Target("openai/gone", "http://127.0.0.1:9/v1"), seconds=2).embed(["one"])
    assert caught.value.code == "E-MODEL-DOWN"
