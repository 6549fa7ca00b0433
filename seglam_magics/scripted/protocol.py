"""The OpenAI chat completions protocol as plain data: what a request must be, and the bodies that answer it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .recordings import Turn

CHARACTERS_PER_TOKEN = 4


class Refused(Exception):
    """A request that is answered with an error body."""

    def __init__(self, status: int, kind: str, message: str, **more: str | None) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"error": {"message": message, "type": kind, "param": None, "code": None, **more}}


class Part(BaseModel):
    """A piece of a message; only text is read."""

    text: str = ""


class Message(BaseModel):
    """One message of the conversation; a last one with `prefix` is the model's own, begun for it."""

    role: str
    content: str | list[Part] | None = None
    reasoning_content: str | None = None
    prefix: bool = False

    @property
    def text(self) -> str:
        """Its text, whatever its form."""
        return self.content if isinstance(self.content, str) else " ".join(p.text for p in self.content or ())


class StreamOptions(BaseModel):
    """What a stream carries besides the reply."""

    include_usage: bool = False


class ResponseFormat(BaseModel):
    """The form the reply is asked for; a recording is sent as it is."""

    type: Literal["text", "json_object", "json_schema"]
    json_schema: dict[str, Any] | None = None


class Request(BaseModel):
    """What is read of a request; everything else in it is ignored, as providers do."""

    model_config = ConfigDict(extra="ignore")

    model: str
    messages: list[Message] = Field(min_length=1)
    stream: bool = False
    stream_options: StreamOptions | None = None
    response_format: ResponseFormat | None = None

    @property
    def asked(self) -> list[str]:
        """The texts of the user's messages, oldest first."""
        return [m.text for m in self.messages if m.role == "user"]

    @property
    def begun(self) -> Message | None:
        """The reply that was begun for the model and goes on."""
        last = self.messages[-1]
        return last if last.role == "assistant" and last.prefix else None

    @property
    def turn(self) -> int:
        """How many replies the conversation holds already."""
        return sum(m.role == "assistant" for m in self.messages) - (self.begun is not None)


T = TypeVar("T", bound=BaseModel)


def parse(body: bytes, kind: type[T]) -> T:
    """Read a request of this kind.

    Raises
    ------
    Refused
        400, naming the parameter that is wrong.
    """
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        message = f"{where}: {first['msg']}" if where else f"the body is not JSON: {first['msg']}"
        raise Refused(400, "invalid_request_error", message, param=where or None) from None


def completion(request: Request, turn: Turn, number: int) -> dict[str, Any]:
    """The body of a reply that is not streamed."""
    message = {"role": "assistant", "content": turn.text}
    if turn.reasoning:
        message["reasoning_content"] = turn.reasoning
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": _finish(turn)}
    return {**_head(request, number), "object": "chat.completion", "choices": [choice], "usage": _usage(request, turn)}


def opening(request: Request, turn: Turn, number: int) -> Iterator[dict[str, Any]]:
    """The chunks of a stream that carry text: the reasoning first, then the reply."""
    yield _chunk(request, number, {"role": "assistant", "content": ""})
    for key, text in to_say(request, turn).items():
        for start in range(0, len(text), turn.chunk):
            yield _chunk(request, number, {key: text[start : start + turn.chunk]})


def to_say(request: Request, turn: Turn) -> dict[str, str]:
    """What is streamed in each channel: of a begun reply, what is not there yet."""
    begun = request.begun
    if begun is None:
        return {"reasoning_content": turn.reasoning, "content": turn.text}
    thought = begun.reasoning_content
    if thought is None:
        return {"content": turn.text[shared(turn.text, begun.text) :]}
    return {"reasoning_content": turn.reasoning[shared(turn.reasoning, thought) :], "content": turn.text}


def shared(one: str, other: str) -> int:
    """How many characters two texts begin with in common.

    >>> shared("one two", "one three")
    5
    """
    return next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def closing(request: Request, turn: Turn, number: int) -> Iterator[dict[str, Any]]:
    """The chunks that end a stream: why it ended, and the usage when it was asked for."""
    yield _chunk(request, number, {}, finish=_finish(turn))
    if request.stream_options and request.stream_options.include_usage:
        yield {**_chunk(request, number, {}), "choices": [], "usage": _usage(request, turn)}


def models(name: str) -> dict[str, Any]:
    """The list of models: the set that is served."""
    return {"object": "list", "data": [{"id": name, "object": "model", "created": 0, "owned_by": "seglam"}]}


def _finish(turn: Turn) -> str:
    return "stop" if turn.text == turn.whole else "length"


def _head(request: Request, number: int) -> dict[str, Any]:
    # No clock and no random id: the same calls give the same bytes.
    return {"id": f"chatcmpl-scripted-{number}", "created": 0, "model": request.model}


def _chunk(request: Request, number: int, delta: dict[str, str], finish: str | None = None) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
    return {**_head(request, number), "object": "chat.completion.chunk", "choices": [choice], "usage": None}


def _usage(request: Request, turn: Turn) -> dict[str, Any]:
    if turn.usage:
        sent, made = turn.usage.prompt_tokens, turn.usage.completion_tokens
    else:
        sent = sum(len(m.text) for m in request.messages) // CHARACTERS_PER_TOKEN
        made = sum(map(len, to_say(request, turn).values())) // CHARACTERS_PER_TOKEN
    told = {"prompt_tokens": sent, "completion_tokens": made, "total_tokens": sent + made}
    if turn.usage is None or turn.usage.cached_tokens is None:
        return told
    return {**told, "prompt_tokens_details": {"cached_tokens": turn.usage.cached_tokens}}
