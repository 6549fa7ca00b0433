"""Scripted models that say what a test lets them say, over real HTTP, and kernels that ask them."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from seglam_magics import scripted
from seglam_magics.errors import SeglamError
from seglam_magics.reasoner import Reasoner, open_reasoner
from seglam_magics.settings import Seglam
from seglam_magics.store.folder import FolderLog
from seglam_magics.words import Answer, Options, Question

ASKED = "What is the total of `xs`?"
TOTAL: dict[str, Any] = {
    "name": "total",
    "summary": "The sum of a list.",
    "parameters": [{"name": "values", "type": "list", "domain": {"items": "int"}, "example": "xs"}],
    "meaning": None,
    "templates": [{"lang": "en", "text": "What is the total of {values}?"}],
    "code": "def total(*, values):\n    return sum(values)\n",
    "returns": "number",
    "examples": [{"arguments": '{"values": [1, 2]}', "result": "3"}],
    "properties": [],
}
# it fails its own example
WRONG = {**TOTAL, "code": "def total(*, values):\n    return sum(values) + 1\n"}


class Models:
    """Models by name, each a set of recordings of its own, and kernels on one store."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._opened: list[Reasoner] = []
        self._sets: dict[str, Path] = {}

    def says(self, name: str, question: str, *turns: dict[str, Any], **first: Any) -> str:
        """Let a model answer a question with these replies, a turn each; its name for the settings."""
        folder = self._sets.setdefault(name, self.folder / name)
        folder.mkdir(exist_ok=True)
        bodies = [{"reply": turn} for turn in turns]
        recording = {"question": question, **(bodies[0] if bodies else {}), **first, "then": bodies[1:]}
        (folder / f"r{len(list(folder.iterdir()))}.json").write_text(json.dumps(recording))
        scripted.stop(str(folder))
        return f"scripted/{folder}"

    def open(self, **settings: Any) -> Reasoner:
        chosen = {"cases": 10, "merge": "off", "starter": False, "store": str(self.folder / "store"), **settings}
        self._opened.append(open_reasoner(Seglam(**chosen)))
        return self._opened[-1]

    def calls(self, name: str) -> list[str]:
        """How each call of a model ended."""
        return [call["end"] for call in self._page(name, "/calls")["log"]]

    def last(self, name: str) -> dict[str, Any]:
        """The body of the last call of a model."""
        return self._page(name, "/calls/last")

    def user(self, name: str) -> str:
        """The first message of the user in the last call of a model."""
        return str(self.last(name)["messages"][1]["content"])

    def _page(self, name: str, page: str) -> dict[str, Any]:
        base = scripted.start(str(self._sets[name])).removesuffix("/v1")
        with urllib.request.urlopen(base + page) as reply:
            found: dict[str, Any] = json.load(reply)
            return found

    def close(self) -> None:
        for reasoner in self._opened:
            reasoner.close()
        for folder in self._sets.values():
            scripted.stop(str(folder))


@pytest.fixture
def models(tmp_path: Path) -> Iterator[Models]:
    made = Models(tmp_path)
    yield made
    made.close()


class Ask:
    """Asks in one line, and tells what went wrong."""

    asked, total, wrong = ASKED, TOTAL, WRONG

    def __call__(self, reasoner: Reasoner, text: str = ASKED, /, **options: Any) -> Answer:
        return reasoner.ask(Question(text, {"xs": [1, 2, 3]}, options=Options(**options)))

    def fails(self, reasoner: Reasoner, text: str = ASKED, /, **options: Any) -> SeglamError:
        with pytest.raises(SeglamError) as caught:
            self(reasoner, text, **options)
        return caught.value

    def events(self, reasoner: Reasoner, kind: str) -> list[dict[str, Any]]:
        """What the log says of calls of models: those that came to something (`run`), or to nothing (`failed`)."""
        assert reasoner.log.path is not None
        with closing(FolderLog(reasoner.log.path)) as log:
            return [dict(event.data) for event in log.tail() if event.kind == kind]


@pytest.fixture
def ask() -> Ask:
    return Ask()
