"""Server-sent events: what ends a block, what a block means, what is kept, what is refused."""

from __future__ import annotations

import pytest

from sluiceway.errors import BufferLimitExceeded, LocalProtocolError
from sluiceway.wire.sse import (
    MAX_EVENT_BYTES,
    SSEDecoder,
    SSEEvent,
    bare_data,
    encode_comment,
    encode_crlf_event,
    encode_event,
    plain_data,
    with_id,
)


def test_a_plain_block_is_an_event() -> None:
    assert SSEDecoder().feed(b"data: {}\n\n") == [SSEEvent(b"{}", raw=b"data: {}\n\n")]


def test_a_plain_block_may_have_a_type() -> None:
    raw = b"event: content_block_delta\ndata: {}\n\n"
    assert SSEDecoder().feed(raw) == [SSEEvent(b"{}", "content_block_delta", raw=raw)]


def test_one_read_may_hold_many_plain_blocks_and_a_part() -> None:
    decoder = SSEDecoder()
    assert [event.data for event in decoder.feed(b"data: 1\n\ndata: 2\n\ndata: 3\n")] == [b"1", b"2"]
    assert decoder.tail == b"data: 3\n"
    assert [event.raw for event in decoder.feed(b"\ndata: 4\n\n")] == [b"data: 3\n\n", b"data: 4\n\n"]


def test_an_unfinished_block_goes_on_with_the_next_read() -> None:
    decoder = SSEDecoder()
    assert decoder.feed(b"data: 1") == []
    assert decoder.feed(b"2\n\ndata: 3\n\n") == [
        SSEEvent(b"12", raw=b"data: 12\n\n"),
        SSEEvent(b"3", raw=b"data: 3\n\n"),
    ]


def test_an_empty_read_gives_nothing() -> None:
    assert SSEDecoder().feed(b"") == []


@pytest.mark.parametrize("head", [b"", b":\n"])
def test_broken_utf8_becomes_the_replacement_character_and_stays_in_raw(head: bytes) -> None:
    raw = head + b"event: \xe2\x82\ndata: \xff\xc3\xa9\xed\xa0\x80\n\n"
    expected = SSEEvent("\ufffd\u00e9\ufffd\ufffd\ufffd".encode(), "\ufffd", raw=raw)
    assert SSEDecoder().feed(raw) == [expected]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_each_line_end_ends_lines_and_blocks(end: bytes) -> None:
    raw = end.join([b"data: 1", b"data: 2", b"", b""])
    assert SSEDecoder().feed(raw + b":") == [SSEEvent(b"1\n2", raw=raw)]


@pytest.mark.parametrize("blank", [b"\n\n", b"\n\r\n", b"\r\n\n", b"\r\n\r\n", b"\r\r"])
def test_each_blank_line_ends_a_block_at_once(blank: bytes) -> None:
    assert [event.data for event in SSEDecoder().feed(b"data: 1" + blank)] == [b"1"]


def test_a_line_feed_behind_two_carriage_returns_opens_the_next_block() -> None:
    decoder = SSEDecoder()
    assert decoder.feed(b"data: 1\r\r") == [SSEEvent(b"1", raw=b"data: 1\r\r")]
    assert decoder.feed(b"\ndata: 2\n\n") == [SSEEvent(b"2", raw=b"\ndata: 2\n\n")]


def test_half_a_crlf_waits_for_its_other_half() -> None:
    decoder = SSEDecoder()
    assert decoder.feed(b"data: 1\r\n\r") == []
    assert decoder.feed(b"\n") == [SSEEvent(b"1", raw=b"data: 1\r\n\r\n")]


def test_a_carriage_return_is_a_blank_line_when_no_line_feed_follows() -> None:
    decoder = SSEDecoder()
    assert decoder.feed(b"data: 1\n\r") == []
    assert decoder.feed(b"data: 2\n\r") == [SSEEvent(b"1", raw=b"data: 1\n\r")]
    assert decoder.close() == [SSEEvent(b"2", raw=b"data: 2\n\r")]
    assert decoder.tail == b""


