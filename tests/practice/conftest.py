"""Scripted models and reasoners on stores of their own; the log of the model's server is the witness."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from seglam_magics import scripted
from seglam_magics.reasoner import Reasoner, open_reasoner
from seglam_magics.settings import Seglam

COUNT_ABOVE = {
    "name": "count_above",
    "parameters": [
        {"name": "frame", "type": "frame", "example": "shops"},
        {"name": "value", "type": "column", "domain": {"dtype": "number"}, "example": "sales"},
        {"name": "limit", "type": "float", "example": 10},
    ],
    "templates": [{"lang": "en", "text": "How many rows of {frame} have {value} above {limit}?"}],
    "code": "def count_above(frame, *, value, limit):\n"
    "    return frame.filter(nw.col(value) > limit).select(nw.len().alias('rows'))\n",
    "returns": "number",
    "examples": [{"arguments": {"frame": {"x": [1, 5, 9]}, "value": "x", "limit": 4}, "result": 2}],
    "properties": [],
}
TOTAL = {
    "name": "total_of",
    "parameters": [{"name": "values", "type": "list", "domain": {"items": "int"}, "example": "xs"}],
    "templates": [{"lang": "en", "text": "What do {values} add up to?"}],
    "code": "def total_of(*, values):\n    return sum(values)\n",
    "returns": "number",
    "examples": [{"arguments": {"values": [1, 2]}, "result": 3}],
    "properties": [],
}
RECORDED = {
    "How many rows of `shops` have `sales` above 10?": COUNT_ABOVE,
    "What do `xs` add up to?": TOTAL,
}
FIELDS = {"summary": "", "meaning": {}, "synonyms": [], "ignorable": [], "effects": [], "open_questions": []}


class Model:
    """A scripted model: a folder of recordings, served over HTTP.

    Parameters
    ----------
    stumbles : its first reply is none, and that to the repair is.
    said : what every recording says besides its question and reply, such as `usage`.
    """

    def __init__(self, folder: Path, recorded: dict[str, dict[str, Any]], *, stumbles: bool = False, **said: Any):
        folder.mkdir()
        for number, (question, reply) in enumerate(recorded.items()):
            body = {"reply": {**FIELDS, "summary": reply["name"], **reply}, **said}
            body = {"question": question, **({"raw": "no reply", "then": [body], **said} if stumbles else body)}
            (folder / f"{number}.json").write_text(json.dumps(body), encoding="utf-8")
        self.name = f"scripted/{folder}"
        self.address = scripted.start(str(folder))
        self._base = self.address.removesuffix("/v1")

    @property
    def calls(self) -> int:
        """How often it was asked."""
        return int(json.loads(self._read("/calls"))["calls"])

    @property
    def last(self) -> dict[str, Any]:
        """The last request it got."""
        found: dict[str, Any] = json.loads(self._read("/calls/last"))
        return found

    def _read(self, path: str) -> bytes:
        with urllib.request.urlopen(self._base + path, timeout=30) as reply:
            return bytes(reply.read())


@pytest.fixture
def models(tmp_path: Path) -> Iterator[Callable[..., Model]]:
    """Makes scripted models; `models("a")` knows what every test here asks."""
    folders: list[Path] = []

    def made(name: str, recorded: dict[str, dict[str, Any]] | None = None, **said: Any) -> Model:
        folders.append(tmp_path / name)
        return Model(folders[-1], recorded or RECORDED, **said)

    yield made
    for folder in folders:
        scripted.stop(str(folder))


@pytest.fixture
def reasoners(tmp_path: Path) -> Iterator[Callable[..., Reasoner]]:
    """Opens reasoners on one store; the starter pack is off, since what was compiled is what is looked at."""
    opened: list[Reasoner] = []

    def made(model: str, **settings: Any) -> Reasoner:
        chosen = Seglam(model=model, store=str(tmp_path / "store"), starter=False, progress=False, **settings)
        opened.append(open_reasoner(chosen, start=tmp_path))
        return opened[-1]

    yield made
    for one in opened:
        one.close()
