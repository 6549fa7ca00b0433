"""S-01: over a year of questions the hit rate rises month by month and the cost of a question falls."""

from __future__ import annotations

import sys
from itertools import pairwise
from pathlib import Path

import pytest

from seglam_magics.cli.office import Office
from seglam_magics.panel.state import figures
from seglam_magics.reasoner import open_reasoner
from seglam_magics.settings import Seglam

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))
import year as years


@pytest.mark.timeout(300)
def test_s_01_the_hit_rate_rises_monotonically_and_the_cost_falls(tmp_path):
    asked = list(years.year(12, 1))
    months = years.replay(asked, tmp_path, seed=1, dollars=(3.0, 15.0), starter=False)
    assert [month.questions for month in months] == [12] * 12
    assert sum(month.wrong + month.failed for month in months) == 0
    assert all(before.rate <= after.rate for before, after in pairwise(months)), [month.rate for month in months]
    assert all(before.cost >= after.cost for before, after in pairwise(months)), [month.cost for month in months]
    assert (months[0].rate, months[-1].cost) < (50, 0.01)
    assert months[-1].rate == 100
    drawn = what_the_panel_draws(tmp_path)
    assert sum(hits for _, hits, _ in drawn["days"]) == sum(month.hits for month in months)
    assert sum(misses for *_, misses in drawn["days"]) == sum(month.questions - month.hits for month in months)
    assert drawn["spent"]["tokens"] == sum(month.tokens for month in months)


def what_the_panel_draws(folder: Path) -> dict:
    """The figures of the panel, from the log that a replay has left."""
    settings = Seglam(store=str(folder / "store"), progress=False)
    reasoner = open_reasoner(settings, start=folder)
    try:
        return figures(Office(lambda: reasoner, settings))
    finally:
        reasoner.close()


def test_the_same_seed_is_the_same_year_and_gold_notices_a_wrong_answer():
    one, other = list(years.year(30, 5)), list(years.year(30, 5))
    assert [(asked.text, asked.at) for asked in one] == [(asked.text, asked.at) for asked in other]
    rows = years.data(0, 1)
    gold = one[0].kind.gold(rows, one[0].at)
    assert years.same(years.table, gold) is False
    assert not years.same(type("Frame", (), {"to_dicts": lambda _: gold[1:]})(), gold)
    assert years.same(type("Frame", (), {"to_dicts": lambda _: gold})(), gold)


def test_the_picture_names_what_it_shows():
    months = [years.Month(name, 10, hits=number) for number, name in enumerate(years.MONTHS[:10])]
    svg = years.picture(months)
    assert svg.startswith("<svg ")
    assert "hit rate" in svg
    assert "http://www.w3.org/2000/svg" in svg
    assert svg.count("http") == 1  # nothing is loaded from anywhere
