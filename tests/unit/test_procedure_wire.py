"""What goes over the wire comes back equal, and what is not plain data does not go."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from fractions import Fraction

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from seglam_magics.procedure import wire

PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary()
    | st.dates()
    | st.datetimes()
    | st.times()
    | st.timedeltas()
    | st.decimals(allow_nan=False)
    | st.fractions(),
    lambda inner: (
        st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(st.text() | st.integers() | st.dates(), inner)
    ),
    max_leaves=20,
)


@given(PLAIN)
def test_plain_data_survive(value: object) -> None:
    plain, blobs = wire.pack(value)
    again = wire.unpack(json.loads(json.dumps(plain, allow_nan=False)), blobs)
    assert again == value
    assert type(again) is type(value)


@given(st.dictionaries(st.just("$") | st.text(max_size=2), st.text(max_size=3)))
def test_a_key_that_looks_like_a_tag_is_a_key(value: dict[str, str]) -> None:
    assert wire.unpack(*wire.pack(value)) == value


def test_frames_survive_with_their_dtypes() -> None:
    frame = pl.DataFrame(
        {"Я" * 60: [1, None], "x": [1.5, float("nan")], "d": [dt.date(2024, 1, 1), None], "e": [Decimal("1.20"), None]}
    )
    plain, blobs = wire.pack({"frame": frame, "rest": [frame.head(0)]})
    again = wire.unpack(plain, blobs)
    assert_frame_equal(again["frame"], frame)
    assert again["rest"][0].schema == frame.schema


@pytest.mark.parametrize("value", [object(), lambda: 1, {"f": open}, [Fraction], pl.DataFrame({"o": [object()]})])
def test_what_is_not_plain_is_refused(value: object) -> None:
    with pytest.raises(wire.Unportable):
        wire.pack(value)


def test_a_bottomless_list_is_refused() -> None:
    deep: list[object] = []
    deep.append(deep)
    with pytest.raises(wire.Unportable, match="nested"):
        wire.pack(deep)


@pytest.mark.parametrize("plain", [{"$": "pickle", "v": "x"}, {"$": "frame", "v": 3}, {"$": "date", "v": "no"}])
def test_a_forged_message_is_an_error(plain: object) -> None:
    with pytest.raises((ValueError, IndexError)):
        wire.unpack(plain, [])
