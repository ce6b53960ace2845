import asyncio
from pathlib import Path

import msgspec
import pytest
from support.connectproxy import ConnectProxy
from support.fakedialect import FAKE
from support.rawserver import READ, STALL, RawServer, Script, chunked, response
from support.recordingsink import RecordingSink
from support.upstreams import SSE_HEAD, running
from support.wait import until

from sluiceway.engine import Capabilities
from sluiceway.engines.options import UpstreamOptions
from sluiceway.engines.secret import Secret
from sluiceway.engines.upstream import UpstreamEngine
from sluiceway.errors import (
    EngineUnavailable,
    RemoteProtocolError,
    SettingsError,
    UnsupportedFeature,
    UpstreamStatusError,
)
from sluiceway.features import Rule
from sluiceway.request import Request

_ANSWER = SSE_HEAD + chunked(b"end\n", b"")


async def test_a_streaming_request_says_all_that_an_upstream_needs() -> None:
    async with (
        RawServer([READ, _ANSWER, STALL]) as server,
        running(f"{server.url}/v1/", api_key=Secret("sk-1")) as upstream,
    ):
        await upstream.answer()
        request = server.requests[0]
        assert (request.method, request.target, request.body) == ("POST", "/v1/complete", b"m")
        version = request.headers.pop("user-agent")
        assert version.startswith("sluiceway/")
        assert request.headers == {
            "host": f"127.0.0.1:{server.port}",
            "accept": "text/event-stream",
            "accept-encoding": "identity",
            "content-type": "application/json",
            "content-length": "1",
            "authorization": "Bearer sk-1",
        }


async def test_a_unary_request_accepts_json_and_without_a_key_sends_none() -> None:
    async with RawServer([READ, response(b"hi"), STALL]) as server, running(server.url) as upstream:
        await upstream.answer(stream=False)
        assert server.requests[0].headers["accept"] == "application/json"
        assert "authorization" not in server.requests[0].headers


async def test_answers_one_after_another_share_a_connection() -> None:
    script: Script = [READ, _ANSWER, READ, _ANSWER, READ, _ANSWER, STALL]
    async with RawServer(script) as server, running(server.url) as upstream:
        for _ in range(3):
            await upstream.answer()
        assert len(server.requests) == 3
        assert len(server.connections) == 1


async def test_answers_at_the_same_time_have_connections_of_their_own() -> None:
    async with RawServer([READ, _ANSWER, STALL]) as server, running(server.url) as upstream:
        await asyncio.gather(*(upstream.answer() for _ in range(20)))
        assert len(server.connections) == 20


async def test_a_request_the_dialect_cannot_express_is_refused_before_anything_is_sent() -> None:
    async with RawServer([STALL]) as server, running(server.url) as upstream:
        with pytest.raises(UnsupportedFeature):
            upstream.ask("unspeakable")
        assert not server.connections


async def test_models_of_the_settings_are_listed_without_asking() -> None:
    async with running("http://127.0.0.1:1", models=("a", "b")) as upstream:
        assert await upstream.engine.list_models() == ["a", "b"]


async def test_models_are_asked_for_with_the_key() -> None:
    async with (
        RawServer([READ, response(b'["x"]'), STALL]) as server,
        running(f"{server.url}/v1", api_key=Secret("sk-1")) as upstream,
    ):
        assert await upstream.engine.list_models() == ["x"]
        request = server.requests[0]
        assert (request.method, request.target) == ("GET", "/v1/models")
        assert request.headers["authorization"] == "Bearer sk-1"


async def test_a_refused_list_of_models_speaks_the_upstream_s_words() -> None:
    answer = response(b"error: who are you", "application/json", "401 Unauthorized")
    async with RawServer([READ, answer, STALL]) as server, running(server.url) as upstream:
        with pytest.raises(UpstreamStatusError, match="who are you") as caught:
            await upstream.engine.list_models()
        assert caught.value.status == 401


async def test_a_page_instead_of_a_list_of_models_is_refused() -> None:
    answer = response(b"<h1>Log in</h1>", "text/html")
    async with RawServer([READ, answer, STALL]) as server, running(server.url) as upstream:
        with pytest.raises(RemoteProtocolError, match="text/html"):
            await upstream.engine.list_models()


async def test_it_is_ready_when_a_connection_can_be_had_which_is_then_kept() -> None:
    async with RawServer([STALL]) as server, running(server.url) as upstream:
        assert await upstream.engine.is_ready()
        assert await upstream.engine.is_ready()
        assert len(server.connections) == 1


async def test_it_is_not_ready_when_nobody_listens_or_after_its_end() -> None:
    async with RawServer([STALL]) as server:
        url = server.url
    async with running(url) as upstream:
        assert not await upstream.engine.is_ready()
        await upstream.engine.close()
        assert not await upstream.engine.is_ready()


