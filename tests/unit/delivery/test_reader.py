from __future__ import annotations

import asyncio

from support.generations import PlainEncoder, begin

from sluiceway.delivery.generation import Ending, Generation
from sluiceway.delivery.reader import Limits, Reader, Telling
from sluiceway.engine import Lead
from sluiceway.testing import FakeClock, ScriptedCall, Step, text_frames
from sluiceway.usual import Around, Usual

START, HEL, LO, END = text_frames(["Hel", "lo"])
SCRIPT: list[Step] = [(1, [START]), (1, [HEL]), (1, [LO]), (20, [END])]


class Bench:
    """A reader of the script, its clock, and everything around it."""

    def __init__(self, *, heartbeat_s: float = 15.0, stall_s: float = 30.0) -> None:
        self.clock = FakeClock()
        self.generation: Generation
        self.call: ScriptedCall
        self.generation, self.call = begin(SCRIPT, self.clock)
        limits = Limits(heartbeat_s=heartbeat_s, stall_s=stall_s)
        self.encoder = PlainEncoder()
        self.reader = Reader(self.generation, self.encoder, limits, self.clock.time)

    def pass_s(self, seconds: float) -> None:
        """Let time pass, and have the reader checked at its end."""
        self.clock.advance(seconds)
        self.reader.check(self.clock.time())


async def test_it_sleeps_until_there_is_something() -> None:
    bench = Bench()
    waiting = asyncio.create_task(bench.reader.wait())
    await asyncio.sleep(0)
    assert not waiting.done()
    bench.clock.advance(2)
    await asyncio.wait_for(waiting, 5)
    assert bench.reader.take() == b"Hel"


async def test_it_does_not_sleep_when_something_waits() -> None:
    bench = Bench()
    bench.clock.advance(30)
    await asyncio.wait_for(bench.reader.wait(), 5)
    assert (bench.reader.take(), bench.reader.is_over) == (b"Hello.", True)


def test_one_frame_is_encoded_alone() -> None:
    bench = Bench()
    bench.clock.advance(1)
    bench.reader.take()
    bench.clock.advance(1)
    assert bench.reader.take() == b"Hel"


def test_a_silence_before_its_socket_is_full_is_not_held_against_it() -> None:
    bench = Bench(stall_s=10)
    bench.clock.advance(3)
    bench.reader.take()
    bench.clock.advance(15)
    bench.reader.note_room(is_writable=False)
    bench.pass_s(2)
    bench.reader.note_room(is_writable=False)
    bench.pass_s(7)
    assert not bench.reader.is_stalled
    bench.pass_s(2)
    assert bench.reader.is_stalled


def test_a_reader_with_room_does_not_stall() -> None:
    bench = Bench(stall_s=10)
    bench.reader.note_room(is_writable=False)
    bench.reader.note_room(is_writable=True)
    bench.pass_s(11)
    assert not bench.reader.is_stalled


def test_there_may_be_nothing_to_take() -> None:
    assert Bench().reader.take() == b""


async def test_a_silence_before_the_first_token_gets_a_heartbeat() -> None:
    bench = Bench(heartbeat_s=0.5)
    waiting = asyncio.create_task(bench.reader.wait())
    await asyncio.sleep(0)
    bench.pass_s(0.6)
    await asyncio.wait_for(waiting, 5)
    assert bench.reader.take() == b"~"
    assert bench.reader.take() == b""


async def test_a_due_heartbeat_needs_no_bell() -> None:
    bench = Bench(heartbeat_s=0.5)
    bench.pass_s(0.6)
    await asyncio.wait_for(bench.reader.wait(), 5)
    assert bench.reader.take() == b"~"


def test_a_silence_in_the_middle_gets_heartbeats_as_long_as_it_lasts() -> None:
    bench = Bench(heartbeat_s=5)
    bench.clock.advance(3)
    assert bench.reader.take() == b"Hello"
    taken = []
    for _ in range(4):
        bench.pass_s(4)
        taken.append(bench.reader.take())
    assert taken == [b""] * 4
    bench.reader.sent_at = bench.clock.time()
    bench.pass_s(3)
    assert bench.reader.take() == b""


def test_a_heartbeat_comes_after_each_whole_silence() -> None:
    bench = Bench(heartbeat_s=5)
    bench.clock.advance(3)
    bench.reader.take()
    bench.pass_s(6)
    assert bench.reader.take() == b"~"
    bench.pass_s(6)
    assert bench.reader.take() == b"~"


def test_tokens_take_the_place_of_a_heartbeat() -> None:
    bench = Bench(heartbeat_s=0.5)
    bench.pass_s(0.6)
    bench.clock.advance(2)
    assert bench.reader.take() == b"Hel"
    assert bench.reader.take() == b""


def test_heartbeats_can_be_turned_off() -> None:
    bench = Bench(heartbeat_s=0)
    bench.pass_s(0.9)
    assert bench.reader.take() == b""


def test_no_heartbeat_follows_the_end() -> None:
    bench = Bench(heartbeat_s=1)
    bench.clock.advance(23)
    bench.reader.take()
    bench.pass_s(9)
    assert (bench.reader.is_over, bench.reader.take()) == (True, b"")


