from __future__ import annotations

from support.apps import new_service
from support.asgi_client import AsgiCall, ask

from sluiceway.dialects.openai_chat import OPENAI_CHAT
from sluiceway.engines.routing import Route, Routing
from sluiceway.server.forward import Forward
from sluiceway.testing import FakeClock, ScriptedEngine


class CountingEngine(ScriptedEngine):
    """Answers what it was asked, with a status of its own."""

    async def forward(self, dialect: str, path: str, body: bytes) -> tuple[int, bytes]:
        return 418, b"|".join([dialect.encode(), path.encode(), body])


async def asked(engine: ScriptedEngine, body: bytes) -> AsgiCall:
    service = new_service(Routing([Route(engine, ("m",))]), FakeClock())
    call = await ask(Forward(service, OPENAI_CHAT, "/count"), "POST", "/v1/count", body)
    await service.close()
    return call


async def test_a_request_goes_as_it_is_and_the_answer_comes_as_it_is() -> None:
    call = await asked(CountingEngine([]), b'{"model":"m","x":1}')
    assert (call.status, call.body) == (418, b'openai_chat|/count|{"model":"m","x":1}')


async def test_an_engine_of_another_dialect_refuses() -> None:
    call = await asked(ScriptedEngine([]), b'{"model":"m"}')
    assert (call.status, call.json()["error"]["code"]) == (400, "unsupported_feature")


async def test_a_body_that_names_no_model_is_refused_in_the_dialects_words() -> None:
    for body in (b"{", b"{}", b"\xff"):
        call = await asked(CountingEngine([]), body)
        assert (call.status, call.json()["error"]["param"]) == (400, "model")


async def test_a_client_that_leaves_gets_nothing() -> None:
    service = new_service(Routing([Route(CountingEngine([]), ("m",))]), FakeClock())
    call = AsgiCall(Forward(service, OPENAI_CHAT, "/count"), "POST", "/v1/count", b"{", is_cut=True)
    await call.returned()
    await service.close()
    assert call.status is None
