from __future__ import annotations

from support.apps import new_service
from support.asgi_client import AsgiCall, ask

from sluiceway.dialects.base import Forwarded
from sluiceway.dialects.openai_chat import OPENAI_CHAT
from sluiceway.engine import Capabilities
from sluiceway.engines.routing import Route, Routing
from sluiceway.server.forward import Forward
from sluiceway.testing import FakeClock, ScriptedEngine


class CountingEngine(ScriptedEngine):
    """Answers what it was asked, with a status of its own."""

    async def forward(self, dialect: str, path: str, body: bytes) -> tuple[int, bytes]:
        return 418, b"|".join([dialect.encode(), path.encode(), body])


COUNTED = Forwarded("/count")
ANSWERED = Forwarded("/count", answer=lambda capabilities: b"of " + capabilities.dialect.encode())


async def asked(engine: ScriptedEngine, body: bytes, forwarded: Forwarded = COUNTED, *names: str) -> AsgiCall:
    service = new_service(Routing([Route(engine, names)]), FakeClock())
    call = await ask(Forward(service, OPENAI_CHAT, forwarded), "POST", "/v1/count", body)
    await service.close()
    return call


async def test_a_request_goes_as_it_is_and_the_answer_comes_as_it_is() -> None:
    call = await asked(CountingEngine([]), b'{"model":"m","x":1}')
    assert (call.status, call.body) == (418, b'openai_chat|/count|{"model":"m","x":1}')


async def test_an_engine_of_another_dialect_refuses() -> None:
    call = await asked(ScriptedEngine([]), b'{"model":"m"}')
    assert (call.status, call.json()["error"]["code"]) == (400, "unsupported_feature")


async def test_where_the_dialect_has_an_answer_only_an_upstream_that_speaks_it_is_asked() -> None:
    engine = CountingEngine([])
    engine.capabilities = Capabilities("theirs")
    call = await asked(engine, b'{"model":"m"}', ANSWERED)
    assert (call.status, call.body) == (200, b"of theirs")
    engine.capabilities = Capabilities("openai_chat")
    assert (await asked(engine, b'{"model":"m"}', ANSWERED)).status == 418


async def test_there_is_no_answer_about_a_model_that_is_not_there() -> None:
    for engine, names in ((CountingEngine([], models=("n",)), ()), (CountingEngine([]), ("n",))):
        call = await asked(engine, b'{"model":"m"}', ANSWERED, *names)
        assert (call.status, call.json()["error"]["code"]) == (404, "model_not_found")


async def test_a_body_that_names_no_model_is_refused_in_the_dialects_words() -> None:
    for body in (b"{", b"{}", b"\xff"):
        call = await asked(CountingEngine([]), body)
        assert (call.status, call.json()["error"]["param"]) == (400, "model")


async def test_a_client_that_leaves_gets_nothing() -> None:
    service = new_service(Routing([Route(CountingEngine([]), ("m",))]), FakeClock())
    call = AsgiCall(Forward(service, OPENAI_CHAT, COUNTED), "POST", "/v1/count", b"{", is_cut=True)
    await call.returned()
    await service.close()
    assert call.status is None
