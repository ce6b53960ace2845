"""However often a reader of a kept answer is cut, in any dialect, it gets what an uncut one gets, once, in order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hypothesis import given, settings
from hypothesis import strategies as st
from support.cuts import decode_pieces
from support.event_sequences import event_sequences
from support.generations import begin
from support.recordings import Recording, recordings
from support.transcoding import reader_of, upstream_of

from sluiceway.delivery.cursor import START, decode_cursor
from sluiceway.delivery.follower import Follower
from sluiceway.delivery.reader import FrameEncoder, Limits, Reader
from sluiceway.dialects.base import Framing
from sluiceway.dialects.registry import DIALECTS
from sluiceway.events import Event, Frame
from sluiceway.request import Request
from sluiceway.server.answers import Answer, Answers, Voice
from sluiceway.server.resumption import choose_keep
from sluiceway.server.settings import Settings
from sluiceway.testing import FakeClock
from sluiceway.wire.ndjson import NDJSONDecoder
from sluiceway.wire.sse import SSEDecoder

ASKED = Request("asked", [], stream=True, is_resumable=True, include_usage=True, body=b"{}")
RECORDED = [recording for recording in recordings() if recording.is_stream]
NAMES = st.sampled_from(sorted(DIALECTS))
PLACES = st.lists(st.floats(0, 1), max_size=5)
EVENTS, LINES = Voice(Framing.SSE, has_ids=True), Voice(Framing.NDJSON)


class Kept:
    """An answer of these frames, asked for in a dialect, that is over and kept."""

    def __init__(self, frames: Sequence[Frame], dialect: str) -> None:
        self.clock = FakeClock()
        generation, _ = begin([(1, [frame]) for frame in frames], self.clock, max_pending_bytes=1 << 30)
        keep = choose_keep(reader_of(dialect).endpoints[0], ASKED)
        assert keep is not None
        answers = Answers(Settings(), self.clock, lambda _generation: None)
        self.answer: Answer = answers.add(generation, keep, 7)
        self.clock.advance(len(frames) + 1)
        assert self.answer.kept.log.is_ended

    def events(self, after: str) -> bytes:
        """Return what a reader of events is told who has got the event ``after``."""
        return self.read(*self.answer.follow_from(decode_cursor(after) if after else START, EVENTS))

    def lines(self, count: int) -> bytes:
        """Return what a reader of lines is told who has got so many."""
        return self.read(*self.answer.follow_after_count(count, LINES))

    def read(self, follower: Follower, encoder: FrameEncoder) -> bytes:
        """Return all that is told."""
        reader = Reader(follower, encoder, Limits(), self.clock.time)
        told = b""
        while not reader.is_over:
            told += reader.take()
            self.clock.advance(0)
        follower.leave()
        return told


def split_frames(events: Sequence[Event], sizes: Sequence[int]) -> Iterator[Frame]:
    """Give the events in frames of these many."""
    left = list(events)
    for size in sizes:
        yield Frame(left[:size])
        left = left[size:]
    yield Frame(left)


def check_cut_events(kept: Kept, places: Sequence[float]) -> None:
    seen: list[tuple[str, str, bytes]] = []
    for place in [*places, 1.0]:
        told = kept.events(seen[-1][0] if seen else "")
        events = SSEDecoder().feed(told[: int(place * len(told))])
        seen += [(event.id, event.event, event.data) for event in events]
    uncut = SSEDecoder().feed(kept.events(""))
    assert seen == [(event.id, event.event, event.data) for event in uncut]
    assert len({name for name, _, _ in seen}) == len(seen)


def check_cut_lines(kept: Kept, places: Sequence[float]) -> None:
    seen: list[bytes] = []
    for place in [*places, 1.0]:
        told = kept.lines(len(seen))
        seen += [line.data for line in NDJSONDecoder().feed(told[: int(place * len(told))])]
    assert seen == [line.data for line in NDJSONDecoder().feed(kept.lines(0))]


@settings(max_examples=150)
@given(name=NAMES, events=event_sequences(), sizes=st.lists(st.integers(0, 4), max_size=12), places=PLACES)
def test_what_is_told_from_events_survives_cuts(
    name: str, events: list[Event], sizes: list[int], places: list[float]
) -> None:
    kept = Kept(list(split_frames(events, sizes)), name)
    check_cut_events(kept, places)
    check_cut_lines(kept, places)


@settings(max_examples=100)
@given(name=NAMES, recording=st.sampled_from(RECORDED), places=PLACES)
def test_what_was_recorded_survives_cuts_in_its_own_dialect_and_in_others(
    name: str, recording: Recording, places: list[float]
) -> None:
    decoder = upstream_of(recording.dialect).decoder(True, 1 << 22)
    kept = Kept(decode_pieces(decoder, [recording.body]), name)
    check_cut_events(kept, places)
    check_cut_lines(kept, places)
