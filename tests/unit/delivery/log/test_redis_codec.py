"""Frames as bytes: every event comes back as it was, and bytes of another version are refused."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluiceway.delivery.log.redis_codec import VERSION, decode_frames, encode_frames
from sluiceway.errors import LogUnavailable
from sluiceway.events import (
    BlockEnd,
    BlockKind,
    BlockStart,
    ChoiceEnd,
    Event,
    ExtrasDelta,
    Frame,
    ReasoningDelta,
    StreamEnd,
    StreamError,
    StreamStart,
    TextDelta,
    TokenLogprob,
    ToolInputDelta,
    UsageReport,
)
from sluiceway.usage import FinishReason, Stop, Usage

EXTRAS: dict[str, dict[str, object]] = {"openai_chat": {"system_fingerprint": "fp", "list": [1, 2.5, None, True]}}
EVENTS: list[Event] = [
    StreamStart("id-1", "m", 1_700_000_000, EXTRAS),
    BlockStart(0, BlockKind.TOOL, 1, "call-1", "weather", EXTRAS),
    TextDelta(0, "wörd \N{GRINNING FACE}"),
    TextDelta(0, "a", [TokenLogprob("a", -0.5, [97], [TokenLogprob("b", -1.5)])]),
    ReasoningDelta(1, "hm", "signature"),
    ToolInputDelta(2, '{"a":'),
    ExtrasDelta(0, EXTRAS),
    BlockEnd(0),
    ChoiceEnd(0, FinishReason(Stop.LENGTH), EXTRAS),
    UsageReport(Usage(3, 8)),
    StreamEnd(),
    StreamError("upstream_failed", "went away", "overloaded"),
]


def test_every_event_comes_back_as_it_was() -> None:
    frames = [Frame([event], "openai_chat/sse", b"data: {}\n\n") for event in EVENTS]
    frames += [Frame(EVENTS), Frame([], "anthropic/sse", b"event: ping\n\n")]
    assert decode_frames(encode_frames(7, frames)) == (7, frames)


@given(
    st.lists(st.tuples(st.text(), st.sampled_from(["", "a/sse", "b/ndjson"]), st.binary())), st.integers(1, 1 << 40)
)
def test_any_text_and_any_bytes_come_back(pieces: list[tuple[str, str, bytes]], first_seq: int) -> None:
    frames = [Frame([TextDelta(0, text)], wire, raw) for text, wire, raw in pieces]
    assert decode_frames(encode_frames(first_seq, frames)) == (first_seq, frames)


def test_the_wire_form_is_spelt_once() -> None:
    frames = [Frame([], "openai_chat/sse", b"")] * 10
    assert encode_frames(1, frames).count(b"openai_chat/sse") == 1


@pytest.mark.parametrize("data", [b"", b"\x02" + encode_frames(1, [])[1:]])
def test_another_version_is_refused(data: bytes) -> None:
    with pytest.raises(LogUnavailable, match="form"):
        decode_frames(data)


@pytest.mark.parametrize(
    "data",
    [
        b"nonsense",
        msgspec.msgpack.encode((1, [], [(0, b"", [])])),
        msgspec.msgpack.encode((1, ["a"], [(0, b"", [(99, {})])])),
        msgspec.msgpack.encode((1, ["a"], [(0, b"", [(-1, {})])])),
        msgspec.msgpack.encode((1, ["a"], [(-1, b"", [])])),
        msgspec.msgpack.encode((1, ["a"], [(0, b"", [(2, {})])])),
    ],
)
def test_damaged_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(LogUnavailable, match="damaged"):
        decode_frames(VERSION + data)
