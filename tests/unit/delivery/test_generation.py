from __future__ import annotations

from collections.abc import Callable

import pytest
from support.generations import REQUEST, begin

from sluiceway.delivery.generation import Ending, Generation, Origin
from sluiceway.engine import Sink
from sluiceway.errors import EngineUnavailable, LocalProtocolError, ServerDraining, UnsupportedFeature, UpstreamFailed
from sluiceway.events import BlockEnd, ChoiceEnd, Event, Frame, StreamEnd, StreamError, TextDelta, UsageReport
from sluiceway.metering.timeline import Timeline
from sluiceway.request import Request
from sluiceway.testing import FakeClock, ScriptedCall, ScriptedEngine, Step, text_frames
from sluiceway.usage import FinishReason, Stop, Usage

START, HEL, LO, END = text_frames(["Hel", "lo"], usage=Usage(3, 2))
SCRIPT: list[Step] = [(1, [START]), (1, [HEL]), (1, [LO]), (1, [END])]
BIG = Frame([TextDelta(0, "x")], "plain/sse", b"x" * 60)


class HoldAll:
    """Holds whoever asks."""

    window_s = 1.0

    def __init__(self) -> None:
        self.asked: list[Generation] = []

    def hold(self, generation: Generation) -> bool:
        self.asked.append(generation)
        return True


class RefusingEngine(ScriptedEngine):
    """Cannot express any request."""

    def start(self, request: Request, sink: Sink) -> ScriptedCall:
        raise UnsupportedFeature(f"no {request.model}, no {sink}")


class InstantEngine(ScriptedEngine):
    """Has the whole answer before it returns, as an engine with a cache has."""

    def start(self, request: Request, sink: Sink) -> ScriptedCall:
        call = super().start(request, sink)
        sink.feed([START, HEL, LO, END])
        sink.close(None)
        return call


def events_of(generation: Generation) -> list[Event]:
    return [event for frame in generation.take() for event in frame.events]


def drain(generation: Generation) -> None:
    generation.fail(ServerDraining("bye"), Ending.DRAINED)


def new_generation() -> Generation:
    return Generation(Origin("g", "m", True, "e", "d"), Timeline(0), clock=FakeClock().time, max_pending_bytes=9)


def test_what_the_engine_feeds_waits_for_the_reader() -> None:
    clock = FakeClock()
    generation, _ = begin(SCRIPT, clock)
    assert not generation.is_ready
    clock.advance(2)
    assert (generation.is_ready, generation.has_pending) == (True, True)
    assert generation.take() == [START, HEL]
    assert (generation.is_ready, generation.has_pending, generation.taken_at) == (False, False, 2)


def test_a_whole_answer_is_complete_and_over_once_taken() -> None:
    clock = FakeClock()
    generation, _ = begin(SCRIPT, clock)
    clock.advance(4)
    assert (generation.ending, generation.error, generation.is_over) == (Ending.COMPLETE, None, False)
    assert generation.take() == [START, HEL, LO, END]
    assert (generation.is_over, generation.usage) == (True, Usage(3, 2))


def test_the_reader_is_woken_once_for_all_that_waits() -> None:
    clock, rings = FakeClock(), list[float]()
    generation, _ = begin(SCRIPT, clock)
    generation.attach(lambda: rings.append(clock.time()))
    clock.advance(3)
    assert rings == [1]
    generation.take()
    clock.advance(1)
    assert rings == [1, 4, 4]  # the frame, and the end


def test_a_reader_that_comes_late_is_woken_at_once() -> None:
    clock, rings = FakeClock(), list[str]()
    generation, _ = begin(SCRIPT, clock)
    clock.advance(1)
    generation.attach(lambda: rings.append("ring"))
    assert rings == ["ring"]


def test_the_lane_is_closed_for_good_when_the_answer_ends() -> None:
    generation, _ = begin(SCRIPT, FakeClock())
    generation.open_lane(lambda _usual: None)
    assert generation.lane.lead is not None
    generation.stop()
    assert generation.lane.lead is None


def test_deltas_are_timed_when_they_are_taken() -> None:
    clock = FakeClock()
    generation, _ = begin(SCRIPT, clock)
    clock.advance(5)
    generation.take()
    timeline = generation.timeline
    assert (timeline.ttft_s, timeline.deltas, generation.output_deltas) == (5, 2, 2)


def test_taking_what_holds_no_delta_leaves_the_timeline_alone() -> None:
    clock = FakeClock()
    generation, _ = begin(SCRIPT, clock)
    clock.advance(1)
    generation.take()
    assert generation.timeline.ttft_s is None


def test_until_the_vendor_reports_deltas_are_counted() -> None:
    clock = FakeClock()
    generation, _ = begin(SCRIPT, clock)
    clock.advance(3)
    assert generation.usage == Usage(output_tokens=2, is_estimate=True)


