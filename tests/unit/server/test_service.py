from __future__ import annotations

import asyncio

import pytest
from support.apps import new_service
from support.generations import PlainEncoder

from sluiceway.delivery.generation import Ending
from sluiceway.delivery.reader import Reader
from sluiceway.engines.routing import Route, Routing
from sluiceway.errors import EngineUnavailable, ModelNotFound, ServerBusy, ServerDraining
from sluiceway.metering.totals import Labels
from sluiceway.request import Request, ResponseFormat, ResponseFormatKind
from sluiceway.server.service import Service
from sluiceway.testing import FakeClock, ScriptedEngine, Step, text_frames

REQUEST = Request("m", [], stream=True)
SCRIPT: list[Step] = [(1, [frame]) for frame in text_frames(["Hel", "lo"])]


class CountingEngine(ScriptedEngine):
    """Counts how often it is opened, and fails as often as it is told."""

    def __init__(self, failures: int = 0) -> None:
        super().__init__(SCRIPT)
        self.opened = 0
        self.failures = failures

    async def open(self) -> None:
        self.opened += 1
        await asyncio.sleep(0)
        if self.opened <= self.failures:
            raise EngineUnavailable("not yet")


def service_of(engine: ScriptedEngine, clock: FakeClock, **settings: object) -> Service:
    return new_service(Routing([Route(engine, ("m",))]), clock, **settings)


def begin(service: Service) -> Reader:
    return service.read(service.begin(REQUEST, "plain"), PlainEncoder())


async def test_the_engines_are_opened_once_however_many_ask() -> None:
    engine = CountingEngine()
    service = service_of(engine, FakeClock())
    await asyncio.gather(service.open(), service.open())
    await service.open()
    await service.close()
    assert engine.opened == 1


async def test_an_engine_that_could_not_be_opened_is_tried_again() -> None:
    engine = CountingEngine(failures=1)
    service = service_of(engine, FakeClock())
    failed = await asyncio.gather(service.open(), service.open(), return_exceptions=True)
    assert [str(error) for error in failed] == ["not yet", "not yet"]
    await service.open()
    await service.close()
    assert engine.opened == 2


async def test_whoever_stops_waiting_does_not_stop_the_opening() -> None:
    engine = CountingEngine()
    service = service_of(engine, FakeClock())
    waiting = asyncio.create_task(service.open())
    await asyncio.sleep(0)
    waiting.cancel()
    await service.open()
    await service.close()
    assert engine.opened == 1


async def test_an_answer_is_live_until_it_is_finished_and_then_counted() -> None:
    clock = FakeClock()
    service = service_of(ScriptedEngine(SCRIPT, clock=clock), clock)
    reader = begin(service)
    assert list(service.live) == ["gen-1"]
    clock.advance(9)
    reader.take()
    service.finish(reader)
    service.finish(reader)
    assert service.live == {}
    assert service.totals.of(Labels("scripted", "plain")).ends == {"complete": 1}
    await service.close()


async def test_one_answer_of_two_that_is_finished_leaves_the_other_live() -> None:
    clock = FakeClock()
    service = service_of(ScriptedEngine(SCRIPT, clock=clock), clock)
    first, second = begin(service), begin(service)
    service.finish(first)
    assert list(service.live) == ["gen-2"]
    assert not await service.wait_empty(0)
    service.finish(second)
    assert await service.wait_empty(5)
    await service.close()


async def test_finishing_an_answer_that_still_runs_stops_its_engine() -> None:
    clock = FakeClock()
    engine = ScriptedEngine(SCRIPT, clock=clock)
    service = service_of(engine, clock)
    service.finish(begin(service))
    assert engine.calls[0].is_aborted
    assert service.totals.of(Labels("scripted", "plain")).ends == {"reader_gone": 1}
    await service.close()


async def test_an_unknown_model_begins_nothing() -> None:
    service = service_of(ScriptedEngine(SCRIPT), FakeClock())
    with pytest.raises(ModelNotFound):
        service.begin(Request("other", []), "plain")
    assert service.live == {}


async def test_no_more_answers_run_than_are_allowed() -> None:
    clock = FakeClock()
    service = service_of(ScriptedEngine(SCRIPT, clock=clock), clock, max_streams=1)
    reader = begin(service)
    with pytest.raises(ServerBusy):
        begin(service)
    service.finish(reader)
    service.finish(begin(service))
    await service.close()


async def test_draining_refuses_new_answers_and_lets_live_ones_finish() -> None:
    clock = FakeClock()
    service = service_of(ScriptedEngine(SCRIPT, clock=clock), clock)
    reader = begin(service)
    draining = asyncio.create_task(service.drain(60))
    await asyncio.sleep(0)
    with pytest.raises(ServerDraining):
        begin(service)
    clock.advance(9)
    assert reader.take() == b"Hello."
    service.finish(reader)
    await asyncio.wait_for(draining, 5)
    assert reader.generation.ending is Ending.COMPLETE
    await service.close()


async def test_what_is_not_done_in_time_gets_a_terminal_error() -> None:
    clock = FakeClock()
    engine = ScriptedEngine(SCRIPT, clock=clock)
    service = service_of(engine, clock)
    reader = begin(service)
    clock.advance(2)
    await service.drain(0)
    assert (reader.take(), engine.calls[0].is_aborted) == (b"Hel[server_draining]", True)
    assert reader.generation.ending is Ending.DRAINED
    assert not await service.wait_empty(0)
    service.finish(reader)
    assert await service.wait_empty(5)
    await service.close()


async def test_draining_a_service_at_rest_is_done_at_once() -> None:
    service = service_of(ScriptedEngine(SCRIPT), FakeClock())
    await asyncio.wait_for(service.drain(60), 5)
    assert await service.wait_empty(5)


async def test_closing_ends_what_is_live() -> None:
    clock = FakeClock()
    service = service_of(ScriptedEngine(SCRIPT, clock=clock), clock)
    await service.open()
    reader = begin(service)
    await service.close()
    await service.close()
    assert reader.take() == b"[server_draining]"
    assert not await service.routing.is_ready()


async def test_an_answer_that_breaks_the_schema_it_was_asked_for_with_is_stopped_and_counted() -> None:
    clock = FakeClock()
    engine = ScriptedEngine(SCRIPT, clock=clock)
    service = service_of(engine, clock, guard="stop")
    form = ResponseFormat(ResponseFormatKind.JSON_SCHEMA, "x", {"type": "object"})
    asked = Request("m", [], stream=True, response_format=form)
    reader = service.read(service.begin(asked, "plain"), PlainEncoder())
    clock.advance(9)
    assert reader.take() == b"[schema_violation]"
    service.finish(reader)
    assert engine.calls[0].actions == ["abort"]
    series = service.totals.of(Labels("scripted", "plain"))
    assert (series.ends, series.guarded, series.output_tokens) == ({"schema_violation": 1}, {"invalid": 1}, 1)
    await service.close()


async def test_a_plain_answer_has_no_guard() -> None:
    clock = FakeClock()
    service = service_of(ScriptedEngine(SCRIPT, clock=clock), clock, guard="stop")
    generation = service.begin(REQUEST, "plain")
    assert generation.guard is None
    await service.close()
