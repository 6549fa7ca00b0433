"""What labels prove: the bound of Clopper and Pearson, against the equation that defines it."""

from __future__ import annotations

from fractions import Fraction
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seglam_magics.cache.labels import Label, Labels, bound, counted, tier_of, total
from seglam_magics.words import Decision, Revision

SEEN = st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def at_most(wrong: int, n: int, share: float) -> Fraction:
    """The probability of at most `wrong` of `n`, exactly."""
    p = Fraction(share)
    return sum((comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(wrong + 1)), Fraction(0))


@given(SEEN, st.sampled_from([0.5, 0.9, 0.95, 0.99]))
def test_the_bound_is_the_share_at_which_so_few_wrong_ones_are_just_that_unlikely(
    seen: tuple[int, int], confidence: float
) -> None:
    wrong, n = seen
    share = bound(wrong, n, confidence)
    if wrong == n:
        assert share == 1.0
    else:
        assert float(at_most(wrong, n, share)) == pytest.approx(1 - confidence, rel=1e-6)
        assert wrong / n < share < 1


@given(SEEN)
def test_more_right_ones_lower_the_bound_and_more_wrong_ones_raise_it(seen: tuple[int, int]) -> None:
    wrong, n = seen
    assert bound(wrong, n + 1) < bound(wrong, n) or wrong == n
    assert bound(wrong + 1, n + 1) > bound(wrong, n) or wrong == n


@pytest.mark.parametrize(
    ("wrong", "n", "share"),
    [(0, 0, 1.0), (0, 1, 0.95), (0, 12, 1 - 0.05 ** (1 / 12)), (0, 1_000_000, 2.9957e-6), (3, 3, 1.0)],
)
def test_known_bounds(wrong: int, n: int, share: float) -> None:
    assert bound(wrong, n) == pytest.approx(share, rel=1e-4)


@pytest.mark.parametrize(("wrong", "n", "share"), [(0, 10, 0.3085), (1, 10, 0.4450), (5, 10, 0.8129), (2, 20, 0.3170)])
def test_bounds_from_published_tables(wrong: int, n: int, share: float) -> None:
    assert bound(wrong, n, 0.975) == pytest.approx(share, abs=5e-5)


@pytest.mark.parametrize("seen", [(-1, 2), (3, 2), (0, -1)])
def test_what_cannot_be_counted_has_no_bound(seen: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="no bound"):
        bound(*seen)


@pytest.mark.parametrize("confidence", [0.0, 1.0, -1.0])
def test_certainty_has_no_bound(confidence: float) -> None:
    with pytest.raises(ValueError, match="no bound"):
        bound(1, 2, confidence)


def test_labels_are_counted_by_tier_and_what_was_taken_back_is_not() -> None:
    labels = [
        Label("template", True, "recompile"),
        Label("template", False, "user"),
        Label("template", None, "user"),
        Label("exact", True, "sibling"),
    ]
    found = counted(labels)
    assert found == {"template": Labels(1, 1), "exact": Labels(1, 0)}
    assert total(found.values()) == Labels(2, 1)
    assert (Labels().checked, Labels().bound) == (0, 1.0)


def test_a_remembered_hit_is_the_work_of_the_wording_that_first_found_it() -> None:
    one = Revision("rows", 1, "ab", "", question="how many rows?")
    assert tier_of(Decision(hit=True, tier="exact", revision=one, template="count {frame}")) == "template"
    assert tier_of(Decision(hit=True, tier="cell", revision=one, template="how many rows?")) == "exact"
    assert tier_of(Decision(hit=True, tier="forced", revision=one, template="count {frame}")) == "forced"
    assert tier_of(Decision(hit=False)) is None
