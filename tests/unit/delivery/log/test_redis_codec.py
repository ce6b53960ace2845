"""Frames as bytes: every event comes back as it was, and bytes of another version are refused."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluiceway.delivery.log.memory import Texts
from sluiceway.delivery.log.redis_codec import VERSION, FrameDecoder, FrameEncoder, encode_frames
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
from sluiceway.usual import Around, Usual

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
    assert FrameDecoder().decode(encode_frames(7, frames)) == (7, frames)


@given(
    st.lists(st.tuples(st.text(), st.sampled_from(["", "a/sse", "b/ndjson"]), st.binary())), st.integers(1, 1 << 40)
)
def test_any_text_and_any_bytes_come_back(pieces: list[tuple[str, str, bytes]], first_seq: int) -> None:
    frames = [Frame([TextDelta(0, text)], wire, raw) for text, wire, raw in pieces]
    assert FrameDecoder().decode(encode_frames(first_seq, frames)) == (first_seq, frames)


def test_the_wire_form_is_spelt_once() -> None:
    frames = [Frame([], "openai_chat/sse", b"")] * 10
    assert encode_frames(1, frames).count(b"openai_chat/sse") == 1


@pytest.mark.parametrize("data", [b"", b"\x01" + encode_frames(1, [])[1:]])
def test_another_version_is_refused(data: bytes) -> None:
    with pytest.raises(LogUnavailable, match="form"):
        FrameDecoder().decode(data)


USUAL = Usual("openai_chat/sse", Around(b'data: {"content":"', b'"}\n\n'))
THOUGHT = Usual("openai_chat/sse", Around(b'data: {"reasoning":"', b'"}\n\n'), 1, ReasoningDelta)

REFUSAL = Usual("openai_chat/sse", Around(b'data: {"refusal":"', b'"}\n\n'), 2)


def test_usual_events_come_back_as_the_frames_they_are() -> None:
    texts = ["a ", "wörd \N{GRINNING FACE}"]
    parts = [Texts(usual, [text.encode() for text in texts]) for usual in (THOUGHT, USUAL)]
    data = FrameEncoder().encode(3, [parts[0], Frame(EVENTS), parts[1]])
    frames = [usual.frame(text.encode()) for usual in (THOUGHT, USUAL) for text in texts]
    assert FrameDecoder().decode(data) == (3, [*frames[:2], Frame(EVENTS), *frames[2:]])


def test_what_stands_around_texts_is_told_once_until_it_may_be_lost() -> None:
    encoder, decoder = FrameEncoder(), FrameDecoder()
    entries = [encoder.encode(seq, [Texts(usual, [b"a"])]) for seq, usual in enumerate([USUAL, THOUGHT, USUAL], 1)]
    encoder.repeat()
    entries.append(encoder.encode(4, [Texts(THOUGHT, [b"a"])]))
    told = [(seq, [usual.frame(b"a")]) for seq, usual in enumerate([USUAL, THOUGHT, USUAL, THOUGHT], 1)]
    assert [decoder.decode(entry) for entry in entries] == told
    assert [entry.count(b"data: {") for entry in entries] == [1, 1, 0, 1]


def test_who_read_the_beginning_can_go_on_in_what_was_written_again() -> None:
    encoder, decoder = FrameEncoder(), FrameDecoder()
    decoder.decode(encoder.encode(1, [Texts(USUAL, [b"a"]), Texts(THOUGHT, [b"b"])]))
    encoder.repeat()
    decoder.decode(encoder.encode(3, [Texts(REFUSAL, [b"c"])]))
    encoder.repeat()
    encoder.encode(1, [Texts(USUAL, [b"a"]), Texts(THOUGHT, [b"b"]), Texts(REFUSAL, [b"c"])])
    both = encoder.encode(4, [Texts(THOUGHT, [b"d"]), Texts(USUAL, [b"e"])])
    assert decoder.decode(both)[1] == [THOUGHT.frame(b"d"), USUAL.frame(b"e")]


@pytest.mark.parametrize(
    "entry",
    [
        (1, [], ["a"], [(0, 1, b"", [])]),
        (1, [], ["a"], [(0, 0, b"", [(99, {})])]),
        (1, [], ["a"], [(0, 0, b"", [(-1, {})])]),
        (1, [], ["a"], [(0, -1, b"", [])]),
        (1, [], ["a"], [(0, 0, b"", [(2, {})])]),
        (1, [], [], [(1, 0, [b"a"])]),
        (1, [(0, "a", b"", b"", 0, False)], [], [(1, 0, [b"\xff"])]),
        (1, [], [], [(2, 0, [])]),
    ],
)
def test_damaged_bytes_are_refused(entry: object) -> None:
    for data in (b"nonsense", msgspec.msgpack.encode(entry)):
        with pytest.raises(LogUnavailable, match="damaged"):
            FrameDecoder().decode(VERSION + data)