def test_a_full_reader_pauses_the_engine_until_it_takes() -> None:
    clock = FakeClock()
    generation, call = begin([(1, [START]), *[(1, [BIG])] * 9], clock, max_pending_bytes=100)
    clock.advance(9)
    assert (call.actions, call.steps_played) == (["pause"], 3)
    assert generation.take() == [START, BIG, BIG]
    assert call.actions == ["pause", "resume"]
    clock.advance(0)
    assert generation.take() == [BIG]


def test_a_held_answer_stays_paused_when_its_reader_takes() -> None:
    clock, holder = FakeClock(), HoldAll()
    generation, call = begin([(1, [START]), *[(1, [BIG])] * 9], clock, holder=holder, max_pending_bytes=100)
    clock.advance(9)
    generation.take()
    assert (call.actions, holder.asked) == (["pause"], [generation])
    generation.release()
    assert call.actions == ["pause", "resume"]


def test_a_full_answer_stays_paused_when_it_is_released() -> None:
    clock, holder = FakeClock(), HoldAll()
    generation, call = begin([(1, [START]), *[(1, [BIG])] * 9], clock, holder=holder, max_pending_bytes=100)
    clock.advance(2)
    generation.feed([BIG, BIG])
    generation.release()
    assert call.actions == ["pause"]


def test_the_first_output_is_never_held() -> None:
    clock, holder = FakeClock(), HoldAll()
    _, call = begin(SCRIPT, clock, holder=holder)
    clock.advance(2)
    assert (holder.asked, call.actions) == ([], [])
    clock.advance(1)
    assert call.actions == ["pause"]


def test_releasing_an_answer_that_is_over_does_nothing() -> None:
    clock = FakeClock()
    generation, call = begin(SCRIPT, clock)
    clock.advance(4)
    generation.release()
    assert call.actions == []


def test_a_stopped_answer_ends_honestly_with_what_it_has() -> None:
    clock = FakeClock()
    generation, call = begin(SCRIPT, clock)
    clock.advance(2)
    generation.stop()
    generation.stop()
    assert (generation.ending, call.is_aborted, generation.error) == (Ending.STOPPED, True, None)
    usage = Usage(output_tokens=1, is_estimate=True)
    ending = [BlockEnd(0), ChoiceEnd(0, FinishReason(Stop.CANCELLED)), UsageReport(usage), StreamEnd()]
    assert events_of(generation) == [*START.events, *HEL.events, *ending]


def test_a_stopped_answer_takes_nothing_more() -> None:
    generation, _ = begin(SCRIPT, FakeClock())
    generation.stop()
    generation.take()
    generation.feed([START])
    generation.close(EngineUnavailable("late"))
    assert (generation.is_over, generation.ending) == (True, Ending.STOPPED)


@pytest.mark.parametrize("is_taken", [True, False])
@pytest.mark.parametrize("end", [Generation.stop, drain])
def test_an_answer_whose_ending_was_fed_does_not_end_another_way(
    end: Callable[[Generation], None], is_taken: bool
) -> None:
    generation, call = begin([], FakeClock())
    generation.feed([START, HEL, LO, END])
    told = generation.take() if is_taken else []
    end(generation)
    assert [*told, *generation.take()] == [START, HEL, LO, END]
    assert (generation.ending, generation.error, call.is_aborted) == (Ending.COMPLETE, None, True)


def test_an_error_the_stream_told_stays_its_ending() -> None:
    generation, _ = begin([], FakeClock())
    generation.feed([START, Frame([StreamError("upstream_failed", "overloaded")])])
    generation.stop()
    assert [type(event) for event in events_of(generation)].count(StreamError) == 1
    assert (generation.ending, type(generation.error)) == (Ending.UPSTREAM_ERROR, UpstreamFailed)


def test_a_reader_that_leaves_stops_the_engine_and_drops_what_waits() -> None:
    clock = FakeClock()
    generation, call = begin(SCRIPT, clock)
    clock.advance(2)
    generation.leave()
    assert (generation.ending, call.is_aborted, generation.is_over) == (Ending.READER_GONE, True, True)


def test_leaving_after_the_end_keeps_the_ending() -> None:
    clock = FakeClock()
    generation, call = begin(SCRIPT, clock)
    clock.advance(4)
    generation.leave()
    assert (generation.ending, call.is_aborted, generation.is_over) == (Ending.COMPLETE, False, True)


def test_an_answer_that_has_no_engine_yet_can_be_left() -> None:
    generation = new_generation()
    generation.leave()
    assert generation.ending is Ending.READER_GONE


def test_failing_it_tells_the_reader_after_all_that_waits() -> None:
    clock = FakeClock()
    generation, call = begin(SCRIPT, clock)
    clock.advance(2)
    generation.fail(ServerDraining("bye"), Ending.DRAINED)
    generation.fail(ServerDraining("again"), Ending.DRAINED)
    assert (generation.ending, call.is_aborted) == (Ending.DRAINED, True)
    assert events_of(generation)[-2:] == [*HEL.events, StreamError("server_draining", "bye")]


