"""The scripted model over real HTTP: what an OpenAI client sees of it."""

from __future__ import annotations

import base64
import http.client
import json
import os
import struct
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from seglam_magics.errors import SeglamError
from seglam_magics.scripted import start, stop

SETS = Path(__file__).parents[1] / "scripted"
FAULTS = str(SETS / "faults")
LOCKED = str(SETS / "locked")


def question(of: str) -> str:
    return f"What is the total of `numbers` {of}?"


def recorded(name: str) -> dict:
    return json.loads((SETS / "faults" / f"{name}.json").read_text(encoding="utf-8"))


def request(url: str, body: object | None = None, **headers: str) -> urllib.request.Request:
    data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
    return urllib.request.Request(url, data=data, headers={"Content-Type": "application/json", **headers})


def chat(text: str, *more: dict, **options: object) -> dict:
    return {"model": "m", "messages": [{"role": "user", "content": text}, *more], **options}


def post(base: str, body: object, **headers: str) -> dict:
    with urllib.request.urlopen(request(f"{base}/chat/completions", body, **headers), timeout=10) as response:
        return json.load(response)


def refusal(base: str, body: object, **headers: str) -> tuple[int, dict]:
    with pytest.raises(urllib.error.HTTPError) as caught:
        post(base, body, **headers)
    with caught.value as response:
        return response.code, json.load(response)["error"]


def events(base: str, text: str, **options: object) -> list[dict]:
    body = chat(text, stream=True, **options)
    with urllib.request.urlopen(request(f"{base}/chat/completions", body), timeout=10) as response:
        assert response.headers.get_content_type() == "text/event-stream"
        lines = [line.strip() for line in response if line.strip()]
    assert all(line.startswith(b"data: ") for line in lines)
    assert lines[-1] == b"data: [DONE]"
    return [json.loads(line[6:]) for line in lines[:-1]]


def streamed(found: list[dict], key: str) -> str:
    return "".join(c["delta"].get(key) or "" for event in found for c in event["choices"])


def get(base: str, path: str) -> object:
    with urllib.request.urlopen(base.removesuffix("/v1") + path, timeout=10) as response:
        return json.load(response)


def asked(connection: http.client.HTTPConnection) -> int:
    connection.request("GET", "/calls")
    response = connection.getresponse()
    response.read()
    return response.status


def calls(base: str) -> list[dict]:
    found = get(base, "/calls")
    assert found["calls"] == len(found["log"])
    return found["log"]


def eventually(base: str, end: str) -> dict:
    """The last call, when the server has noticed how it ended."""
    for _ in range(200):
        if calls(base)[-1]["end"] == end:
            break
        time.sleep(0.02)
    return calls(base)[-1]


@pytest.fixture
def faults():
    yield start(FAULTS)
    stop(FAULTS)


@pytest.fixture
def locked():
    yield start(LOCKED)
    stop(LOCKED)


def test_a_plain_reply_is_a_chat_completion(faults):
    body = post(faults, chat(question("after a repair")))
    (choice,) = body["choices"]
    assert body["object"] == "chat.completion"
    assert body["model"] == "m"
    assert choice["finish_reason"] == "stop"
    assert json.loads(choice["message"]["content"]) == recorded("repaired")["reply"]
    assert body["usage"] == {"prompt_tokens": 1200, "completion_tokens": 400, "total_tokens": 1600}


def test_a_stream_carries_reasoning_then_reply_then_usage(faults):
    found = events(faults, question("slowly"), stream_options={"include_usage": True})
    keys = [next(iter(e["choices"][0]["delta"]), "") for e in found if e["choices"]]
    assert streamed(found, "reasoning_content") == recorded("slow")["reasoning"]
    assert json.loads(streamed(found, "content")) == recorded("slow")["reply"]
    assert keys == sorted(keys, key=["role", "reasoning_content", "content", ""].index)
    assert found[-1]["choices"] == []
    assert found[-1]["usage"]["total_tokens"] == 1600
    assert [e["choices"][0]["finish_reason"] for e in found[:-1]] == [None] * (len(found) - 2) + ["stop"]