def test_no_other_character_ends_a_line() -> None:
    payload = "\u2028\u2029\u0085\v\f\x1c".encode()
    assert SSEDecoder().feed(b": \ndata: " + payload + b"\n\n")[0].data == payload


def test_one_byte_order_mark_is_dropped_at_the_start_only() -> None:
    decoder = SSEDecoder()
    mark = b"\xef\xbb\xbf"
    assert [event.data for event in decoder.feed(mark + b"data: 1\n\n" + mark + b"data: 2\n\n")] == [b"1"]
    assert decoder.feed(b"data: 3\n\n")[0].raw == mark + b"data: 2\n\ndata: 3\n\n"


def test_a_byte_order_mark_behind_an_ignored_block_is_not_at_the_start() -> None:
    assert SSEDecoder().feed(b": hi\n\n\xef\xbb\xbfdata: 1\n\n") == []


def test_one_space_after_the_colon_is_dropped() -> None:
    assert SSEDecoder().feed(b"data:  1\ndata:2\n\n")[0].data == b" 1\n2"


def test_a_field_without_colon_is_empty() -> None:
    assert [event.data for event in SSEDecoder().feed(b"data\n\ndata\ndata\n\ndata:\n\n")] == [b"", b"\n", b""]


@pytest.mark.parametrize(
    "line", [b"Data: 1", b" data: 1", b"data : 1", b"da-ta: 1", b"data_1", b": data", b"\0data: 1"]
)
def test_a_field_nobody_knows_is_ignored(line: bytes) -> None:
    decoder = SSEDecoder()
    assert decoder.feed(line + b"\n\n") == []
    assert decoder.tail == line + b"\n\n"


def test_the_last_type_counts_and_does_not_persist() -> None:
    events = SSEDecoder().feed(b"event: a\nevent: b\ndata: 1\n\nevent: c\n\ndata: 2\n\n")
    assert [(event.event, event.data) for event in events] == [("b", b"1"), ("", b"2")]


def test_the_id_persists_until_another_one_comes() -> None:
    decoder = SSEDecoder()
    events = decoder.feed(b"id: 1\ndata: a\n\ndata: b\n\nid: 2\n\ndata: c\n\nid\ndata: d\n\n")
    assert [event.id for event in events] == ["1", "1", "2", ""]
    assert decoder.last_event_id == ""


def test_the_id_persists_into_plain_blocks() -> None:
    decoder = SSEDecoder()
    decoder.feed(b"id: 1\ndata: a\n\n")
    assert decoder.feed(b"data: b\n\n") == [SSEEvent(b"b", id="1", raw=b"data: b\n\n")]


def test_an_id_with_nul_is_ignored() -> None:
    assert SSEDecoder().feed(b"id: 1\nid: 2\0\ndata: a\n\n")[0].id == "1"


@pytest.mark.parametrize(
    ("value", "retry_ms"),
    [(b"2000", 2000), (b"02000", 2000), (b"2000x", None), (b"", None), (b"-1", None), ("٢".encode(), None)],
)
def test_retry_counts_when_it_is_digits_only(value: bytes, retry_ms: int | None) -> None:
    decoder = SSEDecoder()
    assert decoder.feed(b"retry: " + value + b"\ndata: 1\n\n")[0].retry_ms == retry_ms
    assert decoder.retry_ms == retry_ms


def test_an_endless_retry_is_ignored() -> None:
    assert SSEDecoder().feed(b"retry: " + b"9" * 5000 + b"\ndata: 1\n\n")[0].retry_ms is None


def test_retry_alone_is_no_event_and_is_remembered() -> None:
    decoder = SSEDecoder()
    assert decoder.feed(b"retry: 3000\n\n") == []
    assert decoder.feed(b"data: 1\n\n")[0].retry_ms is None
    assert decoder.retry_ms == 3000