def test_an_engine_that_breaks_off_is_told_once() -> None:
    clock, error = FakeClock(), EngineUnavailable("gone")
    generation, _ = begin(SCRIPT[:2], clock, error=error)
    clock.advance(9)
    assert (generation.ending, generation.error) == (Ending.UPSTREAM_ERROR, error)
    assert events_of(generation) == [*START.events, *HEL.events, StreamError("engine_unavailable", "gone")]


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        (StreamError("upstream_failed", "overloaded", "busy"), UpstreamFailed),
        (StreamError("upstream_protocol_error", "no JSON"), Exception),
    ],
)
def test_an_error_the_stream_itself_told_is_kept_and_not_told_again(event: StreamError, kind: type) -> None:
    clock = FakeClock()
    generation, _ = begin([(1, [START]), (1, [Frame([event])])], clock)
    clock.advance(2)
    error = generation.error
    assert (generation.ending, events_of(generation)) == (Ending.UPSTREAM_ERROR, [*START.events, event])
    assert isinstance(error, kind)
    assert error is not None
    assert (error.code, error.message, error.status) == (event.code, event.message, 502)


def test_the_vendors_own_code_is_kept() -> None:
    clock = FakeClock()
    generation, _ = begin([(1, [Frame([StreamError("upstream_failed", "overloaded", "busy")])])], clock)
    clock.advance(1)
    assert isinstance(generation.error, UpstreamFailed)
    assert generation.error.upstream_code == "busy"


def test_an_engine_that_ends_without_an_ending_has_a_bug() -> None:
    generation = new_generation()
    generation.close(None)
    assert isinstance(generation.error, LocalProtocolError)
    assert events_of(generation) == [StreamError("local_protocol_error", generation.error.message)]


def test_a_request_the_engine_cannot_express_begins_nothing() -> None:
    generation = new_generation()
    with pytest.raises(UnsupportedFeature):
        generation.start(RefusingEngine([]), REQUEST)
    assert generation.ending is None


def test_an_answer_may_be_there_before_start_returns() -> None:
    generation = new_generation()
    generation.start(InstantEngine([], clock=FakeClock()), REQUEST)
    assert (generation.ending, generation.take()) == (Ending.COMPLETE, [START, HEL, LO, END])
    assert generation.is_over


def test_what_went_by_on_the_lane_is_counted_and_timed() -> None:
    generation = new_generation()
    generation.start(ScriptedEngine([], clock=FakeClock()), REQUEST)
    generation.lane.delivered_at += [1.0, 1.5]
    generation.settle()
    assert (generation.output_deltas, generation.timeline.deltas, generation.taken_at) == (2, 2, 1.5)
    assert (generation.timeline.first_at, generation.timeline.last_at) == (1.0, 1.5)


@pytest.mark.parametrize("end", ["stop", "leave", "close", "feed", "usage"])
def test_whatever_happens_the_lane_is_counted_first(end: str) -> None:
    generation = new_generation()
    generation.start(ScriptedEngine([], clock=FakeClock()), REQUEST)
    generation.lane.delivered_at.append(1.0)
    match end:
        case "close":
            generation.close(None)
        case "feed":
            generation.feed([HEL])
            assert generation.output_deltas == 2
            return
        case "usage":
            assert generation.usage.output_tokens == 1
        case _:
            getattr(generation, end)()
    assert generation.output_deltas == 1


def test_under_load_what_goes_by_on_the_lane_pauses_its_engine_too() -> None:
    clock, holder = FakeClock(), HoldAll()
    generation, call = begin([(1, [START, HEL]), (1, [LO])], clock, holder=holder)
    clock.advance(1)
    generation.lane.delivered_at.append(1.0)
    generation.settle()
    assert (holder.asked, call.actions) == ([generation], ["pause"])


def test_an_answer_whose_vendor_told_no_usage_ends_with_an_estimate() -> None:
    clock = FakeClock()
    generation, _ = begin([(1, [frame]) for frame in text_frames(["Hel", "lo"])], clock)
    clock.advance(4)
    *_, report, ending, choice, end = events_of(generation)
    assert report == UsageReport(Usage(output_tokens=2, is_estimate=True))
    assert [type(event) for event in (ending, choice, end)] == [BlockEnd, ChoiceEnd, StreamEnd]
    assert generation.usage == report.usage


def test_a_report_that_has_no_output_yet_is_completed_by_the_deltas() -> None:
    clock = FakeClock()
    early = Frame([*START.events, UsageReport(Usage(7, None, 3))])
    generation, _ = begin([(1, [early]), (1, [HEL])], clock)
    clock.advance(2)
    assert generation.usage == Usage(7, 1, 3, is_estimate=True)
