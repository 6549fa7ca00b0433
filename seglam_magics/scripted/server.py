"""The HTTP server: it serves one set of recordings on 127.0.0.1 and a free port."""

from __future__ import annotations

import contextlib
import hmac
import json
import selectors
import socket
import socketserver
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any, cast

from . import protocol, recordings, vectors
from .characters import play
from .protocol import Refused, Request
from .witness import Call, Ledger

if TYPE_CHECKING:
    from collections.abc import Callable

    from .recordings import Recording, RecordingSet, Turn

BODY_LIMIT = 8 * 2**20  # bytes of a request; a compile request is a few kilobytes
DRAIN_LIMIT = 64 * 2**20  # bytes of a refused request that are read away
LINGER_SECONDS = 1.0
STALL_SECONDS = 600.0
IDLE_SECONDS = 120.0
LAST = b"e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n"  # the last event, and the empty chunk that ends the body


class Server(ThreadingHTTPServer):
    """A server of one set of recordings; `stop` ends it together with its open connections."""

    daemon_threads = True

    def __init__(self, recorded: RecordingSet) -> None:
        self.recorded = recorded
        self.ledger = Ledger()
        self.open: set[socket.socket] = set()
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def base(self) -> str:
        """The base URL for an OpenAI client."""
        return f"http://127.0.0.1:{self.server_port}/v1"

    def server_bind(self) -> None:
        """Bind without a look-up of names."""
        # HTTPServer looks its own name up here, which can take seconds where name resolution is broken.
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]  # type: ignore[assignment]

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve a connection in its own thread and remember it."""
        self.open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forget a connection that ended."""
        self.open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print faults of ours only."""
        # A client that hangs up is no fault of ours, and a traceback of it would land in the notebook.
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)

    def stop(self) -> None:
        """End the server and every connection it holds."""
        ending = Thread(target=self.shutdown)
        ending.start()
        with contextlib.suppress(OSError):  # wakes the accepting loop, which looks at its end twice a second only
            socket.create_connection(("127.0.0.1", self.server_port), timeout=1).close()
        ending.join()
        self.server_close()
        for connection in list(self.open):  # kept-alive connections would be served on by their threads
            _hang_up(connection)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "seglam-scripted", ""
    disable_nagle_algorithm = True
    timeout = IDLE_SECONDS
    server: Server

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is given by the base class
        """Say nothing: what is printed here would land in the notebook."""

    def do_GET(self) -> None:
        """Serve the list of models and the witness."""
        pages: dict[str, Callable[[], object]] = {
            "/v1/models": lambda: protocol.models(self.server.recorded.name),
            "/calls": self.server.ledger.body,
            "/calls/last": lambda: self.server.ledger.last,
        }
        page = pages.get(self.path)
        self._answer(lambda: self._send(200, page()) if page else self._unknown())

    def do_POST(self) -> None:
        """Serve a completion or vectors."""
        pages = {"/v1/chat/completions": self._completion, "/v1/embeddings": self._vectors}
        page = pages.get(self.path)
        self._answer(lambda: self._called(page) if page else self._unknown())

    def _answer(self, serve: Callable[[], None]) -> None:
        try:
            serve()
        except Refused as refused:
            self._send(refused.status, refused.body)
            if self.close_connection:
                self._linger()

    def _linger(self) -> None:
        # A connection that is closed with its request half read is reset, and the client never sees the refusal.
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_WR)
            self.connection.settimeout(LINGER_SECONDS)
            left = DRAIN_LIMIT
            while left > 0 and (piece := self.rfile.read1(2**16)):
                left -= len(piece)

    def _unknown(self) -> None:
        self._body()
        raise Refused(404, "invalid_request_error", f"there is nothing at {self.command} {self.path}")

    def _called(self, serve: Callable[[Call, int], None]) -> None:
        call, number = self.server.ledger.open()
        try:
            serve(call, number)
        except Refused:
            call.end = "refused"
            raise
        except OSError:
            call.end = "hung up"
            self.close_connection = True

    def _completion(self, call: Call, number: int) -> None:
        request, turn = self._look_up(call)
        if turn.error is not None:
            call.end = "refused"
            self._send(turn.status, turn.error if isinstance(turn.error, str) else {"error": turn.error})
        else:
            self._reply(call, number, request, turn)

    def _vectors(self, call: Call, _number: int) -> None:
        call.recording = "vectors"
        found = vectors.reply(protocol.parse(self._witnessed(), vectors.VectorRequest))
        call.end = "done"
        self._send(200, found)

    def _witnessed(self) -> bytes:
        """The body of a call that has the key, kept for the witness."""
        body = self._body()
        self._check_key()
        self.server.ledger.last = body
        return body

    def _look_up(self, call: Call) -> tuple[Request, Turn]:
        request = protocol.parse(self._witnessed(), Request)
        self._check_begun(request)
        found = recordings.find(self.server.recorded, request.asked)
        if not found and request.begun is not None:
            call.recording, call.stream = "probed", request.stream
            return request, recordings.PROBED
        if not found:
            raise Refused(404, "no_recording", "there is no recording of this question", code="no_recording")
        call.recording, call.turn, call.stream = found[0], request.turn, request.stream
        return request, self._played(call, request, found[1])

    def _played(self, call: Call, request: Request, recording: Recording) -> Turn:
        """The reply as the character of the set gives it."""
        role, turn = self.server.recorded.character, recording.turn(request.turn)
        if role is None or turn.error is not None:
            return turn
        before = recordings.without_update(self.server.recorded, recording)
        times = self.server.ledger.times(self.server.ledger.last)
        played = play(role, request, turn, before, times)
        call.did = played.did
        return played.turn

    def _check_begun(self, request: Request) -> None:
        """Refuse a reply that was begun for the model where the set says that it cannot go on with it."""
        begun = request.begun
        needed = 1 if begun is None else 3 if begun.reasoning_content is not None else 2
        if needed > self.server.recorded.continues:
            said = "this model does not support assistant message prefill"
            raise Refused(400, "invalid_request_error", said, param="messages")

    def _reply(self, call: Call, number: int, request: Request, turn: Turn) -> None:
        if request.stream:
            self._stream(call, number, request, turn)
        elif turn.stall_after is not None:
            call.end = "hung up" if self._hung_up_within(STALL_SECONDS) else "cut"
        else:
            cut = turn.disconnect_after is not None
            call.end = "cut" if cut else "done"
            self._send(200, protocol.completion(request, turn, number), cut=cut)
        self.close_connection |= call.end != "done"

    def _stream(self, call: Call, number: int, request: Request, turn: Turn) -> None:
        headers = {"Transfer-Encoding": "chunked", "Cache-Control": "no-cache"}
        self._head(200, "text/event-stream; charset=utf-8", headers)
        for position, event in enumerate(protocol.opening(request, turn, number)):
            if position == turn.disconnect_after:
                call.end = "cut"
                return
            stall = position == turn.stall_after
            seconds = STALL_SECONDS if stall else turn.delay
            if (seconds and self._hung_up_within(seconds)) or stall:
                call.end = "hung up"
                return
            self.wfile.write(_event(event))
        # noted before it is sent: who has read the last byte finds it in the witness
        call.end = "done"
        self.wfile.write(b"".join(map(_event, protocol.closing(request, turn, number))) + LAST)

    def _send(self, status: int, body: object, *, cut: bool = False) -> None:
        kind = "text/html" if isinstance(body, str) else "application/json"
        data = body.encode() if isinstance(body, str) else body if isinstance(body, bytes) else _json(body)
        self._head(status, f"{kind}; charset=utf-8", {"Content-Length": str(len(data))})
        self.wfile.write(data[: len(data) // 2] if cut else data)

    def _head(self, status: int, kind: str, headers: dict[str, str]) -> None:
        self.send_response(status)
        closing = {"Connection": "close"} if self.close_connection else {}
        for name, value in {"Content-Type": kind, **headers, **closing}.items():
            self.send_header(name, value)
        self.end_headers()

    def _body(self) -> bytes:
        length = self.headers.get("Content-Length") or ("0" if self.command == "GET" else "")
        if not length.isdecimal():
            self.close_connection = True
            raise Refused(411, "invalid_request_error", "the request has no Content-Length")
        if int(length) > BODY_LIMIT:
            self.close_connection = True
            raise Refused(413, "invalid_request_error", f"the request is larger than {BODY_LIMIT} bytes")
        return self.rfile.read(int(length))

    def _check_key(self) -> None:
        key = self.server.recorded.key
        given = self.headers.get("Authorization", "")
        if key is not None and not hmac.compare_digest(given.encode(), f"Bearer {key}".encode()):
            raise Refused(401, "invalid_request_error", "Incorrect API key provided.", code="invalid_api_key")

    def _hung_up_within(self, seconds: float) -> bool:
        with selectors.DefaultSelector() as selector:
            selector.register(self.connection, selectors.EVENT_READ)
            return bool(selector.select(seconds)) and not self.connection.recv(1, socket.MSG_PEEK)


def _hang_up(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):  # it may be closed already
        connection.shutdown(socket.SHUT_RDWR)


def _event(event: dict[str, Any]) -> bytes:
    return _chunk(b"data: " + _json(event) + b"\n\n")


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def _json(body: object) -> bytes:
    return json.dumps(cast("Any", body), ensure_ascii=False).encode()