def test_ignored_blocks_stay_in_the_raw_bytes_of_the_next_event() -> None:
    decoder = SSEDecoder()
    assert decoder.feed(b": OPENROUTER PROCESSING\n\n") == []
    assert decoder.feed(b"data: 1\n\n") == [SSEEvent(b"1", raw=b": OPENROUTER PROCESSING\n\ndata: 1\n\n")]
    assert decoder.feed(b"data: 2\n\n") == [SSEEvent(b"2", raw=b"data: 2\n\n")]


def test_an_unterminated_block_is_thrown_away_and_its_id_with_it() -> None:
    decoder = SSEDecoder()
    assert decoder.feed(b"id: 1\ndata: a\n") == []
    assert decoder.close() == []
    assert (decoder.last_event_id, decoder.tail) == ("", b"id: 1\ndata: a\n")


@pytest.mark.parametrize(
    ("last", "missing"),
    [(b"data: 1", b"\n\n"), (b"data: 1\n", b"\n"), (b"data: 1\r\n", b"\n"), (b"data: 1\r", b"\r")],
)
def test_flush_completes_an_unterminated_block(last: bytes, missing: bytes) -> None:
    decoder = SSEDecoder()
    decoder.feed(last)
    assert decoder.flush() == [SSEEvent(b"1", raw=last + missing)]
    assert decoder.tail == b""


def test_flush_has_nothing_to_add_to_a_proper_end() -> None:
    decoder = SSEDecoder()
    decoder.feed(b"data: 1\n\n")
    assert decoder.flush() == []


def test_an_event_as_large_as_the_limit_passes() -> None:
    assert SSEDecoder(max_event_bytes=9).feed(b"data: 1\n\n") == [SSEEvent(b"1", raw=b"data: 1\n\n")]


def test_many_small_events_in_one_read_larger_than_the_limit_pass() -> None:
    assert len(SSEDecoder(max_event_bytes=9).feed(b"data: 1\n\n" * 5)) == 5


@pytest.mark.parametrize("data", [b"data: 12\n\n", b"data: 1234", b": 1\n\n: 2\n\n", b"\n" * 10])
def test_a_larger_event_is_refused_from_then_on(data: bytes) -> None:
    decoder = SSEDecoder(max_event_bytes=9)
    with pytest.raises(BufferLimitExceeded):
        decoder.feed(data)
    with pytest.raises(BufferLimitExceeded):
        decoder.feed(b"")
    for end in (decoder.close, decoder.flush):
        with pytest.raises(BufferLimitExceeded):
            end()
    assert decoder.tail == b""


def test_events_before_a_too_large_one_are_not_lost() -> None:
    decoder = SSEDecoder(max_event_bytes=9)
    assert decoder.feed(b"data: 1\n\ndata: 12\n\n") == [SSEEvent(b"1", raw=b"data: 1\n\n")]
    with pytest.raises(BufferLimitExceeded) as caught:
        decoder.feed(b"data: 2\n\n")
    assert caught.value.offset == 9


def test_the_default_limit_holds_an_image() -> None:
    payload = b"x" * (MAX_EVENT_BYTES - 8)
    assert SSEDecoder().feed(b"data: " + payload + b"\n\n")[0].data == payload
    with pytest.raises(BufferLimitExceeded):
        SSEDecoder().feed(b"data: " + payload + b"x\n\n")


def test_an_event_is_a_data_line_and_a_blank_line() -> None:
    assert encode_event(b"{}") == b"data: {}\n\n"


def test_type_and_id_stand_before_the_data() -> None:
    assert encode_event(b"{}", "ping", "7") == b"event: ping\nid: 7\ndata: {}\n\n"


def test_each_line_of_the_payload_is_a_data_line() -> None:
    assert encode_event(b"1\n2\n") == b"data: 1\ndata: 2\ndata: \n\n"


def test_a_carriage_return_in_the_payload_is_refused() -> None:
    with pytest.raises(LocalProtocolError, match="carriage return"):
        encode_event(b"1\r2")


