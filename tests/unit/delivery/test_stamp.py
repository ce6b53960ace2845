from __future__ import annotations

import pytest
from support.kept import Keeping
from support.lanes import content_of

from sluiceway.delivery.follower import Follower
from sluiceway.delivery.generation import Ending
from sluiceway.delivery.kept import KeptGeneration
from sluiceway.delivery.log.memory import LOG_BYTES
from sluiceway.delivery.shelf import ShelfLimits
from sluiceway.delivery.stamp import Place, Stamped
from sluiceway.errors import ReaderTooSlow
from sluiceway.events import Frame, StreamError, TextDelta
from sluiceway.testing import Step, text_frames
from sluiceway.usual import Around, Usual
from sluiceway.wire.sse import SSEDecoder

Events = list[tuple[str, bytes]]


class AsItCame:
    """Gives a frame's own bytes, and says what went wrong."""

    def __init__(self, beat: bytes = b": beat\n") -> None:
        self._beat = beat

    def encode(self, frame: Frame) -> bytes:
        """Return the bytes of one frame."""
        last = frame.events[-1] if frame.events else None
        return b"data: " + last.code.encode() + b"\n\n" if isinstance(last, StreamError) else frame.raw

    def heartbeat(self) -> bytes:
        """Return a beat."""
        return self._beat

    def telling(self, usual: Usual) -> Around | None:
        """Return what stands around each text, where it goes by as it came."""
        return usual.around if usual.wire == "plain/sse" else None


def frame(raw: bytes) -> Frame:
    return Frame([TextDelta(0, "x")], "plain/sse", raw)


def tell(*raws: bytes, place: Place | None = None) -> bytes:
    keeping = Keeping()
    kept = keeping.begin([(1, [frame(raw)]) for raw in raws])
    keeping.clock.advance(len(raws) + 1)
    follower = Follower(kept)
    encoder = Stamped(AsItCame(), follower, kept.log, place or Place())
    return b"".join(encoder.encode(taken) for taken in follower.take())


def ids(told: bytes) -> Events:
    return [(event.id, event.data) for event in SSEDecoder().feed(told)]


def test_each_event_has_the_cursor_of_its_frame() -> None:
    assert ids(tell(b"data: a\n\n", b"event: b\ndata: b\n\n", b"data: c\r\n\r\n"))[:3] == [
        ("1-1", b"a"),
        ("1-2", b"b"),
        ("1-3", b"c"),
    ]


def test_of_several_events_of_a_frame_the_last_has_the_cursor_and_those_before_it_say_which_part_they_are() -> None:
    told = tell(b"data: a\n\n", b"data: 1\n\ndata: 2\n\nevent: e\ndata: 3\n\n")
    assert ids(told)[:4] == [("1-1", b"a"), ("1-2.1", b"1"), ("1-2.2", b"2"), ("1-2", b"3")]


def test_a_frame_without_bytes_has_no_event_and_its_number_is_left_out() -> None:
    assert ids(tell(b"data: a\n\n", b"", b"data: b\n\n"))[:2] == [("1-1", b"a"), ("1-3", b"b")]


@pytest.mark.parametrize(
    ("place", "first"),
    [(Place(2), "1-2.1"), (Place(2, 1), "1-2.2"), (Place(2, 2), "1-2"), (Place(2, 3), "1-3"), (Place(3), "1-3")],
)
def test_it_says_nothing_before_its_place(place: Place, first: str) -> None:
    told = ids(tell(b"data: a\n\n", b"data: 1\n\ndata: 2\n\ndata: 3\n\n", b"data: b\n\n", place=place))
    assert told[0][0] == first


def test_a_place_within_a_frame_of_one_event_is_behind_it() -> None:
    assert ids(tell(b"data: a\n\n", b"data: b\n\n", place=Place(1, 1)))[0] == ("1-2", b"b")


def test_an_upstreams_own_ids_comments_and_pauses_are_left_out() -> None:
    told = tell(b": PROCESSING\n\n: still\n\nid: 77\nretry: 5\ndata: a\n\n")
    assert told.startswith(b"id: 1-1\ndata: a\n\n")
    assert not any(word in told for word in (b"PROCESSING", b"77", b"retry"))


def test_a_type_that_cannot_be_told_is_made_one_that_can() -> None:
    assert ids(tell(b": c\nevent: x\0y\ndata: 1\n\n"))[0] == ("1-1", b"1")


def test_there_is_no_blank_line_but_at_the_end_of_an_event() -> None:
    told = tell(b": a\n\ndata: 1\n\n", b"\ndata: 2\n\n", b": b\n\n\n\ndata: 3\n\n")
    assert told.count(b"\n\n") == len(ids(told))


