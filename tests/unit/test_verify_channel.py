"""Messages between processes: whole or not at all, and never believed."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seglam_magics.verify.channel import LIMIT, Decoder, Garbled, Oversized, encode, open_message

steady = settings(deadline=None, max_examples=60)  # machines may be busy
plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
messages = st.tuples(
    st.dictionaries(st.text(max_size=5), plain, max_size=4), st.lists(st.binary(max_size=40), max_size=3)
)


@steady
@given(st.lists(messages, max_size=4), st.lists(st.integers(0, 500), max_size=8))
def test_messages_survive_any_cut_of_the_stream(sent, cuts):
    stream = b"".join(encode(header, blobs) for header, blobs in sent)
    decoder, received = Decoder(), []
    for begin, end in itertools.pairwise([0, *sorted(cuts), max([len(stream), *cuts])]):
        received += decoder.feed(stream[begin:end])
    assert received == sent
    assert decoder.empty


@steady
@given(st.binary(min_size=12, max_size=80).filter(lambda b: not b.startswith(b"SGL1")))
def test_foreign_bytes_are_no_message(data):
    with pytest.raises(Garbled):
        Decoder().feed(data)


@steady
@given(messages, st.integers(0, 200), st.integers(0, 255))
def test_a_changed_byte_never_gives_more_than_a_message_or_a_refusal(message, at, byte):
    data = bytearray(encode(*message))
    data[at % len(data)] = byte
    try:
        for header, blobs in Decoder().feed(bytes(data)):
            assert isinstance(header, dict)
            assert all(isinstance(blob, bytes) for blob in blobs)
    except Garbled:
        pass


@pytest.mark.parametrize(
    "body",
    [b"[]", b"{}", b'{"header": 1, "blobs": []}', b'{"header": {}, "blobs": [-1]}', b'{"header": {}, "blobs": [true]}',
     b'{"header": {}, "blobs": [5]}', b'{"header": {}, "blobs": "x"}', b"\xff\xfe", b"[" * 5000],
)  # fmt: skip
def test_headers_that_do_not_fit(body):
    with pytest.raises(Garbled):
        open_message(b"SGL1" + len(body).to_bytes(4, "big") + (0).to_bytes(4, "big") + body)


def test_a_size_beyond_the_limit_is_refused_before_it_is_read():
    with pytest.raises(Garbled):
        Decoder().feed(b"SGL1" + (LIMIT + 1).to_bytes(4, "big") + (0).to_bytes(4, "big"))


def test_too_large_is_told_with_its_size():
    with pytest.raises(Oversized) as told:
        encode({}, [bytes(LIMIT + 1)])
    assert told.value.size > LIMIT
    assert "64 MB" in str(told.value)
