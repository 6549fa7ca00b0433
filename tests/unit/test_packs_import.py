"""Taking procedures into a store: all of them or none, whatever kills it, and never before one's own."""

from __future__ import annotations

import dataclasses
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seglam_magics.cache.arrivals import Origin
from seglam_magics.cache.catalogue import Catalogue
from seglam_magics.cache.library import Library
from seglam_magics.cache.taking import take_in
from seglam_magics.errors import SeglamError
from seglam_magics.procedure import to_record
from seglam_magics.procedure.identity import identity_of
from seglam_magics.store import FolderLog, MemoryLog
from seglam_magics.trust import Approvals
from seglam_magics.words import Event, Parameter, Revision, Template, Verdict

ORIGIN = Origin("p" * 64, "Ada", "0000-1111")


def made(name: str, body: str = "len(xs)", number: int = 0) -> Revision:
    one = Revision(
        name,
        number,
        "",
        f"def {name}(*, xs):\n    return {body}\n",
        parameters=(Parameter("xs", "list"),),
        templates=(Template(f"the {name} of {{xs}}"),),
        verdict=Verdict(ok=True),
    )
    return dataclasses.replace(one, proc_id=identity_of(one))


def opened(folder: Path, log: Any = None) -> Catalogue:
    return Catalogue(log or FolderLog(folder / "store"), Approvals(folder / "mine"))


def test_all_are_there_in_every_kernel_and_say_where_they_came_from(tmp_path: Path) -> None:
    mine, beside = opened(tmp_path), opened(tmp_path)
    taken = take_in(mine, [made("a"), made("b")], ORIGIN)
    beside.follow()
    for one in (mine, beside, opened(tmp_path)):
        assert one.library.names() == ("a", "b")
        assert one.library.versions("a") == taken[:1]
        assert one.library.shelf.origin("a", 1) == ORIGIN
        assert one.approvals.state(taken[0]) == "quarantined"


KILLED = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from test_packs_import import ORIGIN, made, opened, take_in
one = opened(Path({folder!r}))
put, left = one.log.put, [{puts}]
def dying(*args):
    if not left[0]:
        os.kill(os.getpid(), signal.SIGKILL)
    left[0] -= 1
    return put(*args)
one.log.put = dying
take_in(one, [made(name) for name in "abcde"], ORIGIN)
"""


@pytest.mark.parametrize("puts", [0, 1, 4])
def test_an_import_that_was_killed_has_changed_nothing_and_is_made_again(tmp_path: Path, puts: int) -> None:
    opened(tmp_path).publish(made("a", "sum(xs)"))
    code = KILLED.format(tests=str(Path(__file__).parent), folder=str(tmp_path), puts=puts)
    ended = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    after = opened(tmp_path)
    assert after.library.names() == ("a",)
    assert len(after.library.versions("a")) == 1
    assert after.publish(made("a", "max(xs)")).number == (2 if puts == 0 else 3)
    again = take_in(after, [made(name) for name in "abcde"], ORIGIN)
    assert opened(tmp_path).library.names() == after.library.names() == ("a", "b", "c", "d", "e")
    assert [one.number for one in again] == [3 if puts == 0 else 4, *([2] * (puts - 1)), *([1] * min(4, 5 - puts))]


class Full(MemoryLog):
    """A log on a disk that is full after so many revisions."""

    left = 2

    def put(self, name: str, expect: int, data: Any) -> Event:
        self.left -= 1
        if self.left < 0:
            raise SeglamError("E-STORE-WRITE", path="x", why="no space left on device")
        return super().put(name, expect, data)


def test_an_import_that_does_not_fit_has_changed_nothing(tmp_path: Path) -> None:
    log = Full()
    one = opened(tmp_path, log)
    with pytest.raises(SeglamError, match="E-STORE-WRITE"):
        take_in(one, [made(name) for name in "abc"], ORIGIN)
    assert one.library.names() == ()
    log.left = 9
    take_in(one, [made(name) for name in "abc"], ORIGIN)
    assert one.library.names() == ("a", "b", "c")


def test_another_kernel_that_publishes_meanwhile_loses_nothing(tmp_path: Path) -> None:
    mine, beside = opened(tmp_path), opened(tmp_path)
    put, first = mine.log.put, [True]

    def late(*args: Any) -> Event:
        if first:
            first.clear()
            beside.publish(made("a", "sum(xs)"))
        return put(*args)

    mine.log.put = late  # type: ignore[method-assign]
    (taken,) = take_in(mine, [made("a")], ORIGIN)
    assert taken.number == 2
    known = mine.library.shelf.active("a")
    assert known is not None
    assert known.number == 1


def test_what_is_made_here_under_the_same_identity_is_ones_own(tmp_path: Path) -> None:
    one = opened(tmp_path, MemoryLog())
    one.publish(made("a", "sum(xs)"))
    take_in(one, [made("a")], ORIGIN)
    own = one.publish(made("a"))
    active = one.library.shelf.active("a")
    assert active is not None
    assert (own.number, active.number) == (3, 3)
    assert one.library.shelf.origin("a", 3) is None


@given(st.lists(st.tuples(st.sampled_from("ab"), st.booleans(), st.integers(0, 9)), max_size=8))
def test_one_that_came_in_a_pack_answers_only_where_there_is_none_of_ones_own(steps: list[Any]) -> None:
    log = MemoryLog()
    library, own = Library(), {"a": 0, "b": 0}
    for name, imported, mark in steps:
        one = made(name, f"len(xs) + {mark}")
        number = library.shelf.last(name) + 1
        if imported:
            library.apply(log.append("import", {"procedures": [one.proc_id], "pack": "p"}))
        else:
            own[name] = number
        library.apply(log.put(name, number - 1, to_record(dataclasses.replace(one, number=number))))
    for name, number in own.items():
        active = library.shelf.active(name)
        assert (active.number if active else 0) == (number or library.shelf.last(name))


@given(
    st.dictionaries(st.sampled_from(["procedures", "pack", "signer"]), st.sampled_from([None, 1, "x", ["x"], [[]], {}]))
)
def test_an_import_event_of_another_form_stops_nothing(data: dict[str, Any]) -> None:
    log, library = MemoryLog(), Library()
    library.apply(log.append("import", data))
    library.apply(log.append("tag", data))
    library.apply(log.put("a", 0, to_record(made("a", number=1))))
    assert library.names() == ("a",)