def test_what_tells_one_reader_alone_why_it_gets_no_more_has_no_id() -> None:
    keeping = Keeping()
    kept = keeping.begin([(1, [frame(b"data: a\n\n")])] * 3)
    keeping.clock.advance(1)
    follower = Follower(kept)
    encoder = Stamped(AsItCame(), follower, kept.log)
    told = b"".join(encoder.encode(taken) for taken in follower.take())
    keeping.clock.advance(1)
    follower.fail(ReaderTooSlow("it took nothing"), Ending.READER_TOO_SLOW)
    told += b"".join(encoder.encode(taken) for taken in follower.take())
    assert told == b"id: 1-1\ndata: a\n\ndata: reader_too_slow\n\n"


def test_the_opening_of_a_log_without_its_beginning_has_the_cursor_of_what_it_stands_for() -> None:
    raw = b"data: " + b"x" * 2000 + b"\n\n"
    steps: list[Step] = [(1, [Frame(frame.events, "plain/sse", raw)]) for frame in text_frames(["a"] * 6)]
    keeping = Keeping(ShelfLimits(log_max_bytes=LOG_BYTES + 8000))
    kept = keeping.begin(steps)
    first = Follower(kept)
    for _ in range(8):
        keeping.clock.advance(1)
        first.take()
    dropped = kept.log.first_seq - 1
    assert dropped > 0
    late = Follower(kept)
    encoder = Stamped(Opening(), late, kept.log)
    told = ids(b"".join(encoder.encode(taken) for taken in late.take()))
    assert [name for name, _ in told[:2]] == [f"1-{dropped}", f"1-{dropped + 1}"]


class Opening(AsItCame):
    """Says something for what has no bytes."""

    def encode(self, frame: Frame) -> bytes:
        """Return the bytes of one frame."""
        return super().encode(frame) or b"data: opening\n\n"


@pytest.mark.parametrize(
    ("beat", "told"),
    [(b": beat\n", b": beat\n"), (b"\r\n\r\n", b": ping\n"), (b"event: ping\ndata: {}\n\n",) * 2],
)
def test_a_heartbeat_is_no_blank_line(beat: bytes, told: bytes) -> None:
    keeping = Keeping()
    kept = keeping.begin([])
    encoder = Stamped(AsItCame(beat), Follower(kept), kept.log)
    assert encoder.heartbeat() == told


def test_what_an_earlier_producer_told_keeps_its_epoch() -> None:
    keeping = Keeping()
    kept = keeping.begin([(1, [frame(b"data: a\n\n")]), (1, [frame(b"data: b\n\n")])])
    keeping.clock.advance(1)
    kept.log.begin_epoch(2)
    keeping.clock.advance(1)
    follower = Follower(kept)
    encoder = Stamped(AsItCame(), follower, kept.log)
    told = ids(b"".join(encoder.encode(taken) for taken in follower.take()))
    assert [name for name, _ in told[:2]] == ["1-1", "2-2"]


EVENT = Usual("plain/sse", Around(b"data: 100%d <", b">\n\n"))


def stamped(*raws: bytes, place: Place | None = None) -> tuple[Stamped, Follower, KeptGeneration]:
    keeping = Keeping()
    kept = keeping.begin([*((1, [frame(raw)]) for raw in raws), (9, [frame(b"")])])
    keeping.clock.advance(len(raws))
    follower = Follower(kept)
    encoder = Stamped(AsItCame(), follower, kept.log, place or Place())
    for taken in follower.take():
        encoder.encode(taken)
    return encoder, follower, kept


def test_usual_events_are_numbered_on_from_the_last_and_so_are_those_behind_them() -> None:
    encoder, follower, _ = stamped(b"data: a\n\n", b"data: b\n\n")
    telling = encoder.telling(EVENT)
    assert telling is not None
    follower.skip(4)
    chunks: list[bytes] = []
    for texts in ([b"c"], [b"d", b"e"]):
        telling.teller(chunks.append)(texts)
    told = b"".join(map(content_of, chunks)) + encoder.encode(frame(b"data: f\n\n"))
    assert ids(told) == [
        ("1-3", b"100%d <c>"), ("1-4", b"100%d <d>"), ("1-5", b"100%d <e>"), ("1-6", b"f"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("usual", "place"),
    [
        (Usual("other", EVENT.around), Place()),
        (Usual("plain/sse", Around(b"", b"\n\n")), Place()),
        (Usual("plain/sse", Around(b"data: a\n\ndata: ", b"\n\n")), Place()),
        (EVENT, Place(2, 1)),
        (EVENT, Place(3)),
    ],
)
def test_an_event_that_needs_more_than_a_number_is_looked_at(usual: Usual, place: Place) -> None:
    assert stamped(b"data: a\n\n", place=place)[0].telling(usual) is None


def test_a_reader_that_has_caught_up_with_its_place_can_be_told_usual_events() -> None:
    assert stamped(b"data: a\n\n", b"data: b\n\n", place=Place(2, 1))[0].telling(EVENT) is not None


def test_an_epoch_to_come_is_waited_for() -> None:
    encoder, _, kept = stamped(b"data: a\n\n")
    kept.log.begin_epoch(2, 5)
    assert encoder.telling(EVENT) is None
