"""Words are looked up in the data: every cell spelled so is found, nothing else is, and a change does not go unseen."""

from __future__ import annotations

import gc
import subprocess
import sys
import unicodedata
import weakref
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seglam_magics.procedure import domains, lookup
from seglam_magics.procedure.domains import Domains, alike
from seglam_magics.procedure.guards import spellings
from seglam_magics.procedure.keys import PROVEN, folded_key, index_keys, vectorised
from seglam_magics.procedure.remembering import Memory
from seglam_magics.procedure.tables import pandas_array, text_columns
from seglam_magics.question import cell_key, normal
from seglam_magics.question.normal import spelled
from seglam_magics.words import Values

FILLER = tuple(f"filler {n}" for n in range(3_000))


def pandas() -> Any:
    return pytest.importorskip("pandas")


def pyarrow() -> Any:
    return pytest.importorskip("pyarrow")


def of_pandas(kind: str | None, data: dict[str, list[Any]]) -> Any:
    pd = pandas()
    return pd.DataFrame({name: pd.Series(cells, dtype=kind) for name, cells in data.items()})


KINDS: dict[str, Any] = {
    "polars": pl.DataFrame,
    "polars categories": lambda data: pl.DataFrame(data, schema=dict.fromkeys(data, pl.Categorical)),
    "polars enum": lambda data: pl.DataFrame(
        {n: pl.Series(c, dtype=pl.Enum(list(dict.fromkeys(x for x in c if x is not None)))) for n, c in data.items()}
    ),
    "pandas": lambda data: pandas().DataFrame(data),
    "pandas objects": lambda data: of_pandas("object", data),
    "pandas categories": lambda data: of_pandas("category", data),
    "pandas strings of python": lambda data: of_pandas("string[python]", data),
    "pandas arrow": lambda data: pyarrow() and of_pandas("string[pyarrow]", data),
    "arrow": lambda data: pyarrow().table(data),
    "arrow dictionary": lambda data: pyarrow().table(
        {n: pyarrow().chunked_array([c[:2], c[2:]], type="string").dictionary_encode() for n, c in data.items()}
    ),
    "dictionary": dict,
    "rows": lambda data: [dict(zip(data, row, strict=True)) for row in zip(*data.values(), strict=True)],
}


def find(table: Any, *phrases: str) -> dict[str, dict[str, tuple[str, ...]]]:
    return Domains({"df": table}, {"df"}).find("df", phrases)


def expected(cells: list[Any], phrases: list[str]) -> dict[str, dict[str, tuple[str, ...]]]:
    """What must be found in one column `a`, said plainly."""
    texts = [c for c in dict.fromkeys(c for c in cells if isinstance(c, str)) if len(c) <= lookup.LONGEST]
    spelt = {p: tuple(t for t in texts if p and cell_key(t) == p)[:8] for p in phrases}
    return {p: {"a": found} for p, found in spelt.items() if found}


# ---------------------------------------------------------------- what is found


@pytest.mark.parametrize("filler", [(), FILLER], ids=["few", "many"])
@pytest.mark.parametrize("kind", KINDS)
def test_cells_are_found_by_their_key_in_every_kind_of_table(kind: str, filler: tuple[str, ...]) -> None:
    people = ["O\u2019Neil", None, "o'neil", "Ёлкина", "", "---", "o'neil", "20–13", "\U0001f600 Ann"]
    cities = ["Rio", "RIO", None, "Rio de Janeiro", "rio.", "Рим", "x", "y", "Zo\u0065\u0308"]
    table = KINDS[kind]({"who": [*people, *filler], "where": [*cities, *filler]})
    found = find(table, "zoë", "o neil", "rio", "ёлкина", "20 13", "ann", "rio de", "neil", "", "---")
    assert {phrase: {c: set(cells) for c, cells in columns.items()} for phrase, columns in found.items()} == {
        "zoë": {"where": {"Zo\u0065\u0308"}},
        "o neil": {"who": {"O\u2019Neil", "o'neil"}},
        "rio": {"where": {"Rio", "RIO", "rio."}},
        "ёлкина": {"who": {"Ёлкина"}},
        "20 13": {"who": {"20–13"}},
        "ann": {"who": {"\U0001f600 Ann"}},
    }
    if filler:
        assert find(table, "filler 2999") == {"filler 2999": {"who": ("filler 2999",), "where": ("filler 2999",)}}