async def test_connections_may_be_opened_ahead_and_serve_the_first_answers() -> None:
    async with RawServer([READ, _ANSWER, STALL]) as server, running(server.url, prewarm_connections=3) as upstream:
        await upstream.engine.open()
        assert len(server.connections) == 3
        await upstream.answer()
        assert len(server.connections) == 3


async def test_an_upstream_that_is_not_up_yet_does_not_keep_the_engine_from_opening() -> None:
    async with RawServer([STALL]) as server:
        url = server.url
    async with running(url, prewarm_connections=1) as upstream:
        await upstream.engine.open()


@pytest.mark.parametrize("is_connected", [True, False])
async def test_closing_ends_running_answers_with_an_error(is_connected: bool) -> None:
    async with RawServer([READ, STALL]) as server, running(server.url) as upstream:
        sink, _ = upstream.ask()
        if is_connected:
            await (await server.connected(1)).asked.wait()
        await upstream.engine.close()
        assert isinstance(sink.closings[0], EngineUnavailable)
        await until(lambda: all(connection.closed.is_set() for connection in server.connections))


async def test_a_closed_engine_answers_with_an_error() -> None:
    async with running("http://127.0.0.1:1") as upstream:
        await upstream.engine.close()
        sink, _ = upstream.ask()
        assert not sink.closings
        assert isinstance(await sink.ended(), EngineUnavailable)


async def test_the_proxy_of_the_environment_is_taken() -> None:
    async with RawServer([READ, _ANSWER, STALL]) as server, ConnectProxy(server.port) as proxy:
        options = UpstreamOptions(base_url="http://api.test")
        engine = UpstreamEngine(options, FAKE, environ={"HTTP_PROXY": f"http://127.0.0.1:{proxy.port}"})
        sink = RecordingSink()
        engine.start(Request("m", [], stream=True), sink)
        assert await sink.ended() is None
        await engine.close()
        assert proxy.heads[0].startswith("POST http://api.test/complete HTTP/1.1\r\n")


def test_an_engine_has_the_settings_name_and_its_dialects_rules() -> None:
    engine = UpstreamEngine(UpstreamOptions(name="spare", base_url="http://h"), FAKE)
    assert engine.name == "spare"
    assert engine.capabilities == Capabilities("fake", {"seed": Rule.DROP})


def test_a_dialect_that_is_only_served_has_no_upstreams() -> None:
    served_only = msgspec.structs.replace(FAKE, upstream=None)
    with pytest.raises(SettingsError, match="no upstream speaks the dialect 'fake'"):
        UpstreamEngine(UpstreamOptions(base_url="http://h"), served_only)


async def test_header_fields_of_a_reader_of_the_same_dialect_are_handed_on() -> None:
    async with RawServer([READ, _ANSWER, READ, _ANSWER, STALL]) as server:
        engine = UpstreamEngine(UpstreamOptions(base_url=server.url), FAKE)
        for dialect in ("fake", "other"):
            sink = RecordingSink()
            engine.start(Request("m", [], stream=True, headers={"x-beta": "1"}, dialect=dialect), sink)
            assert await sink.ended() is None
        await engine.close()
        assert ["x-beta" in request.headers for request in server.requests] == [True, False]


@pytest.mark.parametrize(
    "settings",
    [
        {"base_url": "api.test"},
        {"base_url": "http://me:pw@h"},
        {"base_url": "https://h", "ca_file": "no-such-file.pem"},
        {"base_url": "http://h", "api_key": Secret("sk\r\nX: y")},
        {"base_url": "http://h", "proxy": Secret("socks5://h")},
    ],
)
def test_settings_that_cannot_be_used_are_found_at_the_start(settings: dict[str, object], tmp_path: Path) -> None:
    if "ca_file" in settings:
        settings = {**settings, "ca_file": str(tmp_path / "no-such-file.pem")}
    with pytest.raises(SettingsError):
        UpstreamEngine(UpstreamOptions(**settings), FAKE)  # type: ignore[arg-type]


async def test_a_small_request_is_forwarded_as_it_is() -> None:
    async with (
        RawServer([READ, response(b'{"input_tokens":3}', "application/json", "418 Teapot"), STALL]) as server,
        running(f"{server.url}/v1") as upstream,
    ):
        assert await upstream.engine.forward("fake", "/count", b"{}") == (418, b'{"input_tokens":3}')
        assert (server.requests[0].target, server.requests[0].body) == ("/v1/count", b"{}")
        with pytest.raises(UnsupportedFeature, match="does not speak 'other'"):
            await upstream.engine.forward("other", "/count", b"{}")
