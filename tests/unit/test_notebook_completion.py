from __future__ import annotations

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seglam_magics.cli import continued
from seglam_magics.cli.group import group
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
    continued,
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
        ("%seglam l", "l", ["label", "lock", "log", "ls"]),
        ("%seglam ls --u", "--u", ["--unused"]),
        ("%seglam show to", "to", ["top_growth"]),
        ("%seglam test top_growth ra", "ra", ["rank_by_sum"]),
        ("%seglam --v", "--v", ["--version"]),
        ("%seglam bench ", "", ["compile", "interrupts"]),
        ("%seglam bench in", "in", ["interrupts"]),
        ("%seglam bench --", "--", ["--help", "--json"]),
        ("%seglam bench interrupts --mo", "--mo", ["--model", "--modes"]),
        ("%seglam bench compile --model a --r", "--r", ["--repeat"]),
        ("%seglam store co", "co", ["compact"]),
        ("%seglam store compact --", "--", ["--help", "--json"]),
        ("%seglam pack tag sales top", "top", ["top_growth"]),
        ("x = %seglam pack sh", "sh", ["show"]),
        ("%seglam run a.ipynb --reuse f", "f", ["fresh", "frozen"]),
        ("%seglam run a.ipynb --reuse=f", "f", ["fresh", "frozen"]),
        ("%seglam label w", "w", ["wrong"]),
        ("%seglam label wrong r", "r", ["rank_by_sum"]),
        ("%seglam clear top_growth tex", "tex", ["text"]),
        ("%seglam config unset rete", "rete", ["retention"]),
        ("%%procedure ra", "ra", ["rank_by_sum"]),
    ],
)
def test_what_fits_is_offered(before: str, fragment: str, found: list[str]) -> None:
    assert complete(before, KNOWN) == (fragment, found)


@pytest.mark.parametrize(
    "line",
    [
        "bench nothing ",
        "nothing ",
        "nothing --js",
        "ls top",  # takes nothing
        "diff top_growth r",  # numbers follow
        "bench interrupts --n ",  # a number
        "test --cases ",
        "run to",  # a file, which others complete
        "export --py to",
        "pack import to",
        "sql select to",
        'reject top_growth "how many top',
    ],
)
def test_what_takes_something_else_offers_no_procedure(line: str) -> None:
    assert complete(f"%seglam {line}", KNOWN)[1] == []


@given(st.text(alphabet=st.sampled_from("abc -=\"'\\é\t") | st.characters(codec="utf-8"), max_size=40))
def test_nothing_that_is_typed_breaks_it(line: str) -> None:
    found = continued(line)
    assert line.endswith(found.fragment)
    assert all(isinstance(word, str) for word in found.words)


@given(st.data())
def test_every_verb_there_is_is_reached_by_what_is_offered(data: st.DataObject) -> None:
    line, command = "", group
    while isinstance(command, click.Group):
        offered = set(continued(line).words)
        assert offered == set(command.commands)
        word = data.draw(st.sampled_from(sorted(offered)))
        line, command = f"{line}{word} ", command.commands[word]
    options = {name for p in command.params if isinstance(p, click.Option) for name in p.opts}
    assert options <= set(continued(f"{line}-").words)


@pytest.mark.parametrize("before", ["sa", "%%bash\nsa", "x = 7 %rea", "%seglam_other l", "%%procedure total\ndef to"])
def test_elsewhere_nothing_is_offered(before: str) -> None:
    assert complete(before, KNOWN) == ("", [])
