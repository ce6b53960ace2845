from __future__ import annotations

import itertools

import pytest
from support.generations import begin
from support.wait import until

from sluiceway.delivery.coalesce import PROBE_INTERVAL_S, Coalescer, Ticker
from sluiceway.events import Frame
from sluiceway.testing import FakeClock, Step, text_frames

START, *WORDS, END = text_frames(["a", "b", "c", "d"])
SCRIPT: list[Step] = [(1, [frame]) for frame in [START, *WORDS, END]]

QUIET_S, LATE_S = 0.001, 0.06


def late(max_window_s: float = 0.1) -> Coalescer:
    """Return a coalescer whose loop has been late once, and so is not under load yet."""
    coalescer = Coalescer(max_window_s)
    assert coalescer.tick(LATE_S) == PROBE_INTERVAL_S
    return coalescer


def test_while_the_loop_keeps_up_nobody_is_held() -> None:
    clock, coalescer = FakeClock(), Coalescer(0.1)
    coalescer.tick(QUIET_S)
    _, call = begin(SCRIPT, clock, holder=coalescer)
    clock.advance(9)
    assert (coalescer.window_s, call.actions) == (0, [])


def test_without_a_window_whoever_asks_is_not_held() -> None:
    generation, _ = begin(SCRIPT, FakeClock())
    assert not Coalescer(0.1).hold(generation)


def test_a_loop_that_is_late_again_opens_a_window_that_collects_several_tokens() -> None:
    coalescer = late()
    assert coalescer.tick(0.011) == 0.05
    assert coalescer.window_s == 0.05


def test_to_be_late_once_is_no_load() -> None:
    coalescer = late()
    coalescer.tick(QUIET_S)
    assert coalescer.tick(LATE_S) == PROBE_INTERVAL_S


def test_the_window_grows_by_a_quarter_while_what_was_released_fills_half_of_it() -> None:
    coalescer = late()
    windows_s = [coalescer.tick(LATE_S) for _ in range(3)]
    assert windows_s == pytest.approx([0.05, 0.0625, 0.078125])


def test_the_window_never_passes_the_operators_bound() -> None:
    coalescer = late()
    assert [coalescer.tick(3.0) for _ in range(6)][-2:] == [0.1] * 2
    coalescer = late(0.02)
    assert [coalescer.tick(3.0) for _ in range(3)] == [0.02] * 3


def test_the_window_shrinks_when_it_is_not_full_and_closes_at_the_end() -> None:
    coalescer = late()
    windows_s = [coalescer.tick(LATE_S)]
    while coalescer.window_s:
        coalescer.tick(0.4 * coalescer.window_s)
        windows_s.append(coalescer.window_s)
    assert windows_s[1] == pytest.approx(0.05 * 0.9)
    assert all(later < sooner for sooner, later in itertools.pairwise(windows_s))
    assert len(windows_s) > 5


def test_after_a_window_has_closed_it_takes_two_late_ticks_again() -> None:
    coalescer = late()
    coalescer.tick(LATE_S)
    while coalescer.window_s:
        coalescer.tick(QUIET_S)
    assert coalescer.tick(LATE_S) == PROBE_INTERVAL_S
    assert coalescer.tick(LATE_S) == 0.05


def test_without_a_window_the_next_look_is_at_the_probes_interval() -> None:
    assert Coalescer(0.1).tick(QUIET_S) == PROBE_INTERVAL_S


def test_a_bound_of_zero_turns_it_off() -> None:
    clock, coalescer = FakeClock(), late(0.0)
    coalescer.tick(LATE_S)
    _, call = begin(SCRIPT, clock, holder=coalescer)
    clock.advance(9)
    assert call.actions == []


def test_an_answer_is_held_after_each_delivery_and_released_at_the_tick() -> None:
    clock, coalescer = FakeClock(), late()
    coalescer.tick(LATE_S)
    generation, call = begin(SCRIPT, clock, holder=coalescer)
    clock.advance(3)
    assert (call.actions, generation.take()) == (["pause"], [START, *WORDS[:2]])
    clock.advance(9)
    assert not generation.has_pending
    coalescer.tick(LATE_S)
    clock.advance(0)
    assert (call.actions, generation.take()) == (["pause", "resume", "pause"], [WORDS[2]])


def test_the_first_output_is_never_held() -> None:
    clock, coalescer = FakeClock(), late()
    coalescer.tick(LATE_S)
    _, call = begin(SCRIPT, clock, holder=coalescer)
    clock.advance(2)
    assert (call.steps_played, call.actions) == (2, [])


def test_an_answer_that_ended_while_it_was_held_is_released_without_harm() -> None:
    clock, coalescer = FakeClock(), late()
    coalescer.tick(LATE_S)
    generation, call = begin(SCRIPT, clock, holder=coalescer)
    clock.advance(3)
    generation.leave()
    coalescer.tick(LATE_S)
    assert call.actions == ["pause", "abort"]


def test_one_read_of_many_frames_is_held_once() -> None:
    clock, coalescer = FakeClock(), late()
    coalescer.tick(LATE_S)
    frames: list[Frame] = [*WORDS]
    generation, call = begin([(1, [START, WORDS[0]]), (1, frames), (1, frames)], clock, holder=coalescer)
    clock.advance(9)
    generation.feed(frames)
    assert call.actions == ["pause"]


async def test_the_ticker_measures_how_late_it_is() -> None:
    clock, coalescer = FakeClock(), late()
    ticker = Ticker(coalescer, clock.time)
    ticker.open()
    clock.advance(PROBE_INTERVAL_S + LATE_S)
    await until(lambda: coalescer.window_s > 0)
    assert coalescer.window_s == 0.05
    ticker.close()


async def test_the_ticker_goes_on_ticking() -> None:
    clock, coalescer = FakeClock(), late()
    ticker = Ticker(coalescer, clock.time)
    ticker.open()
    clock.advance(PROBE_INTERVAL_S + LATE_S)
    await until(lambda: coalescer.window_s > 0)
    await until(lambda: not coalescer.window_s)
    ticker.close()


async def test_closing_the_ticker_releases_everybody() -> None:
    clock, coalescer = FakeClock(), late()
    ticker = Ticker(coalescer, clock.time)
    ticker.open()
    coalescer.tick(LATE_S)
    _, call = begin(SCRIPT, clock, holder=coalescer)
    clock.advance(3)
    ticker.close()
    ticker.close()
    assert call.actions == ["pause", "resume"]
