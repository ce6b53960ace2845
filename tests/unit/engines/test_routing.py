from __future__ import annotations

import pytest

from sluiceway.engine import Capabilities
from sluiceway.engines.routing import Route, Routing
from sluiceway.errors import EngineUnavailable, ModelNotFound, RequestError
from sluiceway.testing import ScriptedEngine


class DeadEngine(ScriptedEngine):
    """Cannot be reached, and cannot be opened."""

    async def list_models(self) -> list[str]:
        raise EngineUnavailable("nobody there")

    async def is_ready(self) -> bool:
        return False

    async def open(self) -> None:
        raise EngineUnavailable("cannot be opened")


def engine(*models: str) -> ScriptedEngine:
    return ScriptedEngine([], models=models)


def test_a_named_model_goes_to_its_engine() -> None:
    a, b = engine(), engine()
    routing = Routing([Route(a, ("one",)), Route(b, ("two", "three"))])
    assert (routing.choose("one"), routing.choose("three")) == (a, b)


def test_of_two_engines_with_the_same_model_the_first_answers() -> None:
    a, b = engine(), engine()
    assert Routing([Route(a, ("one",)), Route(b, ("one",))]).choose("one") is a


def test_any_other_name_goes_to_the_first_engine_that_names_none() -> None:
    named, first, second = engine(), engine(), engine()
    routing = Routing([Route(named, ("one",)), Route(first), Route(second)])
    assert (routing.choose("one"), routing.choose("else")) == (named, first)


def test_a_model_that_nobody_serves_is_the_clients_error() -> None:
    with pytest.raises(ModelNotFound, match="'two'") as caught:
        Routing([Route(engine(), ("one",))]).choose("two")
    assert caught.value.field == "model"


async def test_a_model_is_found_by_its_name_or_in_the_list_of_an_engine_that_takes_any() -> None:
    named, listing = engine("one"), engine("two")
    routing = Routing([Route(named, ("one",)), Route(listing)])
    assert (await routing.find("one"), await routing.find("two")) == (named, listing)
    for narrow, model in ((routing, "three"), (Routing([Route(named, ("one",))]), "two")):
        with pytest.raises(ModelNotFound, match=model) as caught:
            await narrow.find(model)
        assert caught.value.field == "model"


async def test_an_engine_without_a_list_has_every_model() -> None:
    silent = engine()
    assert await Routing([Route(silent)]).find("any") is silent


async def test_a_list_that_cannot_be_had_is_no_answer() -> None:
    with pytest.raises(EngineUnavailable):
        await Routing([Route(DeadEngine([]))]).find("any")


async def test_local_models_are_loaded_while_their_engine_is_ready() -> None:
    local, dead, remote = engine(), DeadEngine([]), engine()
    local.capabilities = dead.capabilities = Capabilities(is_local=True)
    routing = Routing([Route(local, ("a", "b")), Route(dead, ("c",)), Route(remote, ("d",))])
    assert await routing.list_loaded() == ["a", "b"]


async def test_models_are_listed_once_in_the_order_of_the_routes() -> None:
    routing = Routing([Route(engine(), ("b", "a")), Route(engine("c", "a"))])
    assert await routing.list_models() == ["b", "a", "c"]


async def test_an_engine_that_cannot_tell_its_models_does_not_hide_the_others() -> None:
    routing = Routing([Route(DeadEngine([])), Route(engine("c"))])
    assert await routing.list_models() == ["c"]


async def test_when_nobody_can_tell_the_failure_is_told() -> None:
    with pytest.raises(EngineUnavailable, match="nobody there"):
        await Routing([Route(DeadEngine([])), Route(engine())]).list_models()


async def test_one_ready_engine_is_enough() -> None:
    assert await Routing([Route(DeadEngine([])), Route(engine())]).is_ready()
    assert not await Routing([Route(DeadEngine([]))]).is_ready()
    assert not await Routing([]).is_ready()


async def test_all_engines_are_opened_and_closed_together() -> None:
    engines = [engine(), engine()]
    routing = Routing([Route(each) for each in engines])
    await routing.open()
    await routing.close()
    assert [await each.is_ready() for each in engines] == [False, False]


async def test_an_engine_that_cannot_be_opened_is_told() -> None:
    with pytest.raises(EngineUnavailable, match="cannot be opened"):
        await Routing([Route(engine()), Route(DeadEngine([]))]).open()


def test_a_request_without_a_model_gets_the_first_one_that_has_a_name() -> None:
    routes = [Route(ScriptedEngine([])), Route(ScriptedEngine([]), ("a", "b"))]
    assert Routing(routes).usual_model == "a"
    with pytest.raises(RequestError, match="name a model"):
        _ = Routing(routes[:1]).usual_model
