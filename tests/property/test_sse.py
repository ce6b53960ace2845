"""Server-sent events against a naive reading of the rules, however the bytes are cut, and at linear cost."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.cuts import cut_everywhere, cuts, decode_pieces
from support.work import count_bytes_touched

from sluiceway.errors import BufferLimitExceeded
from sluiceway.wire import sse
from sluiceway.wire.sse import SSEDecoder, SSEEvent, encode_comment, encode_event

_TOKENS = [b"\n", b"\r", b"\r\n", b"data", b"event", b"id", b"retry", b":", b" ", b"x", b"7", b"\0", b"\xff", b"\xc3"]
_BLOCKS = [
    b"data: 1\n\n",
    b"event: a\ndata: 2\n\n",
    b"id: 3\ndata: 3\n\n",
    b": hi\n\n",
    b"\xef\xbb\xbf",
    b"data: 5\r\n\r\n",
]
streams = st.lists(st.sampled_from(_TOKENS + _BLOCKS), max_size=30).map(b"".join)
fields = st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0"), max_size=8)
payloads = st.text(st.characters(codec="utf-8", exclude_characters="\r")).map(str.encode)


def naive_decode(stream: bytes) -> tuple[list[tuple[str, str, str]], str, int | None]:
    """Read a stream as the WHATWG text tells it: data, type and id of each event; the last id; the retry time."""
    text = stream.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")
    events = []
    data, event, id_buffer, last_id, retry = "", "", "", "", None
    for line in re.split("\r\n|\r|\n", text)[:-1]:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if not line:
            last_id = id_buffer
            if data:
                events.append((data.removesuffix("\n"), event, last_id))
            data = event = ""
        elif name == "data":
            data += value + "\n"
        elif name == "event":
            event = value
        elif name == "id" and "\0" not in value:
            id_buffer = value
        elif name == "retry" and re.fullmatch("[0-9]+", value):
            retry = int(value)
    return events, last_id, retry


@given(streams)
def test_events_are_those_of_a_naive_reading(stream: bytes) -> None:
    decoder = SSEDecoder()
    events = decode_pieces(decoder, [stream])
    expected, last_id, _ = naive_decode(stream)
    assert [(event.data.decode(), event.event, event.id) for event in events] == expected
    assert decoder.last_event_id == last_id


@given(streams)
def test_the_reconnection_time_is_that_of_a_naive_reading(stream: bytes) -> None:
    decoder = SSEDecoder()
    decode_pieces(decoder, [stream + b"\n\n"])
    assert decoder.retry_ms == naive_decode(stream + b"\n\n")[2]


@given(st.data(), streams | st.binary())
def test_no_cut_changes_the_events(data: st.DataObject, stream: bytes) -> None:
    whole = decode_pieces(SSEDecoder(), [stream])
    assert decode_pieces(SSEDecoder(), data.draw(cuts(stream))) == whole
    assert decode_pieces(SSEDecoder(), cut_everywhere(stream)) == whole


@given(st.data(), streams | st.binary())
def test_raw_bytes_and_the_tail_are_the_input(data: st.DataObject, stream: bytes) -> None:
    decoder = SSEDecoder()
    events = decode_pieces(decoder, data.draw(cuts(stream)))
    assert b"".join(event.raw for event in events) + decoder.tail == stream


@given(st.data(), streams)
def test_a_stream_without_its_last_blank_line_can_be_flushed(data: st.DataObject, stream: bytes) -> None:
    decoder = SSEDecoder()
    events = [event for piece in data.draw(cuts(stream)) for event in decoder.feed(piece)]
    events += decoder.flush()
    raw = b"".join(event.raw for event in events) + decoder.tail
    assert raw.rstrip(b"\r\n") == stream.rstrip(b"\r\n")
    assert decode_pieces(SSEDecoder(), [raw]) == events


def decode_within(limit: int, pieces: list[bytes]) -> tuple[list[SSEEvent], int | None]:
    """Return what came out before the limit was passed, and where that was."""
    decoder, events = SSEDecoder(limit), []
    try:
        for piece in [*pieces, b""]:
            events += decoder.feed(piece)
        events += decoder.close()
    except BufferLimitExceeded as error:
        return events, error.offset
    return events, None


@given(st.data(), streams, st.integers(1, 20))
def test_no_cut_changes_what_the_limit_refuses(data: st.DataObject, stream: bytes, limit: int) -> None:
    whole = decode_within(limit, [stream])
    assert decode_within(limit, data.draw(cuts(stream))) == whole
    assert decode_within(limit, cut_everywhere(stream)) == whole


@given(st.lists(st.tuples(payloads, fields, fields.filter(bool)), max_size=4), st.data())
def test_what_was_encoded_is_decoded(items: list[tuple[bytes, str, str]], data: st.DataObject) -> None:
    encoded = [encode_event(*item) for item in items]
    events = decode_pieces(SSEDecoder(), data.draw(cuts(b"".join(encoded))))
    assert [(event.data, event.event, event.id) for event in events] == items
    assert [event.raw for event in events] == encoded


@given(st.lists(payloads, max_size=4), fields)
def test_comments_between_events_change_nothing(items: list[bytes], comment: str) -> None:
    stream = b"".join(encode_comment(comment) + encode_event(item) for item in items)
    assert [event.data for event in SSEDecoder().feed(stream)] == items


@pytest.mark.parametrize(
    "piece",
    [b"x", b"data: 1\n\n", b": c\n\n", b"\n", b"\r", b"data: 1\r\n\r\n", b"data: 1\n: c\n\n"],
    ids=["one event", "plain", "comments", "LF", "CR", "CRLF", "not plain"],
)
@pytest.mark.parametrize("is_whole", [True, False], ids=["whole", "byte by byte"])
def test_twice_the_input_is_twice_the_work(piece: bytes, *, is_whole: bool) -> None:
    def work(repeats: int) -> int:
        stream = b"data: " + piece * repeats
        pieces = [stream] if is_whole else cut_everywhere(stream)
        return count_bytes_touched(sse, lambda: decode_pieces(SSEDecoder(), pieces))

    assert work(1000) < 2.2 * work(500)
