from __future__ import annotations

from functools import partial

import msgspec
import pytest
from support.apps import ScriptedApp, new_service, scripted
from support.asgi_client import AsgiCall, ask
from support.chatchunks import payloads_of

from sluiceway.dialects.base import Page
from sluiceway.dialects.openai_chat import OPENAI_CHAT
from sluiceway.engine import Capabilities
from sluiceway.engines.routing import Route, Routing
from sluiceway.errors import EngineUnavailable, UnsupportedFeature
from sluiceway.server.operations import list_models, refuse, send_page
from sluiceway.testing import FakeClock, ScriptedEngine, Step, text_frames
from sluiceway.usage import Usage

FRAMES: list[Step] = [(1, [frame]) for frame in text_frames(["Hel", "lo"], usage=Usage(3, 2))]


assert OPENAI_CHAT.reader is not None
READER = OPENAI_CHAT.reader
OTHER_READER = msgspec.structs.replace(READER, models_header="x-other", encode_models=lambda _names: b"other")


class MuteEngine(ScriptedEngine):
    """Cannot tell its models."""

    async def list_models(self) -> list[str]:
        raise EngineUnavailable("nobody there")


async def get(bench: ScriptedApp, path: str) -> AsgiCall:
    return await ask(bench.app, "GET", path)


async def test_a_process_that_serves_is_healthy() -> None:
    async with scripted(FRAMES) as bench:
        call = await get(bench, "/healthz")
    assert (call.status, call.json()) == (200, {"status": "ok"})


async def test_it_is_ready_while_an_engine_is() -> None:
    async with scripted(FRAMES) as bench:
        assert (await get(bench, "/readyz")).status == 200
        await bench.engine.close()
        call = await get(bench, "/readyz")
        assert (call.status, call.json()) == (503, {"status": "no engine is ready"})
        assert (await get(bench, "/healthz")).status == 200


async def test_it_is_not_ready_while_it_drains() -> None:
    async with scripted(FRAMES) as bench:
        await bench.app.service.drain(0)
        call = await get(bench, "/readyz")
    assert (call.status, call.json()) == (503, {"status": "draining"})


async def test_models_are_listed_in_the_dialects_words() -> None:
    async with scripted(FRAMES, models=("a", "b")) as bench:
        call = await get(bench, "/v1/models")
    assert call.json()["object"] == "list"
    assert [model["id"] for model in call.json()["data"]] == ["a", "b"]


async def test_clients_that_share_a_path_are_told_apart_by_their_header() -> None:
    service = new_service(Routing([Route(ScriptedEngine([]))]), FakeClock())
    endpoint = partial(list_models, service, [READER, OTHER_READER])
    ours, theirs = await ask(endpoint, "GET", "/"), await ask(endpoint, "GET", "/", x_other="1")
    await service.close()
    assert (ours.json()["object"], theirs.body) == ("list", b"other")


async def test_models_that_cannot_be_had_are_an_error() -> None:
    service = new_service(Routing([Route(MuteEngine([]))]), FakeClock())
    with pytest.raises(EngineUnavailable):
        await ask(partial(list_models, service, [READER]), "GET", "/v1/models")
    await service.close()


async def test_models_in_use_are_those_loaded_here_and_those_that_answer_somebody() -> None:
    async with scripted(FRAMES, models=("a", "b")) as bench:
        assert (await get(bench, "/api/ps")).json() == {"models": []}
        live = [await bench.ask(model="b"), await bench.ask(model="b")]
        assert [model["model"] for model in (await get(bench, "/api/ps")).json()["models"]] == ["b"]
        bench.engine.capabilities = Capabilities(is_local=True)
        assert [model["model"] for model in (await get(bench, "/api/ps")).json()["models"]] == ["a", "b"]
        for call in live:
            call.disconnect()
            await call.returned()


async def test_a_page_is_always_the_same() -> None:
    call = await ask(partial(send_page, Page(b"here", "text/plain")), "GET", "/")
    assert (call.status, call.body, call.headers["content-type"]) == (200, b"here", "text/plain")


async def test_what_is_not_served_says_why() -> None:
    with pytest.raises(UnsupportedFeature, match="/api/x is not served: because") as caught:
        await ask(partial(refuse, "because"), "POST", "/api/x")
    assert caught.value.status == 501


