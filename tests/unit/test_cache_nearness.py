"""Candidates by likeness: always the same order, bounded in memory and work, and no way to a hit."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seglam_magics.cache import Library, anchors, masking, nearness
from seglam_magics.cache.anchors import Postings
from seglam_magics.cache.masking import masked_question, masked_wording
from seglam_magics.cache.nearness import KEPT, PROPOSED, WIDTH, Hashed, Near, Remembering, nearest, rank
from seglam_magics.question import read
from seglam_magics.words import Column, Parameter, Revision, Template, Variable

SALES = Variable("sales", "frame", columns=(Column("bill_length", "float"), Column("city", "str")))
TEXTS = st.text(max_size=30)


# ---------------------------------------------------------------- masking


TYPES = {"k": "int", "n": "float", "df": "frame", "x": "column", "by": "column", "v": "str"}


@pytest.mark.parametrize(
    ("question", "wording", "columns"),
    [
        ("five largest of sales", "{k} largest of {df}", ()),
        ("mean bill length per city in `sales`", "mean {x} per {by} in `{df}`", ()),
        ("mean Bill lengths in sales above 1,200", "mean bill length in {df} above {n}", ("bill_length",)),
        ('rows where city is "New York"', "rows where {x} is {v}", ()),
        ("сколько строк в sales, где city больше 5", "сколько строк в {df}, где {x} больше {n}", ()),
    ],
)
def test_a_question_and_its_wording_look_the_same(question, wording, columns) -> None:
    assert masked_question(read(question, {"sales": SALES})) == masked_wording(wording, TYPES, columns)


def test_values_of_a_column_are_masked_where_they_were_found() -> None:
    reading = read("mean bill_length in Oslo Fjord", {"sales": SALES})
    at = reading.text.index("Oslo")
    assert masked_question(reading, [(at, len(reading.text))]) == 'mean _ in "'


def test_words_that_only_begin_like_a_column_stay() -> None:
    assert masked_wording("cityscape of cities and city", {}, ["city"]) == "cityscape of cities and _"


@given(st.lists(st.sampled_from(["sales", "city", "`sales`", "12", "five", '"', "x y", "é", "{k}", "."])).map(" ".join))
def test_masking_fails_on_nothing_that_can_be_read(text: str) -> None:
    if text:
        assert "12" not in masked_question(read(text, {"sales": SALES}))
    masked_wording(text, {"k": "int"}, ["city"])


# ---------------------------------------------------------------- vectors


@given(st.lists(TEXTS | st.just("mean of _ per _"), min_size=1, max_size=6))
def test_rows_have_length_one_and_do_not_depend_on_their_neighbours(texts) -> None:
    rows = Hashed().embed(texts)
    assert (rows.shape, rows.dtype) == ((len(texts), WIDTH), np.float32)
    for text, row in zip(texts, rows, strict=True):
        assert np.array_equal(row, Hashed().embed([text])[0])
        assert float(row @ row) == pytest.approx(1 if text.split() else 0, abs=1e-5)


def test_vectors_are_the_same_in_every_process() -> None:
    program = (
        "from seglam_magics.cache.nearness import Hashed; print(Hashed().embed(['mean of _ per _']).tobytes().hex())"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", program], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout
        for seed in ("1", "2")
    }
    assert found == {Hashed().embed(["mean of _ per _"]).tobytes().hex() + "\n"}


@pytest.mark.parametrize(
    ("question", "meant"),
    [
        ("what is the average _ for each _ in _?", "average _ for every _ of _"),
        ("which 0 _ have the highest _", "0 _ with the highest _"),
        ("сколько строк _ имеют _ больше 0", "сколько строк в _ с _ больше 0"),
        ("how long is the longest streak of _ over 0", "longest run of _ above 0, a streak"),
    ],
)
def test_what_is_worded_alike_comes_first(question, meant) -> None:
    others = [
        "smallest _ of all",
        "share of rows with _",
        "how many _ are missing",
        "доля пропусков в _",
        "sort _ by _",
    ]
    assert rank(question, [*others, meant])[0].wording == meant


def test_equal_ones_keep_their_order_and_nothing_gives_nothing() -> None:
    assert [near.key for near in rank("mean of _", ["a b", "mean of _", "mean of _"])][:2] == [1, 2]
    assert rank("mean", []) == []


def test_a_reversal_is_nearer_than_a_paraphrase_so_no_order_can_decide() -> None:
    """Why nothing here may lead to a hit: the twin that asks the opposite is the most alike."""
    found = rank("rows of _ with _ above 0", ["all of _ whose _ exceeds 0", "rows of _ with _ below 0"])
    assert found[0].wording == "rows of _ with _ below 0"


# ---------------------------------------------------------------- two stages


class Counted:
    """An embedder that counts the texts it is asked for."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def embed(self, texts):
        self.texts += texts
        return Hashed().embed(texts)


