from __future__ import annotations

import pytest

from seglam_magics.notebook.arguments import parser
from seglam_magics.notebook.completion import Known, complete
from seglam_magics.words import Column, Variable

VARIABLES = {
    "sales": Variable("sales", "frame", "pandas", 3, (Column("shop", "str"), Column("net sales", "float"))),
    "prices": Variable("prices", "frame", "polars", 3, (Column("product", "str"),)),
    "limit": Variable("limit", "int"),
}
KNOWN = Known(
    parser(),
    lambda: VARIABLES,
    lambda: ["top_growth", "rank_by_sum"],
    lambda: {"ls": ("--unused", "--json"), "log": (), "show": ()},
)


@pytest.mark.parametrize(
    ("before", "fragment", "found"),
    [
        ("%%reason --re", "--re", ["--reuse"]),
        ("%%reason --reuse f", "f", ["fresh", "frozen"]),
        ("%%reason -p ", "", ["rank_by_sum", "top_growth"]),
        ("%%reason -u pr", "pr", ["prices"]),
        ("%%reason\nhow many rows has sa", "sa", ["sales"]),
        ("%%reason\nhow many rows has ", "", ["limit", "prices", "sales"]),
        ("%%reason\nthe mean of `", "", ["limit", "net sales", "prices", "product", "sales", "shop"]),
        ("%%reason\nin sales the mean of `net s", "net s", ["net sales"]),
        ("%%reason\nin sales the mean of `p", "p", ["prices"]),
        ("%%reason\nin prices, `product` by `Pro", "Pro", ["product"]),
        ("x = %reason how many rows has li", "li", ["limit"]),
        ("y = 1\nx = %reason mean of `sh", "sh", ["shop"]),
        ("%seglam l", "l", ["log", "ls"]),
        ("%seglam ls --u", "--u", ["--unused"]),
        ("%seglam show to", "to", ["top_growth"]),
        ("%%procedure ra", "ra", ["rank_by_sum"]),
    ],
)
def test_what_fits_is_offered(before: str, fragment: str, found: list[str]) -> None:
    assert complete(before, KNOWN) == (fragment, found)


@pytest.mark.parametrize("before", ["sa", "%%bash\nsa", "x = 7 %rea", "%seglam_other l", "%%procedure total\ndef to"])
def test_elsewhere_nothing_is_offered(before: str) -> None:
    assert complete(before, KNOWN) == ("", [])
