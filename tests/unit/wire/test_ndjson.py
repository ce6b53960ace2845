"""NDJSON framing: lines, blank lines, the last line, the limit."""

from __future__ import annotations

import pytest

from sluiceway.errors import BufferLimitExceeded, LocalProtocolError
from sluiceway.wire.ndjson import NDJSONDecoder, NDJSONLine, encode_line


def test_a_line_comes_out_when_it_ends() -> None:
    decoder = NDJSONDecoder()
    assert decoder.feed(b'{"a":') == []
    assert decoder.feed(b"1}\n{") == [NDJSONLine(b'{"a":1}', b'{"a":1}\n')]
    assert decoder.tail == b"{"


def test_one_read_may_hold_many_lines() -> None:
    assert [line.data for line in NDJSONDecoder().feed(b"1\n2\r\n3\n")] == [b"1", b"2", b"3"]


def test_blank_lines_are_ignored_and_kept_in_raw() -> None:
    decoder = NDJSONDecoder()
    assert decoder.feed(b"\n \r\n") == []
    assert decoder.feed(b"1\n") == [NDJSONLine(b"1", b"\n \r\n1\n")]
    assert decoder.feed(b"2\n") == [NDJSONLine(b"2", b"2\n")]


def test_the_last_line_may_lack_its_end() -> None:
    decoder = NDJSONDecoder()
    decoder.feed(b"1\n2")
    assert decoder.close() == [NDJSONLine(b"2", b"2")]
    assert decoder.tail == b""


def test_nothing_is_left_after_a_proper_last_line() -> None:
    decoder = NDJSONDecoder()
    decoder.feed(b"1\n")
    assert decoder.close() == []


def test_a_blank_rest_is_no_line() -> None:
    decoder = NDJSONDecoder()
    decoder.feed(b"1\n  ")
    assert decoder.close() == []
    assert decoder.tail == b"  "


def test_broken_utf8_becomes_the_replacement_character_and_stays_in_raw() -> None:
    assert NDJSONDecoder().feed(b'"\xff\xc3\xa9"\n') == [NDJSONLine('"\ufffd\u00e9"'.encode(), b'"\xff\xc3\xa9"\n')]


def test_a_line_as_large_as_the_limit_passes() -> None:
    assert NDJSONDecoder(max_line_bytes=4).feed(b"123\n") == [NDJSONLine(b"123", b"123\n")]


@pytest.mark.parametrize("data", [b"1234\n", b"12345", b"\n\n\n\n\n"])
def test_a_larger_line_is_refused_from_then_on(data: bytes) -> None:
    decoder = NDJSONDecoder(max_line_bytes=4)
    with pytest.raises(BufferLimitExceeded):
        decoder.feed(data)
    with pytest.raises(BufferLimitExceeded):
        decoder.feed(b"")
    with pytest.raises(BufferLimitExceeded):
        decoder.close()
    assert decoder.tail == b""


def test_lines_before_a_too_large_one_are_not_lost() -> None:
    decoder = NDJSONDecoder(max_line_bytes=4)
    assert decoder.feed(b"1\n12345\n") == [NDJSONLine(b"1", b"1\n")]
    with pytest.raises(BufferLimitExceeded) as caught:
        decoder.feed(b"2\n")
    assert caught.value.offset == 2


def test_an_encoded_line_ends_with_a_line_feed() -> None:
    assert encode_line(b'{"a":1}') == b'{"a":1}\n'


def test_a_payload_with_a_line_feed_is_refused() -> None:
    with pytest.raises(LocalProtocolError, match="line feed"):
        encode_line(b'{"a":\n1}')
