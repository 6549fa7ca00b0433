"""Indexes that were kept: with them a library decides as without them, and nothing that does not fit is used."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from seglam_magics.cache import Library, drawers, kept, loading
from seglam_magics.cache.catalogue import Catalogue
from seglam_magics.cache.kept import FILE, Lines, read_kept, reader, write_kept
from seglam_magics.cache.loading import keep
from seglam_magics.procedure import to_record
from seglam_magics.question import read
from seglam_magics.store import FolderLog
from seglam_magics.trust import Approvals
from seglam_magics.words import Decision, Event, Parameter, Revision, Template
from tests.unit.matching.corpus import LANGUAGES, asks, procedures
from tests.unit.matching.world import World
from tests.unit.matching.world import world as whole_world
from tests.unit.test_cache_scale import ALL, ASKED, FRAME, SALES, Cells, event, plain, raw, revised, tabular

SYNONYM = replace(tabular("mean"), name="dear", synonyms={"price": ("cost",)}, proc_id="ee" * 32)
RIVAL = replace(tabular("mean"), name="other_mean", proc_id="ab" * 32, created=9.0)
SHOP = replace(plain("boats", "baker"), name="shop", proc_id="cd" * 32, templates=(Template("boats in {n} days?"),))
BARE = replace(
    tabular("sum"), name="bare", proc_id="ef" * 32, parameters=(FRAME, Parameter("c", "column", example="price")),
    requires=(), templates=(Template("{c}?"), Template("What is the {c} of {frame}?")), question="the price",
)  # fmt: skip
KNOWN = (*ALL, SYNONYM, RIVAL, SHOP, BARE)
QUESTIONS = (
    *ASKED,
    "What is the average cost for Oslo?",
    "the price",
    "What is the year of sales?",
    "how many boats in 9 days?",
    "price where region is Oslo or year is under 2021",
    "How many apples does a thief sell in 9 days?",
    *(one.question for one in KNOWN),
)
KINDS = ("revise", "retire", "restore", "pin", "unpin", "alias", "unalias", "merge", "unmerge", "reject", "publish")
CHANGES = st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, len(KNOWN) - 1)), max_size=12)


def events(changes: Sequence[tuple[str, int]], first: int) -> list[Event]:
    """The events of these changes; names that were never published are changed as well."""
    found = []
    for clock, (kind, place) in enumerate(changes, first):
        one = KNOWN[place]
        data: dict[str, Any] = {"name": one.name, "number": 1, "into": KNOWN[place - 1].name, "tier": "template"}
        said = {"text": f"{one.name} of the {{n}} quokkas", "question": QUESTIONS[place], "proc_id": one.proc_id}
        if kind in ("revise", "publish"):
            found.append(event("revision", raw(revised(one, clock) if kind == "revise" else one), clock))
        else:
            found.append(event(kind, data | said, clock))
    return found


def told(library: Library, text: str) -> Decision:
    return library.decide(read(text, {"sales": SALES}), values=Cells())


def kept_by(library: Library) -> Lines:
    """The indexes of a library, as another kernel reads them."""
    with tempfile.TemporaryDirectory() as folder:
        assert keep(library.filing, Path(folder), lambda: 0, bool)
        lines = read_kept(Path(folder))
    assert lines is not None
    return lines


def loaded(told_of: Sequence[Event], lines: Lines | None = None) -> Library:
    library = Library()
    library.load(told_of, lines)
    return library


# ---------------------------------------------------------------- the same decisions


@given(
    few=st.sampled_from((1, 32)),
    stored=st.permutations(KNOWN),
    before=CHANGES,
    between=CHANGES,
    after=CHANGES,
    asked=st.integers(0, len(QUESTIONS) - 1),
)
@example(few=1, stored=KNOWN, before=[], between=[("publish", 0)], after=[("retire", 11)], asked=0)
@settings(deadline=None, max_examples=12, phases=(Phase.explicit, Phase.generate))  # shrinking would take minutes
def test_with_what_was_kept_it_decides_as_with_everything_filed(
    few: int,
    stored: list[Revision],
    before: list[tuple[str, int]],
    between: list[tuple[str, int]],
    after: list[tuple[str, int]],
    asked: int,
) -> None:
    past = [event("revision", raw(one), clock) for clock, one in enumerate(stored[:-2], 1)] + events(before, 100)
    with patch.object(drawers, "FEW", few):
        earlier = loaded(past)
        told(earlier, QUESTIONS[asked])
        lines = kept_by(earlier)
        now = past + events(between, 200)
        complete, lazy = loaded(now), loaded(now, lines)
        for late in events(after, 300):
            assert told(lazy, QUESTIONS[asked]) == told(complete, QUESTIONS[asked])
            complete.apply(late)
            lazy.apply(late)
        for text in QUESTIONS:
            assert told(lazy, text) == told(complete, text), text
        assert not lazy._filing.unfit
        assert lazy._filing._kept is not None
        assert complete.filing.wordings.knows("quokkas") == lazy.filing.wordings.knows("quokkas")
        again = loaded(now, kept_by(loaded(now, lines)))  # kept by one that had read only parts of it
        fresh = loaded(now)
        for text in QUESTIONS[asked % 3 :: 3]:
            assert told(again, text) == told(fresh, text), text
        for one in KNOWN:
            new = replace(one, name="new", proc_id="99" * 32)
            assert [r.name for r in again.twins.kin(new)] == [r.name for r in fresh.twins.kin(new)]
            assert [r.name for r in again.twins.alike(new)] == [r.name for r in fresh.twins.alike(new)]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_corpus_is_decided_as_with_everything_filed(lang: str) -> None:
    told_of = [event("revision", raw(p.revision), n) for n, p in enumerate(procedures(lang).values(), 1)]
    lazy, complete = (World(procedures(lang).values(), whole_world(lang).namespace) for _ in range(2))
    half = kept_by(loaded(told_of[: len(told_of) // 2]))
    lazy.library, complete.library = loaded(told_of, half), loaded(told_of)
    everything = World(procedures(lang).values(), whole_world(lang).namespace)
    everything.library = loaded(told_of, kept_by(complete.library))
    assert not everything.library._filing.waits
    asked = [(a.text, procedures(lang)[a.procedure].inputs) for a in asks(lang)[::5]]
    asked += [(f"{text} but not now", inputs) for text, inputs in asked[::3]]
    hits = 0
    for text, inputs in asked:
        decision = complete.ask(text, *inputs)
        assert lazy.ask(text, *inputs) == decision, text
        assert everything.ask(text, *inputs) == decision, text
        hits += decision.hit
    assert 20 < hits < len(asked)


def test_a_rival_published_after_they_were_kept_is_seen_by_the_first_question(tmp_path: Path) -> None:
    with patch.object(loading, "LEAST", 1):
        one = opened(tmp_path)
        for revision in (*ALL, *CROWD):
            one.publish(revision)
        assert one.keep()
        assert not one.keep()  # nothing was filed since
        text = "What is the mean price in sales for Oslo?"
        assert told(one.library, text).rivals == ()
        one.publish(RIVAL)
        other = opened(tmp_path)
        assert other.library._filing.waits
        assert [r.name for r, _ in told(other.library, text).rivals] == ["mean_price"]
        other.retire("mean_price")
        assert told(other.library, text).rivals == ()
        third = opened(tmp_path)
        assert told(third.library, text) == told(other.library, text)
        for catalogue in (one, other, third):
            catalogue.close()


CROWD = tuple(replace(SHOP, name=f"shop{n}", proc_id=f"{n:064x}", templates=SHOP.templates) for n in range(3))


def opened(folder: Path) -> Catalogue:
    return Catalogue(FolderLog(folder / "store"), Approvals(folder / "own"))


def test_what_could_not_be_read_is_not_tried_again_and_the_one_before_it_answers() -> None:
    later = to_record(revised(ALL[0], 2)) | {"templates": [{"text": "the {frame}", "tone": "warm"}]}
    unfit = type(raw(ALL[0]))(json.dumps(later, separators=(",", ":")).encode())
    told_of = [*(event("revision", raw(one), n) for n, one in enumerate(ALL, 1)), event("revision", unfit, 90)]
    first = loaded(told_of)
    second = loaded(told_of, kept_by(first))
    assert not second._filing.waits
    assert second.unreadable == first.unreadable == (f"{ALL[0].name}@2",)
    assert told(second, ASKED[0]) == told(first, ASKED[0])
    assert kept_by(loaded(told_of, kept_by(second))).head["refused"]


# ---------------------------------------------------------------- what does not fit

SOME = [event("revision", raw(one), clock) for clock, one in enumerate(KNOWN, 1)]


@cache
def whole_file() -> bytes:
    return kept_by(loaded(SOME))._data


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / FILE).write_bytes(whole_file())
    assert read_kept(tmp_path) is not None
    return tmp_path


@given(st.data())
@settings(deadline=None, max_examples=60)
def test_a_damaged_file_is_not_used(data: st.DataObject) -> None:
    whole = whole_file()
    place = data.draw(st.integers(0, len(whole) - 1))
    other = data.draw(st.integers(0, 255).filter(lambda byte: byte != whole[place]))
    for damaged in (whole[:place], whole[:place] + bytes([other]) + whole[place + 1 :], whole + whole[place:]):
        with pytest.raises(ValueError):
            Lines(damaged, reader())


def test_no_file_a_foreign_one_a_link_a_pipe_or_a_folder_is_as_none(folder: Path, tmp_path: Path) -> None:
    assert read_kept(None) is None
    real = tmp_path / "real"
    (folder / FILE).rename(real)
    assert read_kept(folder) is None
    for text in (b"", b"\n", b"{}", b"seglam index 1 \n", os.urandom(999)):
        (folder / FILE).write_bytes(text)
        assert read_kept(folder) is None
    (folder / FILE).unlink()
    if sys.platform != "win32":
        (folder / FILE).symlink_to(real)
        assert read_kept(folder) is None
        (folder / FILE).unlink()
        os.mkfifo(folder / FILE)
        assert read_kept(folder) is None
        (folder / FILE).unlink()
    (folder / FILE).mkdir()
    assert read_kept(folder) is None


def test_the_file_of_another_version_is_not_used(folder: Path) -> None:
    with patch.object(kept, "reader", lambda: "another"):
        assert read_kept(folder) is None
    with patch.object(kept, "reader", side_effect=OSError):  # seglam lies in no folder
        assert read_kept(folder) is None


WRONG = (
    [[10_000]],
    [10_000],
    [-1],
    ["a"],
    "a",
    None,
    7,
    {"a": 1},
    [[[0, "x"]], [], {}],
    [[], [[7]], {}],
    [],
    [None] * 4,
)


@given(line=st.integers(0, 10_000), wrong=st.sampled_from(WRONG))
@settings(deadline=None, max_examples=20, phases=(Phase.explicit, Phase.generate))
def test_a_file_that_says_nonsense_costs_no_more_than_the_time(line: int, wrong: Any) -> None:
    body = whole_file().split(b"\n")[1:-1]
    line %= len(body) - 1
    places = [len(kept._opening(b""))]
    for text in body:
        places.append(places[-1] + len(text) + 1)
    new = json.dumps(wrong, separators=(",", ":")).encode()
    body[line] = new[: len(body[line])].ljust(len(body[line]))  # in the same place, so that all others are found
    text = b"\n".join(body) + b"\n"
    lines = Lines(kept._opening(text) + text, reader())
    lazy, complete = loaded(SOME, lines), loaded(SOME)
    for asked in QUESTIONS[line % 4 :: 4]:
        decision = told(lazy, asked)  # whatever the file says
        if lazy._filing._kept is None:  # it was noticed
            assert decision == told(complete, asked)


@pytest.mark.parametrize("table", ["words", "sets", "questions", "texts", "texts by word", "columns", "one less"])
def test_a_table_that_is_none_is_noticed_before_anything_is_decided_by_it(table: str) -> None:
    lines = Lines(whole_file(), reader())
    lines.head["tables"][table] = lines.head["tables"]["words"] + 1
    lazy, complete = loaded(SOME, lines), loaded(SOME)
    for text in QUESTIONS[::3]:
        assert told(lazy, text) == told(complete, text)
    assert lazy._filing._kept is None  # all was filed anew


@pytest.mark.parametrize("key", ["names", "digests", "refused", "tables"])
@pytest.mark.parametrize("wrong", [None, [], [[]], ["a"], [1], {}, "abc", 5])
def test_a_head_that_says_nonsense_is_passed_over(key: str, wrong: Any) -> None:
    lines = Lines(whole_file(), reader())
    lines.head[key] = wrong
    assert told(loaded(SOME, lines), ASKED[0]) == told(loaded(SOME), ASKED[0])


# ---------------------------------------------------------------- writing it


def test_a_folder_that_cannot_be_written_spoils_nothing_and_is_not_tried_again(tmp_path: Path) -> None:
    library = loaded(SOME)
    assert library.filing.fresh == len(KNOWN)
    (tmp_path / "file").write_bytes(b"")
    assert not keep(library.filing, tmp_path / "file", lambda: 0, bool)
    assert library.filing.fresh == 0


def test_what_changes_meanwhile_is_not_written(tmp_path: Path) -> None:
    library = loaded(SOME)
    late = iter([revised(ALL[0], 2)])

    def rest() -> bool:
        for one in late:
            library.put(one)
        return False

    assert not keep(library.filing, tmp_path, lambda: library.generation, rest)
    assert not keep(library.filing, tmp_path, lambda: 0, lambda: True)  # the kernel ends
    assert list(tmp_path.iterdir()) == []
    assert keep(library.filing, tmp_path, lambda: library.generation, bool)


def test_the_rest_of_a_write_that_was_killed_is_removed_in_time(tmp_path: Path) -> None:
    old, young = tmp_path / f"{FILE}.aa", tmp_path / f"{FILE}.bb"
    for rest in (old, young):
        rest.write_bytes(b"x")
    os.utime(old, (1, 1))
    write_kept(tmp_path, b"all of it")
    assert sorted(p.name for p in tmp_path.iterdir()) == [FILE, young.name]
    if sys.platform != "win32":
        assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600


def test_a_kernel_keeps_what_it_filed_and_the_next_one_files_nothing(tmp_path: Path) -> None:
    code = f"""
import time
from pathlib import Path
from seglam_magics.cache import loading
from seglam_magics.cache.catalogue import Catalogue
from seglam_magics.store import FolderLog
from seglam_magics.trust import Approvals
loading.LEAST = 10
catalogue = Catalogue(FolderLog(Path({str(tmp_path / "store")!r})), Approvals(Path({str(tmp_path / "own")!r})))
catalogue.keep_following()
while not Path({str(tmp_path / "store" / FILE)!r}).exists():
    time.sleep(0.01)
"""
    one = opened(tmp_path)
    for revision in ALL:
        one.publish(revision)
    one.close()
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, timeout=60)
    reader.cache_clear()  # the files of seglam may have been edited since it was read here
    other = opened(tmp_path)
    assert not other.library._filing.waits
    assert other.library._filing.fresh == 0
    assert told(other.library, ASKED[0]).hit
    other.close()


def test_nothing_is_kept_of_a_small_store_or_of_one_in_memory(tmp_path: Path) -> None:
    one = opened(tmp_path)
    for revision in ALL:
        one.publish(revision)
    assert not one.keep()
    assert not (tmp_path / "store" / FILE).exists()
    one.close()