def test_a_stream_has_no_usage_unless_it_is_asked_for(faults):
    assert all(e["usage"] is None for e in events(faults, question("in prose")))


def test_a_reply_does_not_depend_on_how_it_is_sent(faults):
    plain = post(faults, chat(question("after a repair")))["choices"][0]["message"]["content"]
    assert streamed(events(faults, question("after a repair")), "content") == plain


def test_usage_is_estimated_where_the_recording_has_none(faults):
    usage = post(faults, chat(question("in prose")))["usage"]
    assert 0 < usage["prompt_tokens"] < 20
    assert usage["completion_tokens"] == len(recorded("not_json")["raw"]) // 4


def test_a_json_schema_is_accepted(faults):
    form = {"type": "json_schema", "json_schema": {"name": "reply", "strict": True, "schema": {"type": "object"}}}
    assert post(faults, chat(question("after a repair"), response_format=form))["choices"]


def test_the_question_may_be_anywhere_in_a_message_and_folded(faults):
    text = "# Question\n\nWhat is the total\n   of `numbers`\tafter a repair?\n\n# Variables\nnumbers: list"
    parts = {"model": "m", "messages": [{"role": "user", "content": [{"type": "text", "text": text}]}]}
    assert post(faults, chat(text)) == {**post(faults, parts), "id": "chatcmpl-scripted-1"}


def test_only_what_the_user_says_is_a_question(faults):
    system = {"role": "system", "content": question("after a repair")}
    status, error = refusal(faults, {"model": "m", "messages": [system, {"role": "user", "content": "Hello"}]})
    assert (status, error["type"]) == (404, "no_recording")


def test_a_repair_turn_gets_the_second_reply_and_a_further_one_the_same(faults):
    again = [{"role": "assistant", "content": "{}"}, {"role": "user", "content": "example 1 failed"}]
    first, second, third = (post(faults, chat(question("after a repair"), *again * n)) for n in range(3))
    told = [json.loads(b["choices"][0]["message"]["content"])["code"] for b in (first, second, third)]
    assert told == [recorded("repaired")["reply"]["code"], *[recorded("repaired")["then"][0]["reply"]["code"]] * 2]
    assert [c["turn"] for c in calls(faults)] == [0, 1, 2]


def test_a_truncated_reply_says_so(faults):
    (choice,) = post(faults, chat(question("cut short")))["choices"]
    assert choice["finish_reason"] == "length"
    assert len(choice["message"]["content"]) == 200
    assert events(faults, question("cut short"))[-1]["choices"][0]["finish_reason"] == "length"


def test_five_megabytes_arrive_whole(faults):
    assert len(streamed(events(faults, question("at great length")), "content")) == 5_000_000