def test_a_phrase_names_eight_cells_of_a_column_at_most_in_the_order_of_the_rows() -> None:
    cells = ["a" + mark for mark in ".,;:!?*/\\"]
    for filler in ((), FILLER):
        assert find(pl.DataFrame({"x": [*cells, *filler]}), "a") == {"a": {"x": tuple(cells[:8])}}


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
NEAR = st.lists(st.sampled_from("aAßẞıİiIΣσςſµÅK'’-_.# %№é\u0301\u00ad\u200bдЁ²½ǅ가각\u11a8ﬁ🙂"), max_size=5).map(
    "".join
)


@settings(max_examples=150, deadline=None)
@given(st.lists(TEXTS | NEAR | st.none(), max_size=12), st.lists(NEAR, max_size=4))
def test_an_index_by_polars_finds_what_cell_key_says(cells: list[str | None], more: list[str]) -> None:
    phrases = list(dict.fromkeys(cell_key(c) for c in [*cells, *more] if c is not None))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lookup, "FEW", -1)
        assert find(pl.DataFrame({"a": pl.Series(cells, dtype=pl.String)}), *phrases) == expected(cells, phrases)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(max_size=8) | NEAR | st.none() | st.integers() | st.floats(), max_size=12), st.booleans())
def test_mixed_objects_and_half_characters_are_found_by_what_cell_key_says(cells: list[Any], large: bool) -> None:
    phrases = list(dict.fromkeys(cell_key(c) for c in cells if isinstance(c, str)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lookup, "FEW", -1 if large else 100)
        assert find({"a": cells}, *phrases) == expected(cells, phrases)


def test_every_character_that_polars_spells_alone_is_proven_to_be_spelled_alike() -> None:
    characters = pl.Series("text", [chr(n) for n in range(sys.maxunicode + 1) if not 0xD800 <= n < 0xE000])
    proven = characters.filter(characters.str.contains(PROVEN)).to_list()
    parts = (unicodedata.decomposition(chr(n)).split() for n in range(sys.maxunicode + 1))
    joining = {chr(int(p, 16)) for found in parts if found and "<" not in found[0] for p in found[1:]}
    joining |= {chr(n) for n in (*range(0x1161, 0x1176), *range(0x11A8, 0x11C3))}  # Hangul, composed by rule
    assert len(proven) > 32_000
    assert not joining & set(proven)
    assert all(unicodedata.is_normalized("NFC", c) and not unicodedata.combining(c) for c in proven)
    assert "Σ" not in proven  # the one letter whose small form hangs on its place
    middle = pl.DataFrame({"row": range(len(proven)), "text": [f"a{c}b" for c in proven]})
    keys = dict(vectorised(middle.lazy())[0].iter_rows())
    assert [keys[row] for row in range(len(proven))] == [cell_key(f"a{c}b") for c in proven]
    assert all(len({cell_key(f"a{c}b"), *index_keys(f"a{c}b")}) == 1 for c in proven)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=6) | NEAR)
def test_the_short_way_to_the_second_key_leads_where_the_long_one_does(cell: str) -> None:
    assert {*index_keys(cell)} == {cell_key(cell) or folded_key(cell), folded_key(cell)}


def test_the_short_way_is_not_taken_where_a_spelling_drops_characters() -> None:
    for character in normal._UNIFIED:
        cell = f"é{chr(character)}b"
        assert {*index_keys(cell)} == {cell_key(cell), folded_key(cell)}


# ---------------------------------------------------------------- what is not


def test_only_the_given_names_are_looked_into() -> None:
    values: Values = Domains({"df": {"a": ["x"], "n": [1]}, "other": {"a": ["x"], "n": [1]}}, {"df": None})
    assert values.find("df", ["x"])
    assert values.ranges("df")
    for name in ("other", "unknown"):
        assert values.find(name, ["x"]) == {}
        assert values.ranges(name) == {}


def test_nothing_runs_behind_the_back_of_the_user() -> None:
    def explode(_: Any) -> Any:
        raise AssertionError

    lazy = pl.LazyFrame({"a": ["x"]}).map_batches(explode, schema={"a": pl.String})
    with duckdb.connect() as connection:
        relation = connection.sql("select error('was run') as a")
        for table in (lazy, relation):
            lookup_of = Domains({"df": table}, {"df"})
            assert (lookup_of.find("df", ["x"]), lookup_of.ranges("df"), lookup_of.skipped("df")) == ({}, {}, ())