@pytest.mark.parametrize("value", ["a\nb", "a\rb", "a\0b", "a\ud800"])
def test_a_field_that_would_break_out_is_refused(value: str) -> None:
    with pytest.raises(LocalProtocolError):
        encode_event(b"{}", event=value)
    with pytest.raises(LocalProtocolError):
        encode_event(b"{}", id=value)
    with pytest.raises(LocalProtocolError):
        encode_comment(value)


def test_an_event_may_have_crlf_line_ends() -> None:
    raw = encode_crlf_event(b"{}")
    assert raw == b"data: {}\r\n\r\n"
    assert SSEDecoder().feed(raw) == [SSEEvent(b"{}", raw=raw)]


@pytest.mark.parametrize("data", [b"1\n2", b"1\r2"])
def test_an_event_with_crlf_line_ends_has_one_line(data: bytes) -> None:
    with pytest.raises(LocalProtocolError):
        encode_crlf_event(data)


@pytest.mark.parametrize("raw", [b"data: {}\n\n", b"data: {}\r\n\r\n"])
def test_one_line_of_data_is_bare(raw: bytes) -> None:
    assert bare_data(raw) == b"{}"


@pytest.mark.parametrize(
    "raw",
    [
        b": ping\ndata: {}\n\n",
        b"\ndata: {}\n\n",
        b"data: {}\nid: 1\n\n",
        b"data:{}\n\n",
        b"data: {}\r\r",
        b"data: 1\r2\r\n\r\n",
        b"data: 1\r2\n\n",
        b"data: 1\n2\n",
    ],
)
def test_an_event_with_another_line_is_not_bare(raw: bytes) -> None:
    assert bare_data(raw) is None


@pytest.mark.parametrize("raw", [b"data: {}\n\n", b"event: x\ndata: {}\n\n", b"event: x\r\ndata: {}\r\n\r\n"])
def test_a_type_and_one_line_of_data_are_plain(raw: bytes) -> None:
    assert plain_data(raw) == b"{}"


@pytest.mark.parametrize(
    "raw", [b"id: 1\ndata: {}\n\n", b"event: x\nid: 1\ndata: {}\n\n", b"event: x\n\n", b"event: x"]
)
def test_an_event_with_more_or_less_than_a_type_and_data_is_not_plain(raw: bytes) -> None:
    assert plain_data(raw) is None


def test_a_comment_ends_with_one_newline() -> None:
    assert encode_comment("ping") == b": ping\n"


def test_it_is_known_whether_the_input_stands_between_two_events() -> None:
    decoder = SSEDecoder()
    seen = []
    for piece in (b"data: x", b"y\n\n", b": a comment\n\n", b"data: z\n\n"):
        decoder.feed(piece)
        seen.append(decoder.is_between)
    assert seen == [False, True, False, True]


def test_after_a_failure_nothing_is_between_events() -> None:
    decoder = SSEDecoder(max_event_bytes=12)
    assert decoder.is_between
    assert decoder.feed(b"data: x\n\ndata: too large") != []
    assert not decoder.is_between


@pytest.mark.parametrize(
    "raw", [b"data: {}\n\n", b"event: ping\ndata: {}\n\n", b"data: {}\r\n\r\n", "data: ü\n\n".encode()]
)
def test_an_event_of_the_usual_form_gets_an_id(raw: bytes) -> None:
    told = with_id(raw, b"1-42")
    assert told is not None
    (event,) = SSEDecoder().feed(told)
    (plain,) = SSEDecoder().feed(raw)
    assert (event.id, event.data, event.event) == ("1-42", plain.data, plain.event)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b": ping\n\ndata: {}\n\n",
        b"data: {}\nid: 1\n\n",
        b"data: 1\ndata: 2\n\n",
        b"data: 1\n\ndata: 2\n\n",
        b"data: {}\rid: 7\n\n",
        b"event: ping\r\ndata: {}\r\n\r\n",
        b"retry: 3\ndata: {}\n\n",
    ],
)
def test_any_other_bytes_get_none(raw: bytes) -> None:
    assert with_id(raw, b"1-42") is None