def crowd(size: int) -> tuple[Postings[int], dict[int, list[str]]]:
    texts = {n: [f"mean of thing{n % 700} per w{n}", f"thing{n % 700} average w{n}"] for n in range(size)}
    postings: Postings[int] = Postings()
    for number, said in texts.items():
        postings.add({w for text in said for w in text.split()}, number)
    return postings, texts


def test_only_so_many_are_compared_however_many_there_are() -> None:
    postings, texts = crowd(3_000)
    counted = Counted()
    words = {"average", "per", "thing5", "w705"}
    found = nearest("average per thing5 and w705", words, postings, texts.__getitem__, counted)
    assert found[0].key == 705
    assert len({near.key for near in found}) == len(found)
    assert len(counted.texts) <= PROPOSED + 1


def test_vectors_are_made_once_and_forgotten_in_time() -> None:
    counted = Counted()
    remembering = Remembering(counted, kept=5)
    first = remembering.embed(["a b", "c d", "a b"])
    assert np.array_equal(first, Hashed().embed(["a b", "c d", "a b"]))
    remembering.embed(["c d"])
    assert counted.texts == ["a b", "c d"]
    rows = remembering.embed([f"text {n}" for n in range(9)])
    assert (len(rows), len(remembering)) == (9, 5)
    remembering.embed(["a b"])
    assert counted.texts.count("a b") == 2


def test_what_is_kept_stays_within_some_megabytes() -> None:
    assert KEPT * WIDTH * 4 <= 10 * 2**20


# ---------------------------------------------------------------- no way to a hit


@pytest.mark.parametrize("module", [nearness, masking, anchors])
def test_nothing_here_knows_what_a_hit_is_made_of(module) -> None:
    tree = ast.parse(inspect.getsource(module))
    taken = {a.name for n in ast.walk(tree) if isinstance(n, ast.ImportFrom | ast.Import) for a in n.names}
    assert not taken & {"Decision", "Binding", "Revision", "Fit", "Fits", "Library", "Stored", "unify", "unify_all"}
    assert not {"hit", "bindings"} & {n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute)}


def test_what_comes_out_is_a_key_and_an_order() -> None:
    assert list(Near.__dataclass_fields__) == ["key", "likeness", "wording"]


def test_full_likeness_is_still_a_miss() -> None:
    """A twin with a likeness of almost one is refused by the decision, which does not look at it."""
    library = Library()
    wording = Template("the {k} largest values of the whole list")
    library.put(Revision("top", 1, "ab" * 32, "", parameters=(Parameter("k", "int", example=3),), templates=(wording,)))
    twin = read("the 3 smallest values of the whole list", {})
    assert rank(masked_question(twin), [masked_wording(wording.text, {"k": "int"})])[0].likeness > 0.6
    assert not library.decide(twin).hit


def test_a_hit_needs_no_vectors() -> None:
    program = (
        "import sys, seglam_magics.cache.library as l; from seglam_magics.question import read; "
        "l.Library().decide(read('the 3 largest', {})); print('numpy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
