"""The scripted model as litellm sees it: the client that seglam itself uses."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from seglam_magics.scripted import start, stop

SETS = Path(__file__).parents[1] / "scripted"
FAULTS = str(SETS / "faults")

# litellm warns about its own use of pydantic.
pytestmark = pytest.mark.filterwarnings(
    "ignore:.*ReadOnly.*:UserWarning:pydantic", "ignore::DeprecationWarning:litellm"
)


@pytest.fixture(scope="module")
def litellm():
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # else it asks the network for prices
    return pytest.importorskip("litellm")


@pytest.fixture
def ask(litellm):
    base = start(FAULTS)

    def completion(of: str, **options: object):
        messages = [{"role": "user", "content": f"What is the total of `numbers` {of}?"}]
        return litellm.completion(
            model="openai/faults", api_base=base, api_key="none", messages=messages, max_retries=0, timeout=5, **options
        )

    yield completion
    stop(FAULTS)


def recorded(name: str) -> dict:
    return json.loads((SETS / "faults" / f"{name}.json").read_text(encoding="utf-8"))


def test_a_stream_gives_reasoning_reply_and_usage(ask):
    chunks = list(ask("slowly", stream=True, stream_options={"include_usage": True}))
    deltas = [chunk.choices[0].delta for chunk in chunks if chunk.choices]
    assert "".join(getattr(d, "reasoning_content", None) or "" for d in deltas) == recorded("slow")["reasoning"]
    assert json.loads("".join(d.content or "" for d in deltas)) == recorded("slow")["reply"]
    (usage,) = [chunk.usage for chunk in chunks if getattr(chunk, "usage", None)]
    assert (usage.prompt_tokens, usage.completion_tokens) == (1200, 400)


def test_a_plain_reply_with_a_schema(ask):
    form = {"type": "json_schema", "json_schema": {"name": "reply", "strict": True, "schema": {"type": "object"}}}
    reply = ask("after a repair", response_format=form)
    assert json.loads(reply.choices[0].message.content) == recorded("repaired")["reply"]
    assert reply.usage.total_tokens == 1600


@pytest.mark.parametrize(
    ("of", "error"),
    [
        ("without a key", "AuthenticationError"),
        ("too often", "RateLimitError"),
        ("from a broken server", "InternalServerError"),
        ("from a proxy", "BadGatewayError"),
        ("nobody recorded", "NotFoundError"),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_refusals_have_their_own_errors(litellm, ask, of, error, stream):
    with pytest.raises(getattr(litellm, error)):
        ask(of, stream=stream)


def test_a_missing_recording_can_be_told_from_a_missing_page(litellm, ask):
    with pytest.raises(litellm.NotFoundError, match="no recording of this question"):
        ask("nobody recorded")


def test_a_dropped_stream_is_an_error_and_not_a_short_reply(ask):
    with pytest.raises(Exception, match=r"(?i)connection|incomplete|peer"):
        list(ask("over a bad line", stream=True))