def test_numbers_and_truth_values_are_no_texts() -> None:
    frame = pl.DataFrame({"n": [1, 2], "f": [1.0, 2.0], "b": [True, False], "d": ["2020-01-01"] * 2}).with_columns(
        pl.col("d").str.to_date()
    )
    for table in (frame, frame.to_dicts(), frame.to_dict(as_series=False)):
        assert find(table, "1", "1 0", "true", "2020 01 01") == {}


@pytest.mark.parametrize(
    "table",
    [
        None,
        5,
        "text",
        [],
        {},
        [1, "x", None],
        [{}, {"x": []}, 5],
        {"x": 5, "y": []},
        pl.DataFrame(),
        pl.DataFrame({"x": []}),
        pl.DataFrame({"x": [None, None]}),
        pl.DataFrame({"x": [["x"]], "y": [{"z": "x"}], "e": [b"x"]}),
        pl.Series("x", ["x"]),
        {"x": [float("nan"), None, object(), [], {}], 5: ["a"], None: ["a"], ("t",): [5]},
    ],
    ids=lambda table: type(table).__name__,
)
def test_odd_tables_have_no_values_and_break_nothing(table: Any) -> None:
    lookup_of = Domains({"df": table}, {"df"})
    assert lookup_of.find("df", ["x", "", "5"]) == {}
    assert lookup_of.skipped("df") == ()
    lookup_of.ranges("df")


def test_odd_frames_of_pandas_break_nothing() -> None:
    pd = pandas()
    twice = pd.DataFrame([["x", "X", 1, 5]], columns=["a", "a", "n", "n"])
    assert find(twice, "x") == {"x": {"a": ("x", "X")}}
    assert Domains({"df": twice}, {"df"}).ranges("df") == {"n": (1.0, 5.0)}
    assert find(pd.DataFrame({0: ["x"], ("t", 1): ["x"]}), "x") == {"x": {"0": ("x",), "('t', 1)": ("x",)}}
    mixed = pd.DataFrame({"a": ["x", 5, None, float("nan"), pd.NA, pd.NaT, [], b"x"]})
    assert find(mixed, "x", "5", "nan") == {"x": {"a": ("x",)}}
    assert find(pd.DataFrame({"a": []}), "x") == {}
    assert find(pd.DataFrame({"a": pd.Categorical([1, 2])}), "1") == {}
    held = pd.DataFrame({"a": pd.Categorical(["x"], categories=["x", "unheld"])})
    assert find(held, "x", "unheld") == {"x": {"a": ("x",)}}


@pytest.mark.parametrize("size", [3, 2_000])
def test_other_columns_of_pandas_are_no_texts(size: int) -> None:
    pd = pandas()
    frame = pd.DataFrame(
        {
            "interval": pd.interval_range(0, size),
            "period": pd.period_range("2020", periods=size, freq="D"),
            "sparse": pd.arrays.SparseArray(["x"] * size),
            "time": pd.date_range("2020", periods=size, tz="UTC"),
            "text": ["x"] * size,
        }
    )
    assert find(frame, "x", "0") == {"x": {"text": ("x",)}}
    assert Domains({"df": frame}, {"df"}).ranges("df") == {}
    for place in range(frame.shape[1]):
        assert list(pandas_array(frame, place)) == list(frame.iloc[:, place])


def test_a_huge_cell_is_no_value_and_its_neighbours_are() -> None:
    for filler in ((), FILLER):
        cells = ["x" * 2_000_000, "y", "x" * lookup.LONGEST, *filler]
        longest = "x" * lookup.LONGEST
        assert find(pl.DataFrame({"a": cells}), "y", longest, cells[0]) == {
            "y": {"a": ("y",)},
            longest: {"a": (longest,)},
        }


# ---------------------------------------------------------------- too large


def test_columns_of_too_many_texts_are_said_to_be_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(domains, "DISTINCT", 3_500)
    frame = pl.DataFrame({"id": [f"id {n}" for n in range(4_000)], "who": ["Ann"] * 4_000, "no": range(4_000)})
    lookup_of = Domains({"df": frame}, {"df"})
    for _ in range(2):
        assert lookup_of.find("df", ["id 7", "ann"]) == {"ann": {"who": ("Ann",)}}
        assert lookup_of.skipped("df") == ("id",)
    monkeypatch.setattr(domains, "DISTINCT", 5_000)
    assert lookup_of.skipped("df") == ()
    assert lookup_of.find("df", ["id 7"]) == {"id 7": {"id": ("id 7",)}}