@pytest.mark.parametrize(
    ("of", "status", "code"),
    [
        ("without a key", 401, "invalid_api_key"),
        ("too often", 429, "rate_limit_exceeded"),
        ("from a broken server", 500, None),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_a_recorded_error_has_its_status_and_body(faults, of, status, code, stream):
    found, error = refusal(faults, chat(question(of), stream=stream))
    assert (found, error["code"]) == (status, code)
    assert calls(faults)[-1]["end"] == "refused"


def test_a_recorded_page_is_html(faults):
    with pytest.raises(urllib.error.HTTPError) as caught:
        post(faults, chat(question("from a proxy")))
    with caught.value as page:
        assert page.code == 502
        assert page.headers.get_content_type() == "text/html"
        assert b"Bad Gateway" in page.read()


@pytest.mark.parametrize("stream", [False, True])
def test_a_dropped_connection_is_noticed_by_the_client(faults, stream):
    with pytest.raises(http.client.IncompleteRead):
        urllib.request.urlopen(
            request(f"{faults}/chat/completions", chat(question("over a bad line"), stream=stream)), timeout=10
        ).read()
    assert eventually(faults, "cut")["end"] == "cut"


@pytest.mark.parametrize("stream", [False, True])
def test_a_stalled_reply_ends_when_the_client_hangs_up(faults, stream):
    with pytest.raises(TimeoutError):
        urllib.request.urlopen(
            request(f"{faults}/chat/completions", chat(question("that never ends"), stream=stream)), timeout=0.3
        ).read()
    assert eventually(faults, "hung up")["end"] == "hung up"


@pytest.mark.parametrize(
    ("body", "param"),
    [
        (b"{", None),
        (b"\xff\xfe", None),
        (b"", None),
        ([], None),
        ({"messages": [{"role": "user", "content": "x"}]}, "model"),
        ({"model": "m"}, "messages"),
        ({"model": "m", "messages": []}, "messages"),
        ({"model": "m", "messages": [{"content": "x"}]}, "messages.0.role"),
        (chat("x", stream="perhaps"), "stream"),
        (chat("x", response_format={"type": "xml"}), "response_format.type"),
    ],
)
def test_a_malformed_request_is_a_400_that_names_the_parameter(faults, body, param):
    status, error = refusal(faults, body)
    assert (status, error["type"], error["param"]) == (400, "invalid_request_error", param)
    assert param is None or error["message"].startswith(param)


def test_a_question_without_a_recording_is_a_404_of_its_own_type(faults):
    status, error = refusal(faults, chat("What is the meaning of life?", stream=True))
    assert (status, error["type"]) == (404, "no_recording")
    assert calls(faults) == [{"recording": None, "turn": 0, "stream": False, "did": "", "end": "refused"}]


def test_a_large_request_is_a_413_and_the_server_lives_on(faults):
    status, error = refusal(faults, b" " * (8 * 2**20 + 1))
    assert (status, error["type"]) == (413, "invalid_request_error")
    assert post(faults, chat(question("in prose")))


def test_a_request_without_a_length_is_a_411(faults):
    connection = http.client.HTTPConnection(faults.split("/")[2], timeout=10)
    connection.request("POST", "/v1/chat/completions", iter([b"{}"]), encode_chunked=True)
    assert connection.getresponse().status == 411
    connection.close()


@pytest.mark.parametrize(("path", "body"), [("/v1/nothing", None), ("/v1/images", b"{}"), ("/calls", b"{}")])
def test_another_address_is_a_404_and_no_call(faults, path, body):
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request(faults.removesuffix("/v1") + path, body), timeout=10)
    with caught.value as response:
        assert response.code == 404
        assert path in json.load(response)["error"]["message"]
    assert calls(faults) == []


@pytest.mark.parametrize(
    "header", [{}, {"Authorization": "Bearer sk-wrong"}, {"Authorization": "Bearer ключ".encode()}]
)
def test_a_locked_set_refuses_without_its_key(locked, header):
    connection = http.client.HTTPConnection(locked.split("/")[2], timeout=10)
    connection.request("POST", "/v1/chat/completions", json.dumps(chat("What is the total of `numbers`?")), header)
    response = connection.getresponse()
    assert response.status == 401
    assert json.load(response)["error"]["code"] == "invalid_api_key"
    connection.close()


def test_a_locked_set_answers_with_its_key(locked):
    text = "What is the total of `numbers`?"
    assert post(locked, chat(text), Authorization="Bearer sk-test-key")["choices"]


def test_the_set_is_listed_as_a_model(faults):
    assert [m["id"] for m in get(faults, "/v1/models")["data"]] == ["faults"]


def test_the_witness_tells_calls_and_the_last_body(faults):
    assert calls(faults) == []
    post(faults, chat(question("in prose")))
    events(faults, question("slowly"))
    assert calls(faults) == [
        {"recording": "not_json", "turn": 0, "stream": False, "did": "", "end": "done"},
        {"recording": "slow", "turn": 0, "stream": True, "did": "", "end": "done"},
    ]
    assert get(faults, "/calls/last") == chat(question("slowly"), stream=True)


def test_one_connection_serves_many_requests(faults):
    connection = http.client.HTTPConnection(faults.split("/")[2], timeout=10)
    connection.connect()
    socket = connection.sock
    for stream in (False, True, False):
        connection.request("POST", "/v1/chat/completions", json.dumps(chat(question("in prose"), stream=stream)))
        connection.getresponse().read()
        assert connection.sock is socket
    connection.close()


def test_calls_at_once_do_not_mix(faults):
    asked = {"in prose": "not_json", "slowly": "slow", "after a repair": "repaired"}
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda of: (of, streamed(events(faults, question(of)), "content")), [*asked] * 4))
    for of, text in found:
        recording = recorded(asked[of])
        assert text == recording.get("raw") or json.loads(text) == recording["reply"]
    assert len(calls(faults)) == 12