def test_a_reader_that_takes_nothing_is_given_up_with_its_upstream() -> None:
    bench, stalls = Bench(stall_s=5), list[str]()
    bench.reader.on_stall = lambda: stalls.append("stalled")
    bench.reader.sending_since = 0.0
    bench.pass_s(5)
    assert not bench.reader.is_stalled
    bench.pass_s(1)
    bench.pass_s(1)
    assert (stalls, bench.reader.is_stalled, bench.call.is_aborted) == (["stalled"], True, True)
    assert bench.generation.ending is Ending.READER_TOO_SLOW


def test_a_reader_that_takes_a_little_now_and_then_is_not_given_up() -> None:
    bench, backlog = Bench(stall_s=5), [900]
    bench.reader.backlog = lambda: backlog[0]
    bench.reader.sending_since = 0.0
    bench.pass_s(0)
    for backlog[0] in (800, 700, 600):
        bench.pass_s(6)
    assert not bench.reader.is_stalled
    bench.pass_s(6)
    assert bench.reader.is_stalled


def test_a_stall_needs_nobody_to_be_told() -> None:
    bench = Bench(stall_s=5)
    bench.reader.sending_since = 0.0
    bench.pass_s(6)
    assert bench.reader.is_stalled


def test_a_reader_may_be_given_for_ever() -> None:
    bench = Bench(stall_s=0)
    bench.reader.sending_since = 0.0
    bench.pass_s(10_000)
    assert (bench.generation.ending, bench.reader.is_stalled) == (Ending.COMPLETE, False)


def test_a_reader_that_is_sending_gets_no_heartbeat() -> None:
    bench = Bench(heartbeat_s=0.1)
    bench.reader.sending_since = 0.0
    bench.pass_s(0.9)
    bench.reader.sending_since = None
    assert bench.reader.take() == b""


def test_a_listener_hears_of_tokens_and_of_heartbeats() -> None:
    bench, calls = Bench(heartbeat_s=5), list[bytes]()
    bench.reader.listen(lambda: calls.append(bench.reader.take()))
    bench.clock.advance(2)
    bench.pass_s(0)
    bench.clock.advance(1)
    bench.pass_s(6)
    assert calls == [b"", b"Hel", b"lo", b"~"]


def test_a_slow_reader_that_takes_something_is_not_given_up() -> None:
    bench, backlog = Bench(stall_s=5), [100]
    bench.reader.backlog = lambda: backlog[0]
    bench.reader.sending_since = 0.0
    bench.pass_s(1)
    for left in (80, 60, 40):
        backlog[0] = left
        bench.pass_s(5)
        assert not bench.reader.is_stalled
    bench.pass_s(6)
    assert bench.reader.is_stalled


USUAL = Usual("w", Around(b"<", b">"))


class Socket:
    """Takes what is written."""

    def __init__(self, *, is_chunked: bool = True) -> None:
        self.written: list[bytes] = []
        self.write_chunk = self.written.append if is_chunked else None


def lead_of(bench: Bench, telling: Telling | None, socket: Socket) -> Lead | None:
    setattr(bench.encoder, "telling", lambda _usual: telling)  # noqa: B010 - of another type than the stand-in's
    bench.reader.open_lane(socket)
    assert bench.generation.lane.lead is not None
    return bench.generation.lane.lead(USUAL)


def test_texts_on_the_lane_are_written_as_the_encoder_would_tell_them() -> None:
    socket = Socket()
    lead = lead_of(Bench(), Around(b"(", b")"), socket)
    assert lead is not None
    lead.take_texts([b"a", b"b"])
    assert (socket.written, lead.take_chunks) == ([b"6\r\n(a)(b)\r\n"], None)


def test_chunks_go_by_as_they_came_if_they_tell_this_reader_the_same() -> None:
    socket = Socket()
    lead = lead_of(Bench(), USUAL.around, socket)
    assert lead is not None
    assert lead.take_chunks == socket.write_chunk


def test_nothing_goes_by_to_a_body_that_is_not_in_chunks() -> None:
    assert lead_of(Bench(), USUAL.around, Socket(is_chunked=False)) is None


def test_nothing_goes_by_an_encoder_that_must_see_it() -> None:
    assert lead_of(Bench(), None, Socket()) is None


def test_a_lane_can_be_closed() -> None:
    bench = Bench()
    lead_of(bench, USUAL.around, Socket())
    bench.reader.open_lane(None)
    assert bench.generation.lane.lead is None


def test_a_lane_is_not_open_past_what_waits() -> None:
    bench = Bench()
    bench.clock.advance(2)
    assert bench.generation.has_pending
    bench.reader.open_lane(Socket())
    assert bench.generation.lane.lead is None


def test_the_patrol_counts_what_went_by() -> None:
    bench = Bench()
    bench.generation.lane.delivered_at.append(0.0)
    bench.pass_s(0.1)
    assert bench.generation.output_deltas == 1


def test_a_closed_reader_is_rung_no_more() -> None:
    bench = Bench()
    rung: list[bool] = []
    bench.reader.listen(lambda: rung.append(True))
    bench.reader.close()
    bench.clock.advance(20)
    assert (rung, bench.generation.is_ready) == ([], True)
