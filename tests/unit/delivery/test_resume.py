from __future__ import annotations

import json

from support.generations import PlainEncoder

from sluiceway.delivery.resume import AfterFrames, AfterNumber
from sluiceway.errors import ProducerLost, UpstreamFailed
from sluiceway.events import Frame, StreamEnd, StreamError, TextDelta
from sluiceway.testing import text_frames
from sluiceway.usual import Around, Usual
from sluiceway.wire.sse import SSEDecoder, encode_event

FRAMES = text_frames(["a", "b", "c"])


USUAL = Usual("w", Around(b"", b""))


class Numbered:
    """Writes two numbered events a frame, and one without a number before the last."""

    def __init__(self) -> None:
        self._next = 0

    def encode(self, frame: Frame) -> bytes:
        """Return the bytes of one frame."""
        events = [encode_event(json.dumps({"n": self._next + offset}).encode()) for offset in range(2)]
        self._next += 2
        if isinstance(frame.events[-1], StreamEnd):
            events.insert(0, encode_event(b"{}"))
        return b"".join(events)

    def heartbeat(self) -> bytes:
        """Return a beat."""
        return b": beat\n"

    def telling(self, usual: Usual) -> Around:
        """Return what stands around each text."""
        return usual.around


def number_of(payload: bytes) -> int | None:
    number = json.loads(payload).get("n")
    return number if isinstance(number, int) else None


def after(number: int) -> AfterNumber:
    return AfterNumber(Numbered(), number_of, number, SSEDecoder().feed)


def test_the_first_frames_are_silent() -> None:
    encoder = AfterFrames(PlainEncoder(), 2)
    assert [encoder.encode(frame) for frame in FRAMES[:1]] == [b""]
    assert encoder.telling(USUAL) is None
    assert [encoder.encode(frame) for frame in FRAMES[1:]] == [b"", b"b", b"c", b"."]
    assert (encoder.telling(USUAL), encoder.heartbeat()) == (USUAL.around, b"~")


def test_no_frame_need_be_silent() -> None:
    assert AfterFrames(PlainEncoder(), 0).encode(Frame([TextDelta(0, "x")])) == b"x"


def test_what_follows_a_number_is_what_follows_it_in_the_uncut_stream() -> None:
    plain = Numbered()
    uncut = b"".join(plain.encode(frame) for frame in FRAMES)
    events = SSEDecoder().feed(uncut)
    places = {number_of(event.data): place for place, event in enumerate(events)}
    for number in range(10):
        encoder = after(number)
        told = b"".join(encoder.encode(frame) for frame in FRAMES)
        rest = [
            event.raw for event in events[places[number] + 1 :] if number != 7 or number_of(event.data) is not None
        ]
        assert told == b"".join(rest)


def test_who_has_more_than_is_kept_is_told_that_it_was_cut_short() -> None:
    frames = [FRAMES[0], Frame([StreamError(ProducerLost.code, "gone")])]
    encoder = after(400)
    assert [encoder.encode(frame).count(b"data: ") for frame in frames] == [0, 2]


def test_an_error_of_the_answer_itself_has_its_number_like_anything_else() -> None:
    encoder = after(400)
    assert encoder.encode(Frame([StreamError(UpstreamFailed.code, "overloaded")])) == b""


def test_a_number_that_is_yet_to_come_is_waited_for() -> None:
    encoder = after(400)
    assert [encoder.encode(frame) for frame in FRAMES] == [b""] * 5
    assert (encoder.telling(USUAL), encoder.heartbeat()) == (None, b": beat\n")


def test_of_the_frame_in_which_a_reader_was_cut_it_is_told_the_rest() -> None:
    encoder = AfterFrames(Numbered(), 1, 1, SSEDecoder().feed)
    told = b"".join(encoder.encode(frame) for frame in FRAMES[:3])
    assert [number_of(event.data) for event in SSEDecoder().feed(told)] == [3, 4, 5]
