"""Strict JSON: what was written comes back, and what says two things says nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seglam_magics.errors import SeglamError
from seglam_magics.packs.limits import DEPTH
from seglam_magics.packs.strict import dumped, strict

TEXT = st.text(st.characters(codec="utf-8"), max_size=10)
LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), TEXT)
JSON = st.recursive(LEAVES, lambda i: st.one_of(st.lists(i, max_size=4), st.dictionaries(TEXT, i, max_size=4)))


@given(st.dictionaries(TEXT, JSON, max_size=4))
def test_what_was_written_comes_back(plain: dict[str, Any]) -> None:
    assert strict(dumped(plain), "x.json") == plain


@given(st.dictionaries(TEXT, JSON, min_size=1, max_size=4), st.data())
def test_a_key_twice_is_refused_wherever_it_is(plain: dict[str, Any], data: st.DataObject) -> None:
    key = data.draw(st.sampled_from(sorted(plain)))
    text = json.dumps(plain)[:-1] + f", {json.dumps(key)}: 1}}"
    for whole in (text, f'{{"in": [{{"deep": {text}}}]}}'):
        with pytest.raises(SeglamError, match="a key is there twice"):
            strict(whole.encode(), "x.json")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b'{"a":NaN}', "NaN is no JSON"),
        (b'{"a":Infinity}', "Infinity is no JSON"),
        (b'{"a":1e400}', "a number is too large"),
        (b'{"a":' + b"1" * 301 + b"}", "a number is too large"),
        (b'{"a":"\\ud800"}', "half of a character"),
        (b'{"\\udc00":1}', "half of a character"),
        (b'{"a":"\xff"}', "not UTF-8"),
        (b"[1]", "no object"),
        (b"{} {}", "Extra data"),
        (b"{", "Expecting"),
    ],
)
def test_what_json_does_not_know_is_refused(text: bytes, why: str) -> None:
    with pytest.raises(SeglamError, match="E-PACK-JSON") as caught:
        strict(text, "x.json")
    assert why in caught.value.says
    assert caught.value.says.startswith("x.json")


@pytest.mark.parametrize(("open_", "close"), [("[", "]"), ('{"a":', "}")])
def test_nesting_ends_somewhere(open_: str, close: str) -> None:
    def nested(depth: int) -> bytes:
        return ('{"a":' + open_ * (depth - 1) + "1" + close * (depth - 1) + "}").encode()

    assert strict(nested(DEPTH), "x.json")
    for depth in (DEPTH + 1, 100_000):
        with pytest.raises(SeglamError, match="nested deeper"):
            strict(nested(depth), "x.json")
