"""The loopback server: one per set of recordings and process, on 127.0.0.1 and a free port, in a daemon thread."""

from __future__ import annotations

import hmac
import json
import os
import selectors
import socket
import socketserver
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread
from typing import Any, cast

from . import protocol, recordings
from .protocol import Refused, Request
from .recordings import RecordingSet, Turn

BODY_LIMIT = 8 * 2**20  # bytes of a request; a compile request is a few kilobytes
DRAIN_LIMIT = 64 * 2**20  # bytes of a refused body that are read away, so that the client gets to see the refusal
STALL_SECONDS = 600.0
IDLE_SECONDS = 120.0


@dataclass(slots=True)
class Call:
    """One call of the model; `end` is `open`, `done`, `refused`, `cut` (by the recording) or `hung up` (by the client)."""

    recording: str | None = None
    turn: int = 0
    stream: bool = False
    end: str = "open"


@dataclass(slots=True)
class Ledger:
    """Every call so far and the body of the last one: the witness of how often a model was asked, and for what."""

    calls: list[Call] = field(default_factory=list)
    last: bytes = b""
    lock: Lock = field(default_factory=Lock)

    def open(self) -> tuple[Call, int]:
        """A new call and its number, counted from 1."""
        with self.lock:
            self.calls.append(Call())
            return self.calls[-1], len(self.calls)

    def body(self) -> dict[str, Any]:
        """What `GET /calls` says."""
        with self.lock:
            return {"calls": len(self.calls), "log": [asdict(call) for call in self.calls]}


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, recorded: RecordingSet) -> None:
        self.recorded = recorded
        self.ledger = Ledger()
        self.open: set[socket.socket] = set()
        super().__init__(("127.0.0.1", 0), _Handler)

    def server_bind(self) -> None:
        # HTTPServer looks its own name up here, which can take seconds where name resolution is broken.
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]  # type: ignore[assignment]

    def process_request(self, request: Any, client_address: Any) -> None:
        self.open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self.open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        # A client that hangs up is no fault of ours, and a traceback of it would land in the notebook.
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)

    def stop(self) -> None:
        self.shutdown()
        self.server_close()
        for connection in list(self.open):  # kept-alive connections would be served on by their threads
            _hang_up(connection)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "seglam-scripted", ""
    disable_nagle_algorithm = True
    timeout = IDLE_SECONDS
    server: _Server

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
        """Serve a completion."""
        self._answer(self._completion if self.path == "/v1/chat/completions" else self._unknown)

    def _answer(self, serve: Callable[[], None]) -> None:
        try:
            serve()
        except Refused as refused:
            self._send(refused.status, refused.body)

    def _unknown(self) -> None:
        self._body()
        raise Refused(404, "invalid_request_error", f"there is nothing at {self.command} {self.path}")

    def _completion(self) -> None:
        call, number = self.server.ledger.open()
        try:
            request, turn = self._look_up(call)
            if turn.error is not None:
                call.end = "refused"
                self._send(turn.status, turn.error if isinstance(turn.error, str) else {"error": turn.error})
            else:
                self._reply(call, number, request, turn)
        except Refused:
            call.end = "refused"
            raise
        except OSError:
            call.end = "hung up"
            self.close_connection = True

    def _look_up(self, call: Call) -> tuple[Request, Turn]:
        body = self._body()
        self._check_key()
        self.server.ledger.last = body
        request = protocol.parse(body)
        found = recordings.find(self.server.recorded, request.asked)
        if not found:
            raise Refused(404, "no_recording", "there is no recording of this question", code="no_recording")
        call.recording, call.turn, call.stream = found[0], request.turn, request.stream
        return request, found[1].turn(request.turn)

    def _reply(self, call: Call, number: int, request: Request, turn: Turn) -> None:
        if request.stream:
            call.end = self._stream(number, request, turn)
        elif turn.stall_after is not None:
            call.end = "hung up" if self._hung_up_within(STALL_SECONDS) else "cut"
        else:
            cut = turn.disconnect_after is not None
            self._send(200, protocol.completion(request, turn, number), cut=cut)
            call.end = "cut" if cut else "done"
        self.close_connection |= call.end != "done"

    def _stream(self, number: int, request: Request, turn: Turn) -> str:
        self._head(200, "text/event-stream; charset=utf-8", {"Transfer-Encoding": "chunked", "Cache-Control": "no-cache"})
        for position, chunk in enumerate(protocol.opening(request, turn, number)):
            if position == turn.disconnect_after:
                return "cut"
            stall = position == turn.stall_after
            seconds = STALL_SECONDS if stall else turn.delay
            if (seconds and self._hung_up_within(seconds)) or stall:
                return "hung up"
            self._event(chunk)
        for chunk in protocol.closing(request, turn, number):
            self._event(chunk)
        self._chunk(b"data: [DONE]\n\n")
        self._chunk(b"")
        return "done"

    def _event(self, event: dict[str, Any]) -> None:
        self._chunk(b"data: " + _json(event) + b"\n\n")

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%b\r\n" % (len(data), data))

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
            self._drain(min(int(length), DRAIN_LIMIT))
            raise Refused(413, "invalid_request_error", f"the request is larger than {BODY_LIMIT} bytes")
        return self.rfile.read(int(length))

    def _drain(self, length: int) -> None:
        while length > 0 and (piece := self.rfile.read(min(length, 2**16))):
            length -= len(piece)

    def _check_key(self) -> None:
        key = self.server.recorded.key
        given = self.headers.get("Authorization", "")
        if key is not None and not hmac.compare_digest(given.encode(), f"Bearer {key}".encode()):
            raise Refused(401, "invalid_request_error", "Incorrect API key provided.", code="invalid_api_key")

    def _hung_up_within(self, seconds: float) -> bool:
        with selectors.DefaultSelector() as selector:
            selector.register(self.connection, selectors.EVENT_READ)
            return bool(selector.select(seconds)) and not self.connection.recv(1, socket.MSG_PEEK)


_running: dict[tuple[int, Path], _Server] = {}  # a forked process has no server thread, so the key holds its id
_lock = Lock()


def start(name: str) -> str:
    """Serve a set of recordings; the same server again when it runs already.

    Parameters
    ----------
    name : a set that ships with seglam (`demo`), or the path of a folder of recordings.

    Returns
    -------
    The base URL for an OpenAI client, `http://127.0.0.1:PORT/v1`.

    Raises
    ------
    SeglamError
        E-MODEL-UNKNOWN when there is no such set, E-SCRIPTED-RECORDING when a file of it cannot be used.

    >>> start("demo") == start("demo")
    True
    >>> stop("demo")
    """
    folder = recordings.find_folder(name)
    with _lock:
        server = _running.get((os.getpid(), folder)) or _serve(folder)
        return f"http://127.0.0.1:{server.server_port}/v1"


def stop(name: str) -> None:
    """Stop serving a set and cut its connections; nothing happens when it is not served."""
    folder = recordings.find_folder(name)
    with _lock:
        server = _running.pop((os.getpid(), folder), None)
    if server:
        server.stop()


def _serve(folder: Path) -> _Server:
    server = _Server(recordings.load_set(folder))
    Thread(target=server.serve_forever, args=(0.1,), name=f"seglam-scripted-{folder.name}", daemon=True).start()
    _running[os.getpid(), folder] = server
    return server


def _hang_up(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # it is closed already


def _json(body: object) -> bytes:
    return json.dumps(cast("Any", body), ensure_ascii=False).encode()