def test_a_table_is_looked_into_as_far_as_its_budget_reaches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(domains, "UNITS", 7_000)
    frame = pl.DataFrame({name: [f"{name} {n % 50}" for n in range(3_000)] for name in "abc"})
    lookup_of = Domains({"df": frame}, {"df"})
    for _ in range(2):
        assert lookup_of.skipped("df") == ("c",)
        assert lookup_of.find("df", ["a 7", "b 7", "c 7"]) == {"a 7": {"a": ("a 7",)}, "b 7": {"b": ("b 7",)}}
    assert alike(frame, "c", "C 7") == ["c 7"]
    assert lookup_of.skipped("df") == ("c",)  # though it is known by now
    rows = frame.select("a", n=pl.int_range(3_000)).to_dicts()
    assert Domains({"df": rows}, {"df"}).skipped("df") == ("a",)  # numbers are none of texts, whatever their number


def test_identifiers_are_given_up_after_a_sample_and_repeated_texts_are_not() -> None:
    size = lookup.DISTINCT + 100_000
    many = pl.DataFrame({"i": pl.int_range(size, eager=True)})
    frame = many.select(
        id=pl.format("id {}", pl.col("i")),
        sorted=pl.format("sorted {}", pl.col("i") // 40),
        few=pl.format("few {}", pl.col("i") % 5),
    )
    lookup_of = Domains({"df": frame}, {"df"})
    assert lookup_of.skipped("df") == ("id",)
    assert [lookup.learn(cells).cost > 0 for cells in text_columns(frame)] == [False, True, True]
    assert lookup_of.find("df", ["sorted 77", "few 4", "id 7"]) == {
        "sorted 77": {"sorted": ("sorted 77",)},
        "few 4": {"few": ("few 4",)},
    }


# ---------------------------------------------------------------- changed in place


def changed_polars(frame: Any, cells: list[str]) -> None:
    frame.replace_column(0, pl.Series("a", cells))


def changed_pandas(frame: Any, cells: list[str]) -> None:
    for row in (0, len(cells) - 1):
        frame.iloc[row, 0] = cells[row]


def changed_categories(frame: Any, cells: list[str]) -> None:
    frame["a"] = frame["a"].cat.add_categories([c for c in cells if c.startswith("new")])
    changed_pandas(frame, cells)


def changed_rows(rows: Any, cells: list[str]) -> None:
    rows[0]["a"] = cells[0]
    rows[-1]["a"] = cells[-1]


def changed_dictionary(table: Any, cells: list[str]) -> None:
    table["a"][0] = cells[0]
    table["a"][-1] = cells[-1]


CHANGES = {
    "polars": changed_polars,
    "pandas": changed_pandas,
    "pandas objects": changed_pandas,
    "pandas categories": changed_categories,
    "pandas strings of python": changed_pandas,
    "rows": changed_rows,
    "dictionary": changed_dictionary,
}


@pytest.mark.parametrize("size", [5, 2_000, 60_000])
@pytest.mark.parametrize("kind", CHANGES)
def test_a_table_changed_in_place_is_read_again(kind: str, size: int) -> None:
    cells = [f"old {n}" if n in (0, size - 1) else f"same {n % 900}" for n in range(size)]
    after = [c.replace("old", "new") for c in cells]
    table = KINDS[kind]({"a": cells})
    old, new = ("old 0", f"old {size - 1}"), ("new 0", f"new {size - 1}")
    assert find(table, *old, *new) == {p: {"a": (p,)} for p in old}
    CHANGES[kind](table, after)
    assert find(table, *old, *new) == {p: {"a": (p,)} for p in new}


@pytest.mark.parametrize("kind", ["polars", "pandas", "pandas objects", "pandas strings of python"])
def test_one_cell_among_many_is_noticed_and_so_are_two_that_change_places(kind: str) -> None:
    table = KINDS[kind]({"a": [f"same {n}" for n in range(40_000)]})
    assert find(table, "same 30001", "same 2")
    cells = table["a"][2], table["a"][30_001]
    put(table, 30_001, cells[0])
    put(table, 2, cells[1])
    assert find(table, "same 30001", "same 2").keys() == {"same 30001", "same 2"}
    put(table, 3, "fresh")
    assert find(table, "fresh", "same 3").keys() == {"fresh"}


def put(table: Any, row: int, cell: str) -> None:
    if isinstance(table, pl.DataFrame):
        table[row, "a"] = cell
    else:
        table.iloc[row, 0] = cell


def test_a_short_cell_changed_among_huge_ones_is_noticed() -> None:
    frame = pl.DataFrame({"a": ["x" * 300_000, "old", None]})
    assert find(frame, "old", "new") == {"old": {"a": ("old",)}}
    frame[1, "a"] = "new"
    assert find(frame, "old", "new") == {"new": {"a": ("new",)}}
    frame[0, "a"] = "new"
    frame[1, "a"] = "x" * 300_000
    assert find(frame, "old", "new") == {"new": {"a": ("new",)}}


def test_a_value_that_is_gone_is_never_named_even_where_the_change_is_not_noticed() -> None:
    rows = [{"a": f"name {n}"} for n in range(20_000)]
    assert find(rows, "name 3") == {"name 3": {"a": ("name 3",)}}
    rows[3]["a"] = "another"
    assert find(rows, "name 3") == {}
    del rows[10_000:]
    assert find(rows, "name 15000") == {}
    assert find(rows, "another") == {"another": {"a": ("another",)}}


def test_columns_renamed_added_and_dropped_in_place_are_seen() -> None:
    frame = pl.DataFrame({"a": ["x"], "b": ["y"]})
    assert find(frame, "x") == {"x": {"a": ("x",)}}
    frame.columns = ["c", "d"]
    assert find(frame, "x") == {"x": {"c": ("x",)}}
    frame.insert_column(0, pl.Series("e", ["x"]))
    assert find(frame, "x") == {"x": {"e": ("x",), "c": ("x",)}}
    frame.drop_in_place("e")
    frame.extend(pl.DataFrame({"c": ["z"], "d": ["z"]}))
    assert find(frame, "x", "z") == {"x": {"c": ("x",)}, "z": {"c": ("z",), "d": ("z",)}}


# ---------------------------------------------------------------- what is remembered


@pytest.mark.parametrize("kind", ["polars", "pandas", "pandas categories", "pandas objects", "arrow"])
def test_a_table_is_not_kept_alive_and_what_was_learned_goes_with_it(kind: str) -> None:
    gc.collect()
    known = len(domains.MEMORY)
    table = KINDS[kind]({"a": [*FILLER, "x"]})
    assert find(table, "x")
    assert len(domains.MEMORY) == known + 1
    gone = weakref.ref(table)
    del table
    gc.collect()
    assert gone() is None
    assert len(domains.MEMORY) == known


def test_a_column_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    table = pl.DataFrame({"a": FILLER})
    assert find(table, "filler 7")
    monkeypatch.setattr(domains, "learn", None)
    assert find(table, "filler 8") == {"filler 8": {"a": ("filler 8",)}}


def test_memory_is_bounded_in_columns_and_in_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    memory = Memory(columns=3, nbytes=100_000)
    monkeypatch.setattr(domains, "MEMORY", memory)
    tables = [{"a": [f"x {n}"], "n": [n]} for n in range(5)]
    assert all(find(table, f"x {n}") for n, table in enumerate(tables))
    assert len(memory) == 3
    wide = {name: [f"{name} {n}" for n in range(5_000)] for name in "abcd"}  # 60,000 bytes each
    assert find(wide, "a 1", "d 1").keys() == {"a 1", "d 1"}
    assert len(memory) == 1
    assert find(wide, "a 1", "d 1").keys() == {"a 1", "d 1"}


def test_many_threads_find_the_same() -> None:
    rows = [{"a": f"name {n}", "b": "x"} for n in range(3_000)]
    frame = pl.DataFrame(rows)
    tables = {"rows": rows, "frame": frame, "few": rows[:10]}
    lookup_of = Domains(tables, tables)

    def work(number: int) -> Any:
        if number % 5 == 0:
            domains.MEMORY._facts.clear()
        return [lookup_of.find(name, ["name 7", "x"]) for name in tables]

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(work, range(60)))
    assert found == [[{"name 7": {"a": ("name 7",)}, "x": {"b": ("x",)}}] * 3] * 60


