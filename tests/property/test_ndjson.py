"""NDJSON: no cut changes a line, nothing is lost, what was encoded is decoded, and the cost is linear."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.cuts import cut_everywhere, cuts, decode_pieces
from support.work import count_bytes_touched

from sluiceway.wire import ndjson
from sluiceway.wire.ndjson import NDJSONDecoder, encode_line

streams = st.lists(
    st.sampled_from([b"\n", b"\r\n", b" ", b'{"a":1}', b"2\n", b"\xff", b"\xc3\xa9"]), max_size=20
).map(b"".join)
payloads = st.text(st.characters(codec="utf-8", exclude_characters="\n")).map(lambda text: f'"{text}"'.encode())


@given(st.data(), streams | st.binary())
def test_no_cut_changes_the_lines(data: st.DataObject, stream: bytes) -> None:
    whole = decode_pieces(NDJSONDecoder(), [stream])
    assert decode_pieces(NDJSONDecoder(), data.draw(cuts(stream))) == whole
    assert decode_pieces(NDJSONDecoder(), cut_everywhere(stream)) == whole


@given(st.data(), streams | st.binary())
def test_raw_bytes_and_the_tail_are_the_input(data: st.DataObject, stream: bytes) -> None:
    decoder = NDJSONDecoder()
    lines = decode_pieces(decoder, data.draw(cuts(stream)))
    assert b"".join(line.raw for line in lines) + decoder.tail == stream


@given(streams | st.binary())
def test_lines_are_those_of_a_naive_reading(stream: bytes) -> None:
    expected = [line.strip(b" \t\r") for line in stream.split(b"\n")]
    lines = decode_pieces(NDJSONDecoder(), [stream])
    assert [line.data.decode() for line in lines] == [line.decode("utf-8", "replace") for line in expected if line]


@given(st.data(), st.lists(payloads, max_size=5))
def test_what_was_encoded_is_decoded(data: st.DataObject, items: list[bytes]) -> None:
    stream = b"".join(map(encode_line, items))
    lines = decode_pieces(NDJSONDecoder(), data.draw(cuts(stream)))
    assert [line.data for line in lines] == items
    assert b"".join(line.raw for line in lines) == stream


@pytest.mark.parametrize("piece", [b"x", b"1\n", b"\n", b" \r\n"], ids=["one line", "lines", "LF", "blank"])
@pytest.mark.parametrize("is_whole", [True, False], ids=["whole", "byte by byte"])
def test_twice_the_input_is_twice_the_work(piece: bytes, *, is_whole: bool) -> None:
    def work(repeats: int) -> int:
        stream = piece * repeats
        pieces = [stream] if is_whole else cut_everywhere(stream)
        return count_bytes_touched(ndjson, lambda: decode_pieces(NDJSONDecoder(), pieces))

    assert work(1000) < 2.2 * work(500)
