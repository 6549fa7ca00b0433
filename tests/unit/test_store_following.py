"""Following: what another kernel publishes arrives soon, once and in order, whatever else happens."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from seglam_magics.store import FolderLog, Log, MemoryLog, follow
from seglam_magics.words import Event

SOON = 10.0  # seconds until a test gives up; the promise is measured by the benchmark


class Inbox:
    """Collects events and wakes whoever waits for a number of them."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._more = threading.Condition()

    def __call__(self, event: Event) -> None:
        with self._more:
            self.events.append(event)
            self._more.notify_all()

    def wait(self, count: int) -> list[Event]:
        with self._more:
            assert self._more.wait_for(lambda: len(self.events) >= count, SOON), f"only {self.events} arrived"
            return list(self.events)


def two(backend: str, folder: Path) -> tuple[Log, Log]:
    if backend == "memory":
        first = MemoryLog()
        return first, MemoryLog(first)
    return FolderLog(folder), FolderLog(folder)


@pytest.mark.parametrize("backend", ["memory", "folder"])
def test_events_of_another_kernel_arrive_in_order_and_own_ones_do_not(backend: str, tmp_path: Path) -> None:
    mine, other = two(backend, tmp_path)
    inbox = Inbox()
    stop = follow(mine, inbox, every=0.01)
    mine.append("hit", {"mine": True})
    sent = [other.append("retire", {"name": f"p{n}"}) for n in range(50)]
    assert inbox.wait(50) == sent
    stop()
    other.append("retire", {"name": "late"})
    assert not any(thread.name == "seglam-follow" for thread in threading.enumerate())
    assert inbox.events == sent
    stop()


def test_another_process_is_followed_at_the_usual_pace(tmp_path: Path) -> None:
    inbox = Inbox()
    stop = follow(FolderLog(tmp_path), inbox)
    code = f"""
from pathlib import Path
from seglam_magics.store import FolderLog
FolderLog(Path({str(tmp_path)!r})).put("mean", 0, {{"name": "mean", "number": 1}})
"""
    subprocess.run([sys.executable, "-c", code], check=True)
    assert inbox.wait(1)[0].data["name"] == "mean"
    stop()


def test_a_receiver_that_fails_keeps_nothing_back_and_is_told_on() -> None:
    mine, other = two("memory", Path())
    inbox, troubles = Inbox(), Inbox()

    def receive(event: Event) -> None:
        if event.data["n"] % 2:
            raise ValueError(event.data["n"])
        inbox(event)

    stop = follow(mine, receive, every=0.01, trouble=troubles)  # type: ignore[arg-type]
    for n in range(6):
        other.append("hit", {"n": n})
    assert [event.data["n"] for event in inbox.wait(3)] == [0, 2, 4]
    assert len(troubles.wait(3)) == 3
    stop()


def test_a_folder_in_trouble_does_not_end_the_following(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    mine, other = FolderLog(folder), FolderLog(folder)
    inbox, troubles = Inbox(), Inbox()
    other.append("hit", {"n": 1})
    segments, aside = folder / "segments", folder / "aside"
    segments.rename(aside)
    segments.symlink_to(segments)  # a link to itself cannot be listed

    def complain(error: Exception) -> None:
        troubles(error)  # type: ignore[arg-type]
        raise error

    stop = follow(mine, inbox, every=0.01, trouble=complain)
    assert "E-STORE-READ" in str(troubles.wait(1)[0])
    segments.unlink()
    aside.rename(segments)
    assert inbox.wait(1)[0].data == {"n": 1}
    stop()


def test_it_can_be_stopped_from_within() -> None:
    mine, other = two("memory", Path())
    inbox = Inbox()
    stops = []

    def receive(event: Event) -> None:
        stops[0]()
        inbox(event)

    stops.append(follow(mine, receive, every=0.01))
    other.append("hit", {})
    inbox.wait(1)


def test_it_does_not_keep_the_process_alive(tmp_path: Path) -> None:
    code = f"""
from pathlib import Path
from seglam_magics.store import FolderLog, follow
follow(FolderLog(Path({str(tmp_path)!r})), print, every=60)
"""
    assert subprocess.run([sys.executable, "-c", code], check=True, timeout=SOON, capture_output=True).stderr == b""