def test_small_tables_are_looked_into_without_polars_or_numpy() -> None:
    code = (
        "import sys; from seglam_magics.procedure.domains import Domains; "
        "d = Domains({'df': [{'a': 'X', 'n': 1}]}, {'df'}); assert d.find('df', ['x']); assert d.ranges('df'); "
        "print(sorted({'polars', 'numpy', 'pandas', 'pyarrow'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


# ---------------------------------------------------------------- ranges


@pytest.mark.parametrize("kind", ["polars", "pandas", "arrow", "dictionary", "rows"])
def test_ranges_of_numeric_columns(kind: str) -> None:
    data = {
        "i": [3, 1, 2],
        "f": [0.5, float("nan"), -1.5],
        "nulls": [None, 7.0, None],
        "nothing": [None, None, None],
        "nan": [float("nan")] * 3,
        "infinite": [float("inf"), 0.0, 1.0],
        "b": [True, False, True],
        "s": ["1", "2", "3"],
        "money": [Decimal("1.50"), None, Decimal("-2.25")],
    }
    assert Domains({"df": KINDS[kind](data)}, {"df"}).ranges("df") == {
        "i": (1.0, 3.0),
        "f": (-1.5, 0.5),
        "nulls": (7.0, 7.0),
        "infinite": (0.0, float("inf")),
        "money": (-2.25, 1.5),
    }


def test_ranges_of_nullable_and_odd_numbers() -> None:
    pd = pandas()
    frame = pd.DataFrame(
        {
            "i": pd.Series([1, None, 3], dtype="Int64"),
            "none": pd.Series([None] * 3, dtype="Float64"),
            "b": pd.Series([True, None, False], dtype="boolean"),
            "c": [1j, 2j, 3j],
            "t": pd.to_datetime(["2020-01-01"] * 3),
            "d": pd.to_timedelta([1, 2, 3]),
        }
    )
    assert Domains({"df": frame}, {"df"}).ranges("df") == {"i": (1.0, 3.0)}
    odd = {"huge": [10**400, 1], "mixed": [1, "x"], "late": [*range(50), "x"], "signal": [Decimal("sNaN")], "c": [1j]}
    assert Domains({"df": odd}, {"df"}).ranges("df") == {}


def test_ranges_follow_a_change() -> None:
    for table in ({"n": list(range(5))}, {"n": list(range(5_000))}):
        lookup_of = Domains({"df": table}, {"df"})
        assert lookup_of.ranges("df")["n"][0] == 0
        table["n"][0] = -7
        assert lookup_of.ranges("df")["n"][0] == -7


# ---------------------------------------------------------------- spellings of a given value


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(max_size=5) | NEAR, max_size=10), NEAR | st.text(max_size=5), st.booleans())
def test_a_value_is_found_in_any_case_and_typography(cells: list[str], word: str, large: bool) -> None:
    wanted = spelled(word).casefold()
    cells += [word.upper(), word.lower()][: len(cells) % 3]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lookup, "FEW", -1 if large else 100)
        found = spellings([{"a": c} for c in cells], "a", word)
    assert found == sorted({c for c in cells if spelled(c).casefold() == wanted})[:2]


