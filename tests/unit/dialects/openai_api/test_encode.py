from __future__ import annotations

import json

import pytest
from support.both_completions import BOTH, Api
from support.decoding import options, sse
from support.tellings import check_telling

from sluiceway.dialects.base import Framing
from sluiceway.dialects.openai_api.encode import StreamEncoder
from sluiceway.events import (
    BlockKind,
    BlockStart,
    Event,
    Frame,
    StreamEnd,
    StreamError,
    StreamStart,
    TextDelta,
    UsageReport,
)
from sluiceway.usage import Usage

pytestmark = pytest.mark.parametrize("api", BOTH, ids=str)

TOTAL = json.dumps({"id": "x", "choices": [], "usage": {"prompt_tokens": 1}}).encode()
COUNTED = [StreamStart("x"), UsageReport(Usage(1, 2))]


def encode(api: Api, *frames: Frame, framing: Framing = Framing.SSE, include_usage: bool = False) -> bytes:
    encoder = api.encoder(options(framing, include_usage=include_usage))
    return b"".join(map(encoder.encode, frames))


def own(api: Api, payload: bytes, *events: object) -> Frame:
    return Frame(list(events), f"{api.name}/sse", sse(payload))  # type: ignore[arg-type]


def test_its_own_frames_leave_as_they_came_and_on_lines_as_their_payloads(api: Api) -> None:
    delta = own(api, b'{"a": 1}', TextDelta(0, "a"))
    assert encode(api, delta) == delta.raw
    assert encode(api, delta, framing=Framing.NDJSON) == b'{"a": 1}\n'


def test_counts_that_only_the_server_asked_for_are_kept_from_the_reader(api: Api) -> None:
    frame = own(api, TOTAL, *COUNTED)
    assert encode(api, frame) == b""
    assert encode(api, frame, include_usage=True) == frame.raw


def test_counts_beside_something_else_are_handed_on(api: Api) -> None:
    frame = own(api, b'{"choices":[],"usage":{},"citations":["x"]}', *COUNTED)
    assert encode(api, frame) == frame.raw


def test_counts_that_were_estimated_come_before_the_upstreams_own_end(api: Api) -> None:
    frames = [Frame([StreamStart("x")]), Frame([UsageReport(Usage(1, 2, is_estimate=True))])]
    told = encode(api, *frames, own(api, b"[DONE]", StreamEnd()), include_usage=True)
    assert told.index(b'"usage"') < told.index(b"[DONE]")
    assert told.count(b"[DONE]") == 1


def test_an_error_of_the_upstreams_own_is_followed_by_the_end_mark_which_lines_have_not(api: Api) -> None:
    frame = own(api, b'{"error":{}}', StreamError("upstream_failed", "no"))
    assert encode(api, frame) == sse(b'{"error":{}}', b"[DONE]")
    assert encode(api, frame, framing=Framing.NDJSON) == b'{"error":{}}\n'


@pytest.mark.parametrize("framing", [Framing.SSE, Framing.NDJSON])
def test_what_stands_around_a_text_is_what_is_written_around_it(api: Api, framing: Framing) -> None:
    check_telling(api.encoder(options(framing)), f"{api.name}/sse")


def test_a_heartbeat_says_nothing(api: Api) -> None:
    beats = [api.encoder(options(framing)).heartbeat() for framing in (Framing.SSE, Framing.NDJSON)]
    assert beats == [b": ping\n", b"\n"]


def test_other_dialects_frames_are_told_from_their_events(api: Api) -> None:
    assert isinstance(api.encoder(options()), StreamEncoder)
    events: list[Event] = [StreamStart("x"), BlockStart(0, BlockKind.TEXT), TextDelta(0, "hello")]
    assert b'"hello"' in encode(api, Frame(events, "other/sse", b"data: theirs\n\n"))