async def test_metrics_tell_of_live_and_finished_answers_under_bounded_labels() -> None:
    async with scripted(FRAMES) as bench:
        for model in ("x", "y", "z"):
            await bench.answer(model=model)
        live = await bench.ask(model="w")
        page = (await get(bench, "/metrics")).body.decode()
        live.disconnect()
        await live.returned()
    who = 'dialect="openai_chat",engine="scripted"'
    assert "sluiceway_streams_open 1.0" in page
    assert f'sluiceway_ends_total{{{who},reason="complete"}} 3.0' in page
    assert f'sluiceway_tokens_total{{{who},kind="output"}} 6.0' in page
    assert f"sluiceway_ttft_seconds_count{{{who}}} 3.0" in page
    assert '"x"' not in page


async def test_every_way_to_end_has_its_reason() -> None:
    async with scripted(FRAMES[:-1], error=EngineUnavailable("gone")) as bench:
        gone = await bench.ask()
        gone.disconnect()
        await gone.returned()
        stopped = await bench.ask()
        await ask(bench.app, "DELETE", "/v1/streams/gen-2")
        await stopped.returned()
        await bench.answer()
        page = (await get(bench, "/metrics")).body.decode()
    for reason in ("reader_gone", "stopped", "upstream_error"):
        assert f'sluiceway_ends_total{{dialect="openai_chat",engine="scripted",reason="{reason}"}} 1.0' in page


async def test_live_streams_are_listed() -> None:
    async with scripted(FRAMES) as bench:
        assert (await get(bench, "/v1/streams")).json() == {"object": "list", "data": []}
        call = await bench.ask()
        bench.clock.advance(2)
        await call.until_body(b"Hel")
        [record] = (await get(bench, "/v1/streams")).json()["data"]
        usage = {"input_tokens": None, "output_tokens": 1, "is_estimate": True}
        assert (record["id"], record["object"], record["upstream"]) == ("gen-1", "stream", "scripted")
        assert (record["model"], record["is_stream"], record["usage"]) == ("m", True, usage)
        assert "Hel" not in str(record)


@pytest.mark.parametrize("has_writer", [False, True])
async def test_a_stopped_stream_ends_honestly_and_its_usage_is_told(has_writer: bool) -> None:
    async with scripted(FRAMES) as bench:
        call = await bench.ask(has_writer=has_writer, stream_options={"include_usage": True})
        bench.clock.advance(2)
        await call.until_body(b"Hel")
        stop = await ask(bench.app, "DELETE", "/v1/streams/gen-1")
        await call.returned()
        assert (bench.upstream.is_aborted, bench.live_count) == (True, 0)
    usage = {"input_tokens": None, "output_tokens": 1, "is_estimate": True}
    assert (stop.status, stop.json()) == (
        200,
        {"object": "stream.stopped", "id": "gen-1", "stopped": True, "usage": usage},
    )
    payloads = payloads_of(call.body)
    finishes = [choice["finish_reason"] for p in payloads if isinstance(p, dict) for choice in p["choices"]]
    assert (call.status, call.is_whole, payloads[-1], finishes[-1]) == (200, True, "[DONE]", "stop")
    assert not any("error" in payload for payload in payloads if isinstance(payload, dict))


async def test_a_stream_can_be_stopped_before_its_first_token() -> None:
    async with scripted(FRAMES) as bench:
        call = await bench.ask()
        await ask(bench.app, "DELETE", "/v1/streams/gen-1")
        await call.returned()
    assert (call.status, call.is_whole, payloads_of(call.body)[-1]) == (200, True, "[DONE]")


async def test_a_stopped_answer_that_is_whole_holds_what_there_was() -> None:
    async with scripted(FRAMES) as bench:
        call = await bench.ask(stream=False)
        await bench.play(2)
        await ask(bench.app, "DELETE", "/v1/streams/gen-1")
        await call.returned()
    choice = call.json()["choices"][0]
    assert (call.status, choice["message"]["content"], choice["finish_reason"]) == (200, "Hel", "stop")


async def test_an_unknown_stream_is_not_found() -> None:
    async with scripted(FRAMES) as bench:
        call = await ask(bench.app, "DELETE", "/v1/streams/gen-9")
    error = call.json()["error"]
    assert (call.status, error["param"], "gen-9" in error["message"]) == (404, "id", True)