def test_what_the_index_cannot_tell_is_left_to_a_scan() -> None:
    assert alike(pl.LazyFrame({"a": ["x"]}), "a", "x") is None
    assert alike({"a": ["x", 5]}, "a", "x") is None
    assert alike({"a": ["x"]}, "b", "x") is None
    for filler in ((), FILLER):
        assert alike({"a": ["x" * 2_000, "x", *filler]}, "a", "x") is None
    assert spellings(pl.LazyFrame({"a": ["x"]}), "a", "X") == ["x"]
    assert spellings(pl.DataFrame({"a": [5, 7]}), "a", "5") == ["5"]
    assert spellings([{"a": 5}, {"a": "x"}], "a", "5") == ["5"]


@pytest.mark.parametrize("filler", [(), FILLER], ids=["few", "many"])
@pytest.mark.parametrize("kind", KINDS)
def test_spellings_are_the_same_in_every_kind_of_table(kind: str, filler: tuple[str, ...]) -> None:
    table = KINDS[kind]({"a": ["Ann", "ANN", "20–13", "--", "na\u00adive", *filler]})
    assert {word: spellings(table, "a", word) for word in ("ann", "20-13", "--", "naive", "bob")} == {
        "ann": ["ANN", "Ann"],
        "20-13": ["20–13"],
        "--": ["--"],
        "naive": ["na\u00adive"],
        "bob": [],
    }
