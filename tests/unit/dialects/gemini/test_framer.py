from __future__ import annotations

import pytest

from sluiceway.dialects.gemini.framer import Framer
from sluiceway.errors import BufferLimitExceeded
from sluiceway.wire.sse import encode_crlf_event

ERROR = b'{\n  "error": {\n    "code": 503\n  }\n}\n'
ONE_LINE = b'{   "error": {     "code": 503   } }'


def close(body: bytes) -> list[tuple[bytes, bytes]]:
    framer = Framer(1000)
    assert framer.feed(body) == []
    return [(event.data, event.raw) for event in framer.close()]


def test_events_come_as_they_are() -> None:
    framer = Framer(1000)
    raw = encode_crlf_event(b"{}")
    assert [(event.data, event.raw) for event in framer.feed(raw + raw[:5])] == [(b"{}", raw)]
    was_between = framer.is_between
    assert framer.feed(raw[5:])[0].raw == raw
    assert (was_between, framer.is_between) == (False, True)
    assert framer.close() == []


@pytest.mark.parametrize("data", [b"{}", "é".encode(), b"\xff"])
def test_an_event_in_a_read_of_its_own_is_the_same(data: bytes) -> None:
    raw = encode_crlf_event(data)
    framer = Framer(1000)
    assert list(framer.feed(raw)) == list(framer.feed(raw))


def test_a_byte_order_mark_counts_at_the_beginning_only() -> None:
    raw = encode_crlf_event(b"{}")
    marked = b"\xef\xbb\xbf" + raw
    framer = Framer(1000)
    reads = [[event.data for event in framer.feed(read)] for read in (marked, raw, marked)]
    assert reads == [[b"{}"], [b"{}"], []]


@pytest.mark.parametrize(
    "body", [ERROR, b": ping\n\n" + ERROR, ERROR.replace(b"\n", b"\r\n") + b"\r\n", b"\n" + ERROR]
)
def test_bare_json_at_the_end_is_an_event(body: bytes) -> None:
    assert close(body) == [(ONE_LINE, encode_crlf_event(ONE_LINE))]


def test_a_list_alone_is_an_event() -> None:
    assert close(b"[{}]") == [(b"[{}]", encode_crlf_event(b"[{}]"))]


def test_the_last_event_may_lack_its_blank_line() -> None:
    raw = encode_crlf_event(b"{}")
    assert close(raw[:-2]) == [(b"{}", raw)]


@pytest.mark.parametrize(
    ("raw", "line"),
    [
        (b": ping\n" + encode_crlf_event(b"{}"), b"{}"),
        (b"event: x\nid: 1\ndata: {}\n\n", b"{}"),
        (b'data: {"a":\ndata: 1}\n\n', b'{"a": 1}'),
        (b"data:{}\n\n", b"{}"),
        (b"data\n\n", b""),
    ],
)
def test_an_event_that_came_with_more_is_one_line_of_data(raw: bytes, line: bytes) -> None:
    assert [(event.data, event.raw) for event in Framer(1000).feed(raw)] == [(line, encode_crlf_event(line))]


@pytest.mark.parametrize("cut", [5, 10, 15])
def test_what_was_cut_is_no_event(cut: int) -> None:
    assert close(encode_crlf_event(b'{"error":{"code":503}}')[:cut]) == []
    assert close(ERROR[:cut]) == []


@pytest.mark.parametrize("body", [b"", b"retry: 3\n", b": ping\n", b"{\xff}", b"[" * 5000])
def test_junk_is_no_event(body: bytes) -> None:
    framer = Framer(10_000)
    framer.feed(body)
    assert framer.close() == []


def test_what_is_too_large_is_refused() -> None:
    framer = Framer(10)
    with pytest.raises(BufferLimitExceeded):
        framer.feed(ERROR)
    with pytest.raises(BufferLimitExceeded):
        framer.close()
