from __future__ import annotations

from sluiceway.errors import EngineUnavailable
from sluiceway.events import UsageReport
from sluiceway.order import StreamState, check_order
from sluiceway.testing import FakeClock, RecordingSink, text_frames
from sluiceway.usage import Usage


def test_the_clock_stands_still_until_it_is_moved() -> None:
    clock = FakeClock(100.0)
    called: list[float] = []
    clock.call_later(2, lambda: called.append(clock.time()))
    clock.advance(1.5)
    assert (clock.time(), called) == (101.5, [])
    clock.advance(1.5)
    assert (clock.time(), called) == (103.0, [102.0])


def test_callbacks_come_in_the_order_they_are_due_and_then_as_they_were_added() -> None:
    clock = FakeClock()
    called: list[str] = []
    for delay, name in [(2, "late"), (1, "first"), (1, "second"), (-1, "now")]:
        clock.call_later(delay, called.append, name)
    clock.advance(2)
    assert called == ["now", "first", "second", "late"]


def test_a_callback_added_on_the_way_is_called_on_the_way() -> None:
    clock = FakeClock()
    called: list[float] = []
    clock.call_later(1, lambda: clock.call_later(1, lambda: called.append(clock.time())))
    clock.advance(3)
    assert called == [2.0]


def test_a_cancelled_callback_is_not_called() -> None:
    clock = FakeClock()
    called: list[str] = []
    clock.call_later(1, called.append, "no").cancel()
    assert clock.next_due_at is None
    clock.advance(2)
    assert called == []


async def test_the_sink_keeps_feeds_and_its_end() -> None:
    sink = RecordingSink()
    frames = text_frames(["Hel", "lo"])
    sink.feed(frames[:2])
    sink.feed(frames[2:])
    error = EngineUnavailable("gone")
    sink.close(error)
    assert await sink.ended() is error
    assert (len(sink.feeds), sink.frames, sink.text, sink.closings) == (2, frames, "Hello", [error])


def test_a_text_answer_is_whole_and_in_legal_order() -> None:
    frames = text_frames(["a", "b"], usage=Usage(1, 2))
    assert check_order(event for frame in frames for event in frame.events) is StreamState.ENDED


def test_a_text_answer_reports_usage_only_when_it_has_some() -> None:
    def has_usage(usage: Usage | None) -> bool:
        return any(isinstance(e, UsageReport) for f in text_frames(["a"], usage=usage) for e in f.events)

    assert has_usage(Usage(1, 2))
    assert not has_usage(None)
