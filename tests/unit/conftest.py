"""A model that thinks for a while, over real HTTP, and kernels that ask it."""

from __future__ import annotations

import json
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from seglam_magics import runs, scripted
from seglam_magics.compiler import gateway, probing
from seglam_magics.compiler.gateway import Target
from seglam_magics.errors import SeglamError
from seglam_magics.reasoner import Reasoner, open_reasoner
from seglam_magics.settings import Seglam
from seglam_magics.thinking.control import control, lives
from seglam_magics.thinking.run import Run
from seglam_magics.words import Onward, Options, Question

RECORDED = Path(__file__).parents[1] / "scripted" / "locked" / "total.json"


class Thinker:
    """A model that thinks for a second, and kernels that ask it."""

    QUESTION = "What is the total of `numbers`?"
    UPDATE = "leave out every number below 2"
    THOUGHT = "".join(f"Step {n}: a sum can be taken in any order, so nothing depends on it.\n\n" for n in range(50))

    def __init__(self, folder: Path, continues: int) -> None:
        self.folder = folder
        self.recordings = folder / f"thinks{continues}"
        self.recordings.mkdir()
        (self.recordings / "set.toml").write_text(f"continues = {continues}\n")
        self.whole: dict[str, Any] = json.loads(RECORDED.read_text())
        self.slow = {"reasoning": self.THOUGHT, "chunk": 40, "delay": 0.012}
        self.write("first", {**self.whole, **self.slow})
        told = json.loads(json.dumps(self.whole["reply"]).replace("is not None", "is not None and number >= 2"))
        told["code"] = told["code"].replace("total_of", "total_from_two")
        told |= {"name": "total_from_two", "examples": [{"arguments": '{"numbers": [1, 2, 3]}', "result": "5"}]}
        told |= {"properties": [], "templates": [self.wording(self.UPDATE)]}
        self.told: dict[str, Any] = told
        self.write("told", {"question": f"{self.QUESTION} {self.UPDATE}", "reply": told})
        self.model = f"scripted/{self.recordings}"
        self.opened: list[Reasoner] = []

    @staticmethod
    def wording(*updates: str) -> dict[str, str]:
        return {"lang": "en", "text": "\n".join(("What is the total of {numbers}?", *updates))}

    def write(self, name: str, recording: dict[str, Any]) -> None:
        (self.recordings / f"{name}.json").write_text(json.dumps(recording))

    def open(self, **settings: Any) -> Reasoner:
        chosen = {"model": self.model, "store": str(self.folder / "store"), **settings}
        self.opened.append(open_reasoner(Seglam(**chosen)))
        return self.opened[-1]

    # ---------------------------------------------------------------- asking

    def asked(self, onward: Onward | None = None, text: str = QUESTION, **options: Any) -> Question:
        return Question(text, {"numbers": [1, 2, 3]}, options=Options(onward=onward, **options))

    @staticmethod
    def meanwhile(said: Callable[[Run], object], after: int = 200) -> threading.Thread:
        """Say something once the run has thought so many characters, from another thread as a front end does."""

        def wait() -> None:
            end = time.monotonic() + 20
            while time.monotonic() < end:
                if any(len(live.run.thinking) > after for live in lives()):
                    said(lives()[0].run)
                    return
                time.sleep(0.005)

        thread = threading.Thread(target=wait)
        thread.start()
        return thread

    def stopped(self, reasoner: Reasoner, after: int = 400) -> Run:
        thread = self.meanwhile(lambda _run: control("stop"), after)
        with pytest.raises(SeglamError) as caught:
            reasoner.ask(self.asked())
        thread.join()
        assert caught.value.code == "E-STOPPED-THINKING"
        return runs.to_go_on(reasoner.log, str(caught.value.facts["run"]))

    # ---------------------------------------------------------------- the witness

    def sent(self) -> list[dict[str, Any]]:
        """The messages of the last request."""
        return list(self.body()["messages"])

    def body(self) -> dict[str, Any]:
        """The last request."""
        found: dict[str, Any] = self._page("/calls/last")
        return found

    def calls(self) -> list[dict[str, Any]]:
        """The calls of the model, those of probing left out."""
        return [call for call in self._page("/calls")["log"] if call["recording"] not in (None, "probed")]

    def ends(self) -> list[str]:
        """How these ended."""
        return [call["end"] for call in self.calls()]

    def _page(self, page: str) -> Any:
        address = scripted.start(str(self.recordings)).removesuffix("/v1")
        with urllib.request.urlopen(address + page) as reply:
            return json.loads(reply.read())

    def close(self) -> None:
        for reasoner in self.opened:
            reasoner.close()


@pytest.fixture
def thinker(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Thinker]:
    made = Thinker(tmp_path, getattr(request, "param", 3))
    probing.forget()
    gateway.price(Target("openai/gpt-4o-mini"), 1, 1)  # loads what takes seconds once, and no test is about it
    yield made
    made.close()
