from __future__ import annotations

import asyncio

from sluiceway.engines.scripted import ScriptedEngine, Step
from sluiceway.errors import EngineUnavailable, UpstreamFailed
from sluiceway.events import Frame, StreamEnd, StreamError, TextDelta
from sluiceway.request import Request
from sluiceway.testing import FakeClock, RecordingSink, text_frames
from sluiceway.usual import Usual

REQUEST = Request(model="any", messages=[])
START, HEL, LO, END = text_frames(["Hel", "lo"])
SCRIPT: list[Step] = [(1, [START]), (1, [HEL]), (1, [LO]), (1, [END])]


class Decoder:
    """Each byte is a piece of text; a zero byte is nothing."""

    usual: Usual | None = None

    def feed(self, data: bytes) -> list[Frame]:
        return [Frame([TextDelta(0, chr(byte))]) for byte in data if byte]

    def close(self) -> list[Frame]:
        return [Frame([StreamEnd()])]


class PausingSink(RecordingSink):
    """Pauses and resumes its call, or leaves, from within `feed`, as a coalescer and a vanished reader do."""

    def __init__(self, action: str) -> None:
        super().__init__()
        self.action = action
        self.engine: ScriptedEngine | None = None

    def feed(self, frames: list[Frame]) -> None:
        super().feed(frames)
        assert self.engine is not None
        getattr(self.engine.calls[0], self.action)()


def test_steps_arrive_when_they_are_due() -> None:
    clock, sink = FakeClock(), RecordingSink()
    ScriptedEngine(SCRIPT, clock=clock).start(REQUEST, sink)
    clock.advance(0.9)
    assert sink.feeds == []
    clock.advance(1.1)
    assert sink.feeds == [[START], [HEL]]
    clock.advance(2)
    assert (sink.text, sink.closings) == ("Hello", [None])


async def test_without_a_clock_the_loop_gives_the_time() -> None:
    sink = RecordingSink()
    engine = ScriptedEngine([(0, text_frames(["Hello"]))])
    await engine.open()
    engine.start(REQUEST, sink)
    assert sink.feeds == []
    assert await asyncio.wait_for(sink.ended(), 5) is None
    assert (sink.text, engine.requests) == ("Hello", [REQUEST])


def test_bytes_go_through_a_decoder_of_their_own() -> None:
    clock, sinks = FakeClock(), [RecordingSink(), RecordingSink()]
    engine = ScriptedEngine([(1, b"ab"), (1, b"\0"), (1, b"c")], decoder=Decoder, clock=clock)
    for sink in sinks:
        engine.start(REQUEST, sink)
    clock.advance(3)
    assert [(sink.text, sink.events[-1], sink.closings) for sink in sinks] == [("abc", StreamEnd(), [None])] * 2


def test_a_script_may_end_in_an_error() -> None:
    clock, sink, error = FakeClock(), RecordingSink(), UpstreamFailed("overloaded")
    ScriptedEngine([(1, b"ab")], decoder=Decoder, error=error, clock=clock).start(REQUEST, sink)
    clock.advance(1)
    assert (sink.text, sink.closings) == ("ab", [error])


def test_a_script_that_just_stops_is_an_engine_that_went_away() -> None:
    clock, sink = FakeClock(), RecordingSink()
    ScriptedEngine(SCRIPT[:2], clock=clock).start(REQUEST, sink)
    clock.advance(9)
    assert [type(error) for error in sink.closings] == [EngineUnavailable]


def test_nothing_follows_a_terminal_frame() -> None:
    clock, sink = FakeClock(), RecordingSink()
    broken = Frame([StreamError("upstream_failed", "no")])
    ScriptedEngine([(1, [broken]), *SCRIPT], clock=clock).start(REQUEST, sink)
    clock.advance(9)
    assert (sink.frames, sink.closings) == ([broken], [None])


def test_a_paused_call_holds_what_falls_due_until_it_is_resumed() -> None:
    clock, sink = FakeClock(), RecordingSink()
    call = ScriptedEngine(SCRIPT, clock=clock).start(REQUEST, sink)
    call.pause()
    call.pause()
    clock.advance(9)
    assert sink.feeds == []
    call.resume()
    call.resume()
    clock.advance(0)
    assert sink.feeds == [[START]]
    clock.advance(3)
    assert (sink.text, call.actions) == ("Hello", ["pause", "resume"])


def test_a_short_pause_delays_nothing() -> None:
    clock, sink = FakeClock(), RecordingSink()
    call = ScriptedEngine(SCRIPT, clock=clock).start(REQUEST, sink)
    call.pause()
    call.resume()
    clock.advance(0.9)
    assert sink.feeds == []
    clock.advance(0.1)
    assert sink.feeds == [[START]]


def test_bytes_whose_decoder_ends_with_nothing_are_an_engine_that_went_away() -> None:
    class Silent(Decoder):
        def close(self) -> list[Frame]:
            return []

    clock, sink = FakeClock(), RecordingSink()
    ScriptedEngine([(1, b"ab")], decoder=Silent, clock=clock).start(REQUEST, sink)
    clock.advance(1)
    assert [type(error) for error in sink.closings] == [EngineUnavailable]


def test_an_aborted_call_says_nothing_more() -> None:
    clock, sink = FakeClock(), RecordingSink()
    call = ScriptedEngine(SCRIPT, clock=clock).start(REQUEST, sink)
    clock.advance(2)
    call.abort()
    call.abort()
    call.pause()
    call.resume()
    clock.advance(9)
    assert (sink.frames, sink.closings, clock.next_due_at) == ([START, HEL], [], None)
    assert (call.is_aborted, call.actions, call.steps_played) == (True, ["abort"], 2)


def test_a_sink_may_abort_from_within_the_last_feed() -> None:
    clock, sink = FakeClock(), PausingSink("abort")
    sink.engine = ScriptedEngine([(1, text_frames(["Hello"]))], clock=clock)
    sink.engine.start(REQUEST, sink)
    clock.advance(9)
    assert (len(sink.feeds), sink.closings) == (1, [])


def test_a_sink_may_pause_from_within_a_feed() -> None:
    clock, sink = FakeClock(), PausingSink("pause")
    sink.engine = ScriptedEngine(SCRIPT, clock=clock)
    sink.engine.start(REQUEST, sink)
    clock.advance(9)
    assert sink.frames == [START]


async def test_closing_breaks_running_answers_off() -> None:
    clock, over, running = FakeClock(), RecordingSink(), RecordingSink()
    engine = ScriptedEngine(SCRIPT, clock=clock, models=["a"])
    assert await engine.list_models() == ["a"]
    engine.start(REQUEST, over)
    clock.advance(9)
    engine.start(REQUEST, running)
    assert await engine.is_ready()
    await engine.close()
    await engine.close()
    clock.advance(9)
    assert not await engine.is_ready()
    assert over.closings == [None]
    assert [type(error) for error in running.closings] == [EngineUnavailable]
