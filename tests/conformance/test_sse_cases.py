"""The web platform tests and those of httpx-sse: every case, whole, cut in two at each byte, and byte by byte."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

import pytest
from support.cuts import cut_everywhere, cut_in_two, decode_pieces

from sluiceway.wire.sse import SSEDecoder, SSEEvent

CORPORA = Path(__file__).parent.parent / "corpora"

# Where the corpus gives the ids only, because the bytes come from a server script: the least bytes that say them.
BYTES_BY_IDS = {
    ("1", "1"): b"id: 1\ndata: a\n\ndata: b\n\n",
    ("1", "2", "2"): b"id: 1\ndata: a\n\nid: 2\ndata: b\n\ndata: c\n\n",
    ("1", "", ""): b"id: 1\ndata: a\n\nid:\ndata: b\n\ndata: c\n\n",
}


def read_cases(corpus: str) -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = json.loads((CORPORA / corpus).read_text("utf-8"))["cases"]
    return cases


def stream_of(case: dict[str, Any]) -> bytes:
    if "expect_ids" in case:
        return BYTES_BY_IDS[tuple(case["expect_ids"])]
    if "bytes_pct" in case:
        return unquote_to_bytes(str(case["bytes_pct"]))
    return "".join([*case.get("chunks", []), case.get("text", ""), case.get("append", "")]).encode()


def name_of(case: dict[str, Any]) -> str:
    return str(case.get("name") or case["file"])


WPT = read_cases("wpt/eventsource-cases.json")
HTTPX_SSE = read_cases("httpx-sse/cases.json")
CASES = pytest.mark.parametrize("case", WPT + HTTPX_SSE, ids=name_of)


def as_written_down(event: SSEEvent) -> dict[str, str]:
    return {"event": event.event or "message", "data": event.data.decode(), "lastEventId": event.id}


def check(case: dict[str, Any], pieces: Iterable[bytes]) -> None:
    decoder = SSEDecoder()
    events = decode_pieces(decoder, pieces)
    if "expect_ids" in case:
        assert [event.id for event in events] == case["expect_ids"]
    else:
        assert [
            {"event": event.event or "message", "data": event.data.decode(), "lastEventId": event.id}
            for event in events
        ] == case["events"]
    assert decoder.retry_ms == case.get("retry")


def test_no_case_is_missing() -> None:
    assert (len(WPT), len(HTTPX_SSE)) == (16, 10)


@CASES
def test_whole(case: dict[str, Any]) -> None:
    check(case, [stream_of(case)])


@CASES
def test_cut_in_two_at_each_byte(case: dict[str, Any]) -> None:
    for pieces in cut_in_two(stream_of(case)):
        check(case, pieces)


@CASES
def test_byte_by_byte(case: dict[str, Any]) -> None:
    check(case, cut_everywhere(stream_of(case)))


@pytest.mark.parametrize("case", HTTPX_SSE, ids=name_of)
def test_in_the_chunks_of_the_case(case: dict[str, Any]) -> None:
    check(case, [chunk.encode() for chunk in case["chunks"]])


def test_an_id_of_an_unterminated_block_is_not_committed() -> None:
    case = next(case for case in WPT if "data-before-final-empty-line" in name_of(case))
    decoder = SSEDecoder()
    decode_pieces(decoder, [stream_of(case)])
    assert decoder.last_event_id == ""
