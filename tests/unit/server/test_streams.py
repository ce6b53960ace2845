from __future__ import annotations

from support.apps import new_service
from support.generations import PlainEncoder

from sluiceway.delivery.generation import Ending, Generation
from sluiceway.delivery.outcome import GuardRecord
from sluiceway.dialects.base import Keep
from sluiceway.engines.routing import Route, Routing
from sluiceway.request import Request
from sluiceway.server.service import Service
from sluiceway.server.streams import StoppedRecord, StreamRecord, UsageRecord, list_live, stop_live
from sluiceway.testing import FakeClock, ScriptedEngine, Step, text_frames
from sluiceway.usage import Usage

FRAMES = text_frames(["Hel", "lo"], usage=Usage(3, 2))
SCRIPT: list[Step] = [(1, [frame]) for frame in FRAMES]
GUESS = UsageRecord(input_tokens=None, output_tokens=2, is_estimate=True)


def live(clock: FakeClock) -> tuple[Service, Generation]:
    service = new_service(Routing([Route(ScriptedEngine(SCRIPT, clock=clock))]), clock)
    return service, service.begin(Request("m", [], stream=True), "openai_chat")


def test_a_live_answer_is_shown_without_its_content() -> None:
    clock = FakeClock(100)
    service, generation = live(clock)
    clock.advance(3)
    generation.take()
    clock.advance(0.5)
    assert list_live(service) == [
        StreamRecord("gen-1", "m", "openai_chat", "scripted", is_stream=True, age_s=3.5, ttft_s=3, usage=GUESS)
    ]


def test_before_the_first_token_there_is_no_time_to_it() -> None:
    service, _ = live(FakeClock())
    assert [record.ttft_s for record in list_live(service)] == [None]


def test_what_is_known_of_a_schema_is_shown() -> None:
    service, generation = live(FakeClock())
    generation.guard = GuardRecord()
    assert [record.schema for record in list_live(service)] == ["unfinished"]


def test_stopping_ends_the_model_and_tells_the_usage_so_far() -> None:
    clock = FakeClock()
    service, generation = live(clock)
    clock.advance(3)
    assert stop_live(service, "gen-1") == StoppedRecord("gen-1", stopped=True, usage=GUESS)
    assert generation.ending is Ending.STOPPED


def test_stopping_what_ended_already_says_so_and_tells_the_vendors_count() -> None:
    clock = FakeClock()
    service, _ = live(clock)
    clock.advance(4)
    usage = UsageRecord(input_tokens=3, output_tokens=2, is_estimate=False)
    assert stop_live(service, "gen-1") == StoppedRecord("gen-1", stopped=False, usage=usage)


def test_an_unknown_answer_cannot_be_stopped() -> None:
    service, generation = live(FakeClock())
    assert stop_live(service, "gen-2") is None
    assert generation.ending is None


def test_stopping_what_is_over_and_kept_changes_nothing_and_tells_its_usage() -> None:
    clock = FakeClock()
    service, generation = live(clock)
    service.answers.add(generation, Keep(Request("m", []), lambda _options: PlainEncoder()), 7)
    clock.advance(9)
    told = [stop_live(service, "gen-1") for _ in range(2)]
    usage = UsageRecord(input_tokens=3, output_tokens=2, is_estimate=False)
    assert told == [StoppedRecord("gen-1", stopped=False, usage=usage)] * 2
    assert service.live == {}