def test_start_gives_the_same_server_again_and_stop_ends_it():
    with ThreadPoolExecutor(4) as pool:
        (base,) = set(pool.map(start, [FAULTS, os.path.relpath(FAULTS)] * 4))
    connection = http.client.HTTPConnection(base.split("/")[2], timeout=10)
    assert asked(connection) == 200
    stop(FAULTS)
    stop(FAULTS)
    with pytest.raises((ConnectionError, http.client.HTTPException)):  # a kept-alive connection is cut, too
        asked(connection)
    connection.close()
    assert not [t for t in threading.enumerate() if t.name == "seglam-scripted-faults"]


@pytest.mark.parametrize("name", ["", "nothing", "demo/../nothing", "/nowhere"])
def test_an_unknown_set_names_the_known_ones(name):
    with pytest.raises(SeglamError) as caught:
        start(name)
    assert caught.value.code == "E-MODEL-UNKNOWN"
    assert "demo" in caught.value.says


def test_only_this_machine_can_reach_it(faults):
    host = faults.split("/")[2].split(":")[0]
    assert host == "127.0.0.1"


def test_nothing_is_printed_and_the_process_ends_by_itself():
    program = f"from seglam_magics.scripted import start\nprint(start({FAULTS!r}))"
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, timeout=30, check=True
    )
    assert ended.stdout.startswith("http://127.0.0.1:")
    assert ended.stderr == ""


def test_importing_the_room_opens_nothing_and_loads_nothing_heavy():
    program = (
        "import seglam_magics.scripted, sys; print(sorted({'http.server', 'pydantic', 'litellm'} & set(sys.modules)))"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=True)
    assert ended.stdout.strip() == "[]"


# ---------------------------------------------------------------- vectors


def vectors(base: str, given: object, **more: object) -> dict:
    sent = request(f"{base}/embeddings", {"model": "m", "input": given, **more})
    with urllib.request.urlopen(sent, timeout=10) as response:
        return json.load(response)


def test_vectors_come_in_the_order_of_their_texts_and_are_the_same_always(faults):
    body = vectors(faults, ["mean per city", "mean of price", "mean per city"])
    assert [row["index"] for row in body["data"]] == [0, 1, 2]
    first, second, third = (row["embedding"] for row in body["data"])
    assert first == third != second
    assert sum(x * x for x in first) == pytest.approx(1)
    assert vectors(faults, "mean per city")["data"][0]["embedding"] == first
    assert body["usage"]["total_tokens"] > 0


def test_vectors_come_packed_where_they_are_asked_for_so(faults):
    packed = vectors(faults, "mean", encoding_format="base64")["data"][0]["embedding"]
    plain = vectors(faults, "mean", encoding_format="float")["data"][0]["embedding"]
    assert struct.unpack(f"<{len(plain)}f", base64.b64decode(packed)) == pytest.approx(plain)


def test_texts_that_share_words_lie_nearer(faults):
    rows = [row["embedding"] for row in vectors(faults, ["mean price per city", "mean price per year", "sort"])["data"]]
    near, far = (sum(a * b for a, b in zip(rows[0], other, strict=True)) for other in rows[1:])
    assert near > far


@pytest.mark.parametrize("given", [[], "", 3, [3], None])
def test_what_is_no_text_has_no_vector(faults, given):
    with pytest.raises(urllib.error.HTTPError) as caught:
        vectors(faults, given)
    with caught.value as response:
        assert response.code == 400
        assert json.load(response)["error"]["param"].startswith("input")


def test_vectors_are_calls_and_need_the_key(locked):
    with pytest.raises(urllib.error.HTTPError) as caught:
        vectors(locked, "mean")
    with caught.value as response:
        assert response.code == 401
    assert [(c["recording"], c["end"]) for c in calls(locked)] == [("vectors", "refused")]
