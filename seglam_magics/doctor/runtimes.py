"""Programs that serve models on this machine: asked on 127.0.0.1 at their usual ports, all at once.

Whatever listens at such a port may be something else, that never ends what it says: each has a time for all it is asked
together, however it spreads what it sends over it.
"""

from __future__ import annotations

import http.client
import json
import socket
import time
import tomllib
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

HOST = "127.0.0.1"  # the only one that is ever connected to
SECONDS = 1.5  # for all a program is asked: one on this machine answers in milliseconds, an unused port refuses at once
LARGEST = 2**20  # bytes of an answer that are read
MOST = 50  # names of models that are taken from one program


@dataclass(frozen=True, slots=True)
class Runtime:
    """A program that serves models: where it listens, how it is recognised, what it documents that it can do.

    Attributes
    ----------
    asked, says : GET `asked` gives JSON with the key `says`, or with `key=value` in an entry of its list.
    models : `path`, the name of the `list` in it, and the `name` of an entry.
    abilities : `schema`, `prefill`, `thinking` -> `yes`, `no`, or `model` where it depends on the model.
    """

    name: str
    title: str
    port: int
    asked: str
    says: str
    models: Mapping[str, str] = field(default_factory=dict)
    abilities: Mapping[str, str] = field(default_factory=dict)
    source: str = ""

    @property
    def api_base(self) -> str:
        """The address to put into the settings.

        >>> known()[0].api_base
        'http://127.0.0.1:11434/v1'
        """
        return f"http://{HOST}:{self.port}/v1"


@dataclass(frozen=True, slots=True)
class Found:
    """A program that answered, and the names of the models it has."""

    runtime: Runtime
    models: tuple[str, ...] = ()


@cache
def known() -> tuple[Runtime, ...]:
    """The programs of `runtimes.toml`.

    >>> [runtime.name for runtime in known()]
    ['ollama', 'lm-studio', 'vllm', 'llama-cpp', 'oobabooga']
    """
    text = resources.files(__package__).joinpath("runtimes.toml").read_text(encoding="utf-8")
    return tuple(Runtime(name, **entry) for name, entry in tomllib.loads(text).items())


def found(ports: Mapping[str, int] | None = None) -> list[Found]:
    """The programs that answer on this machine now, in the order of `known`.

    Parameters
    ----------
    ports : name of a program -> port it listens at, where that is not its usual one.
    """
    asked = [replace(one, port=(ports or {}).get(one.name, one.port)) for one in known()]
    with ThreadPoolExecutor(len(asked), thread_name_prefix="seglam-doctor") as pool:
        return [answer for answer in pool.map(_looked, asked) if answer is not None]


def line(one: Found) -> str:
    """The command that makes a program the one that compiles.

    >>> line(Found(known()[0], ("qwen3:8b",)))
    'seglam config set model openai/qwen3:8b api_base http://127.0.0.1:11434/v1'
    """
    model = next((name for name in one.models if _plain(name)), "NAME")
    return f"seglam config set model openai/{model} api_base {one.runtime.api_base}"


def _plain(name: str) -> bool:
    """Whether a name can stand in a command as it is; a program may call its models anything."""
    return name.isascii() and all(character.isalnum() or character in "._-:/@+" for character in name)


def _looked(one: Runtime) -> Found | None:
    until = time.monotonic() + SECONDS
    if not _recognised(_json(one.port, one.asked, until), one.says):
        return None
    listed = _json(one.port, one.models["path"], until)
    entries = listed.get(one.models["list"]) if isinstance(listed, dict) else None
    names = (entry.get(one.models["name"]) for entry in _objects(entries))
    return Found(one, tuple(str(name) for name in names if name)[:MOST])


def _recognised(answer: Any, says: str) -> bool:
    key, _, value = says.partition("=")
    if not isinstance(answer, dict):
        return False
    if not value:
        return key in answer
    return any(entry.get(key) == value for entry in _objects(answer.get("data")))


def _objects(entries: Any) -> list[dict[str, Any]]:
    return [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []


class _Timed(socket.socket):
    """A connection with an end: what is waited for at each read is what is left until then.

    A timeout of a socket begins anew with every piece that comes, so that one byte now and then would keep it for ever.
    """

    until: float = 0.0

    def wait(self) -> None:
        """Wait no longer than there is time; raises TimeoutError where there is none."""
        left = self.until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self.settimeout(left)

    def recv_into(self, buffer: WriteableBuffer, nbytes: int = 0, flags: int = 0) -> int:
        """As any socket, within the time; http.client reads everything with it."""
        self.wait()
        return super().recv_into(buffer, nbytes, flags)


def _json(port: int, path: str, until: float) -> Any:
    """What is at `path`; None where nothing, or nothing that can be read, answers in time. Follows no redirect.

    Parameters
    ----------
    until : reading of the monotonic clock at which it is given up.
    """
    connection = http.client.HTTPConnection(HOST, port)
    try:
        connection.sock = link = _Timed(socket.AF_INET, socket.SOCK_STREAM)
        link.until = until
        link.wait()
        link.connect((HOST, port))
        link.wait()
        connection.request("GET", path, headers={"Accept": "application/json"})
        answer = connection.getresponse()
        text = answer.read(LARGEST + 1)
        whole = answer.status == http.client.OK and len(text) <= LARGEST
        return json.loads(text) if whole else None
    except (OSError, http.client.HTTPException, ValueError, RecursionError):
        return None
    finally:
        connection.close()
