from __future__ import annotations

import asyncio
import json
from typing import Any

import msgspec
import pytest
from support.apps import COMPLETIONS, ScriptedApp, chat_body, new_service, scripted
from support.asgi_client import AsgiCall, ask
from support.chatchunks import DONE, UPSTREAM, chunk, payloads_of, sse
from support.wait import until

from sluiceway.dialects.base import Decoder, Endpoint
from sluiceway.dialects.openai_chat import OPENAI_CHAT
from sluiceway.engine import Capabilities, Sink
from sluiceway.engines.routing import Route, Routing
from sluiceway.errors import (
    EngineUnavailable,
    RemoteProtocolError,
    SluicewayError,
    UpstreamFailed,
    UpstreamStatusError,
    UpstreamTimeout,
)
from sluiceway.events import Event, Frame, StreamEnd, StreamError, StreamStart, TextDelta
from sluiceway.features import Rule
from sluiceway.request import Request
from sluiceway.server.respond import Completions, send_error
from sluiceway.testing import FakeClock, ScriptedCall, ScriptedEngine, Step, text_frames
from sluiceway.usage import Usage
from sluiceway.usual import Around, Usual

START, HEL, LO, END = (
    sse(chunk({"role": "assistant", "content": ""})),
    sse(chunk({"content": "Hel"})),
    sse(chunk({"content": "lo"})),
    sse(chunk(finish="stop"), DONE),
)
WIRE: list[Step] = [(1, START), (1, HEL), (1, LO), (1, END)]
FRAMES: list[Step] = [(1, [frame]) for frame in text_frames(["Hel", "lo"], usage=Usage(3, 2))]
BROKEN = Frame([StreamError("upstream_failed", "overloaded", "busy")])

both_ways = pytest.mark.parametrize("has_writer", [False, True], ids=["by sending", "by writing"])


class BuggyEngine(ScriptedEngine):
    """Raises what no engine may raise."""

    def start(self, request: Request, sink: Sink) -> ScriptedCall:
        raise ZeroDivisionError(f"{request}{sink}")


class BuggyEncoder:
    """Breaks at the first text."""

    def encode(self, frame: Frame) -> bytes:
        if isinstance(frame.events[0], TextDelta):
            raise ZeroDivisionError
        return b"data: 0\n\n"

    def heartbeat(self) -> bytes:
        return b""

    def telling(self, usual: Usual) -> Around:
        return usual.around


assert OPENAI_CHAT.reader is not None
READER = OPENAI_CHAT.reader
CHAT = READER.endpoints[0]


def buggy_endpoint(encoder: BuggyEncoder) -> Endpoint:
    return msgspec.structs.replace(CHAT, encoder=lambda _options, _request: encoder)


def decoder() -> Decoder:
    return UPSTREAM.decoder(True, 1 << 20)


def errors_in(body: bytes) -> list[Any]:
    return [payload["error"] for payload in payloads_of(body) if isinstance(payload, dict) and "error" in payload]


async def assert_healthy(bench: ScriptedApp) -> None:
    assert bench.live_count == 0
    assert (await bench.answer(stream=False)).json()["choices"][0]["message"]["content"] == "Hello"


# What is delivered.


@both_ways
async def test_a_stream_of_the_readers_dialect_goes_out_as_its_own_bytes(has_writer: bool) -> None:
    async with scripted(WIRE, decoder=decoder) as bench:
        call = await bench.answer(has_writer=has_writer)
    assert (call.status, call.is_whole, call.body) == (200, True, START + HEL + LO + END)
    assert call.headers == {
        "content-type": "text/event-stream; charset=utf-8",
        "cache-control": "no-cache, no-transform",
        "x-accel-buffering": "no",
        "sluiceway-stream-id": "gen-1",
        "sluiceway-upstream": "scripted",
    }


@both_ways
async def test_every_token_goes_out_at_once(has_writer: bool) -> None:
    async with scripted(WIRE, decoder=decoder) as bench:
        call = await bench.ask(has_writer=has_writer)
        bench.clock.advance(1)
        await call.until_body(START)
        bench.clock.advance(1)
        await call.until_body(HEL)
        assert call.writes == [START, HEL]


async def test_ndjson_carries_the_same_payloads_one_a_line() -> None:
    async with scripted(WIRE, decoder=decoder) as bench:
        call = await bench.answer(accept="application/x-ndjson")
    lines = [json.loads(line) for line in call.body.splitlines()]
    assert call.headers["content-type"] == "application/x-ndjson"
    assert lines == payloads_of(START + HEL + LO + END)[:-1]


async def test_a_whole_answer_is_one_body() -> None:
    async with scripted(FRAMES) as bench:
        call = await bench.answer(stream=False)
    assert (call.status, call.headers["content-type"], call.is_whole) == (200, "application/json", True)
    assert (call.headers["content-length"], call.headers["sluiceway-stream-id"]) == (str(len(call.body)), "gen-1")
    assert call.json()["choices"][0]["message"]["content"] == "Hello"
    assert call.json()["usage"]["completion_tokens"] == 2


async def test_usage_is_sent_to_whom_asked_for_it() -> None:
    async with scripted(FRAMES) as bench:
        asked = await bench.answer(stream_options={"include_usage": True})
        unasked = await bench.answer()
    assert b'"completion_tokens":2' in asked.body
    assert b'"usage"' not in unasked.body


# What the client does wrong.


@pytest.mark.parametrize(
    ("body", "accept", "status", "param"),
    [
        (b"{", "", 400, None),
        (b"[]", "", 400, None),
        (chat_body(temperature="warm"), "", 400, "temperature"),
        (chat_body(messages=[{"role": "user", "content": 5}]), "", 400, "messages[0].content"),
        (chat_body(model="unknown"), "", 404, "model"),
        (chat_body(), "text/html", 406, None),
        (chat_body(user="x" * 5000), "", 413, None),
    ],
)
async def test_a_bad_request_gets_a_json_error_and_harms_nobody(
    body: bytes, accept: str, status: int, param: str | None
) -> None:
    async with scripted(FRAMES, models=("m",), max_body_bytes=4096) as bench:
        call = await ask(bench.app, "POST", COMPLETIONS, body, accept=accept)
        error = call.json()["error"]
        assert (call.status, call.headers["content-type"], error["param"]) == (status, "application/json", param)
        assert error["message"]
        assert bench.engine.calls == []
        await assert_healthy(bench)


async def test_a_length_over_the_limit_is_refused_unread() -> None:
    async with scripted(FRAMES, max_body_bytes=4096) as bench:
        call = await ask(bench.app, "POST", COMPLETIONS, b"", content_length="4097")
        assert (call.status, call.json()["error"]["code"]) == (413, "body_too_large")
        await assert_healthy(bench)


async def test_a_client_that_leaves_before_its_body_is_whole_gets_nothing() -> None:
    async with scripted(FRAMES) as bench:
        call = await AsgiCall(bench.app, "POST", COMPLETIONS, b'{"mod', is_cut=True).returned()
        assert (call.status, bench.engine.calls) == (None, [])
        await assert_healthy(bench)


# What the upstream does wrong.

FAILURES: list[tuple[SluicewayError, int, str]] = [
    (EngineUnavailable("connection refused"), 503, "engine_unavailable"),
    (UpstreamTimeout("first_token", 5), 504, "upstream_timeout"),
    (RemoteProtocolError("not HTTP"), 502, "upstream_protocol_error"),
    (UpstreamStatusError(401, "no such key"), 401, "upstream_error"),
    (UpstreamFailed("overloaded", upstream_code="busy"), 502, "busy"),
]


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize(("error", "status", "code"), FAILURES)
async def test_a_failure_before_the_first_byte_is_a_status(
    error: SluicewayError, status: int, code: str, stream: bool
) -> None:
    async with scripted([], error=error) as bench:
        call = await bench.answer(stream=stream)
        assert (call.status, call.is_whole) == (status, True)
        assert (call.json()["error"]["code"], call.json()["error"]["message"]) == (code, error.message)
        assert bench.live_count == 0


async def test_a_start_without_output_is_still_before_the_first_byte() -> None:
    async with scripted([(1, START + sse(b'{"error":{"message":"overloaded"}}'))], decoder=decoder) as bench:
        assert (await bench.answer()).status == 502


async def test_retry_after_and_the_upstreams_own_words_are_kept() -> None:
    body = b'{"error":{"message":"slow down","type":"tokens","code":"rate_limit_exceeded"}}'
    error = UpstreamStatusError(429, "slow down", body=body, retry_after="7")
    async with scripted([], error=error) as bench:
        call = await bench.answer()
    told = call.json()["error"]
    assert (call.status, call.headers["retry-after"]) == (429, "7")
    assert (told["message"], told["type"], told["code"]) == ("slow down", "tokens", "rate_limit_exceeded")


@both_ways
@pytest.mark.parametrize(("error", "status", "code"), FAILURES)
async def test_a_failure_in_the_middle_is_one_event_after_all_that_came(
    error: SluicewayError, status: int, code: str, has_writer: bool
) -> None:
    async with scripted(FRAMES[:-1], error=error) as bench:
        call = await bench.answer(has_writer=has_writer)
    payloads = payloads_of(call.body)
    assert (call.status, call.is_whole, payloads[-1], payloads.count("[DONE]")) == (200, True, "[DONE]", 1)
    assert b'"Hel"' in call.body
    assert b'"lo"' in call.body
    assert [told["message"] for told in errors_in(call.body)] == [error.message]
    assert status != 200
    assert code


async def test_an_error_inside_the_stream_is_told_once() -> None:
    async with scripted([*FRAMES[:2], (1, [BROKEN])]) as bench:
        call = await bench.answer()
    assert [told["code"] for told in errors_in(call.body)] == ["busy"]


async def test_a_stream_that_just_stops_is_an_error() -> None:
    async with scripted(WIRE[:-1], decoder=decoder) as bench:
        call = await bench.answer()
    assert call.body.startswith(START + HEL + LO)
    assert len(errors_in(call.body)) == 1


async def test_a_whole_answer_that_breaks_off_is_an_error_with_a_status() -> None:
    async with scripted(FRAMES[:-1], error=EngineUnavailable("gone")) as bench:
        call = await bench.answer(stream=False)
    assert (call.status, call.json()["error"]["code"]) == (503, "engine_unavailable")


# Readers that leave.


@both_ways
@pytest.mark.parametrize("seconds", [0, 1, 2.5])
async def test_a_reader_that_leaves_stops_the_model_at_once(seconds: float, has_writer: bool) -> None:
    async with scripted(WIRE, decoder=decoder) as bench:
        call = await bench.ask(has_writer=has_writer)
        bench.clock.advance(seconds)
        call.disconnect()
        await call.returned()
        assert (bench.upstream.is_aborted, call.is_whole, bench.live_count) == (True, False, 0)


async def test_a_reader_that_left_before_the_model_was_asked_is_noticed() -> None:
    async with scripted(WIRE, decoder=decoder) as bench:
        call = AsgiCall(bench.app, "POST", COMPLETIONS, chat_body(), has_writer=True)
        call.disconnect()
        await call.returned()
        assert (bench.upstream.is_aborted, call.status, bench.live_count) == (True, None, 0)


async def test_a_reader_of_a_whole_answer_that_leaves_stops_the_model_too() -> None:
    async with scripted(FRAMES) as bench:
        call = await bench.ask(stream=False)
        bench.clock.advance(2)
        await until(lambda: bench.upstream.steps_played == 2)
        call.disconnect()
        await call.returned()
        assert (bench.upstream.is_aborted, call.status, bench.live_count) == (True, None, 0)


@both_ways
async def test_a_reader_that_leaves_while_it_is_slow_stops_the_model(has_writer: bool) -> None:
    async with scripted(WIRE, decoder=decoder) as bench:
        call = await bench.ask(has_writer=has_writer)
        call.block()
        bench.clock.advance(2)
        await call.started()
        call.disconnect()
        await call.returned()
        assert (bench.upstream.is_aborted, bench.live_count) == (True, 0)


@both_ways
async def test_a_request_that_the_server_cancels_stops_the_model(has_writer: bool) -> None:
    async with scripted(WIRE, decoder=decoder) as bench:
        call = await bench.ask(has_writer=has_writer)
        bench.clock.advance(2)
        await call.until_body(HEL)
        call.task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call.returned()
        assert (bench.upstream.is_aborted, bench.live_count) == (True, 0)


async def test_what_a_client_sends_after_its_body_is_ignored() -> None:
    async with scripted(FRAMES) as bench:
        call = await bench.ask(stream=False)
        call.say_more()
        bench.clock.advance(4)
        assert (await call.returned()).status == 200


# Readers that are slow.

LONG = sse(chunk({"content": "x" * 1000}))
FLOOD: list[Step] = [(1, START), *[(1, LONG)] * 20, (1, END)]


@both_ways
async def test_a_slow_reader_pauses_the_model_and_loses_nothing(has_writer: bool) -> None:
    async with scripted(FLOOD, decoder=decoder, reader_buffer_bytes=5000) as bench:
        call = await bench.ask(has_writer=has_writer)
        bench.clock.advance(1)
        await call.until_body(START)
        call.block()
        await bench.play(15)
        assert bench.upstream.actions == ["pause"]
        assert bench.upstream.steps_played < 10
        call.unblock()
        await until(lambda: "resume" in bench.upstream.actions)
        await bench.play(30)
        await call.returned()
    assert (call.is_whole, call.body) == (True, START + LONG * 20 + END)


async def test_much_is_sent_in_pieces_and_who_takes_one_after_the_other_is_not_given_up() -> None:
    async with scripted([(1, LONG * 100), (1, END)], decoder=decoder, reader_stall_s=30) as bench:
        call = await bench.ask()
        call.block()
        bench.clock.advance(1)
        await until(lambda: len(call.writes) == 1)
        while len(call.body) < len(LONG * 100):
            bench.clock.advance(20)
            before = len(call.writes)
            call.unblock()
            call.block()  # it has taken one
            await until(lambda before=before: len(call.writes) > before)  # type: ignore[misc]  # bound at once
        call.unblock()
        bench.clock.advance(1)
        await call.returned()
        assert len(call.writes) > 5
        assert max(map(len, call.writes)) <= 16 * 1024
        assert (call.is_whole, call.body) == (True, LONG * 100 + END)


@both_ways
async def test_a_quick_reader_pauses_nothing(has_writer: bool) -> None:
    async with scripted(FLOOD, decoder=decoder, reader_buffer_bytes=5000) as bench:
        call = await bench.ask(has_writer=has_writer)
        await bench.play(23)
        await call.returned()
        assert (bench.upstream.actions, call.body) == ([], START + LONG * 20 + END)


@both_ways
async def test_a_reader_that_takes_nothing_is_ended_with_its_upstream(has_writer: bool) -> None:
    async with scripted(FLOOD, decoder=decoder, reader_buffer_bytes=5000, reader_stall_s=30) as bench:
        call = await bench.ask(has_writer=has_writer)
        bench.clock.advance(1)
        await call.until_body(START)
        call.block()
        await bench.play(2)
        bench.clock.advance(31)
        await call.returned()
        assert (bench.upstream.is_aborted, call.is_whole, bench.live_count) == (True, False, 0)
        assert await reasons(bench) == {"reader_too_slow": 1}


async def test_a_slow_reader_of_a_whole_answer_is_judged_by_its_progress() -> None:
    async with scripted(FRAMES, reader_stall_s=30) as bench:
        call = await bench.ask(stream=False, has_writer=True)
        call.block_at_end()
        bench.clock.advance(4)
        await until(lambda: call.is_blocked)
        for left_bytes in range(10, 0, -1):
            looks = call.writer.looks
            call.writer.backlog = left_bytes
            bench.clock.advance(20)
            await until(lambda looks=looks: call.writer.looks > looks)  # type: ignore[misc]
        call.unblock()
        await call.returned()
        assert await reasons(bench) == {"complete": 1}


async def reasons(bench: ScriptedApp) -> dict[str, int]:
    [series] = bench.app.service.totals.series.values()
    return series.ends


@both_ways
@pytest.mark.parametrize("stream", [True, False])
async def test_a_reader_that_does_not_take_the_end_is_given_up(stream: bool, has_writer: bool) -> None:
    async with scripted(FRAMES, reader_stall_s=30) as bench:
        call = await bench.ask(stream=stream, has_writer=has_writer)
        call.block_at_end()
        bench.clock.advance(4)
        await until(lambda: call.is_blocked)
        bench.clock.advance(31)
        await call.returned()
        assert bench.live_count == 0


async def test_giving_a_reader_up_leaves_no_trace_on_its_task() -> None:
    async with scripted(FRAMES, reader_stall_s=30) as bench:
        call = await bench.ask()
        call.block()
        bench.clock.advance(4)
        await call.started()
        bench.clock.advance(31)
        await call.returned()
        assert (call.task.cancelled(), call.task.cancelling()) == (False, 0)


# Silences.


@both_ways
async def test_heartbeats_fill_the_silence_before_the_first_token_and_later_ones(has_writer: bool) -> None:
    async with scripted([(60, START + HEL), (60, LO + END)], decoder=decoder, heartbeat_s=15) as bench:
        call = await bench.ask(has_writer=has_writer)
        bench.clock.advance(20)
        await call.until_body(b": ping\n")
        bench.clock.advance(40)
        await call.until_body(HEL)
        bench.clock.advance(20)
        await until(lambda: len(call.writes) == 3)
        bench.clock.advance(40)
        await call.returned()
    assert call.writes[2] == b": ping\n"
    assert call.body.replace(b": ping\n", b"") == START + HEL + LO + END


async def test_an_error_after_a_heartbeat_is_an_event() -> None:
    async with scripted([], error=EngineUnavailable("gone"), heartbeat_s=15) as bench:
        bench.engine._steps = [(60, [])]
        call = await bench.ask()
        bench.clock.advance(20)
        await call.until_body(b": ping\n")
        bench.clock.advance(40)
        await call.returned()
    assert (call.status, [told["message"] for told in errors_in(call.body)]) == (200, ["gone"])


async def test_heartbeats_can_be_turned_off() -> None:
    async with scripted([(60, START)], heartbeat_s=0) as silent, scripted([(60, START)], heartbeat_s=15) as beating:
        quiet, loud = await silent.ask(), await beating.ask()
        silent.clock.advance(50)
        beating.clock.advance(50)
        await loud.until_body(b": ping\n")
        assert quiet.status is None


async def test_a_whole_answer_gets_no_heartbeat() -> None:
    async with scripted([(60, text_frames(["Hello"]))], heartbeat_s=15) as bench:
        call, beating = await bench.ask(stream=False), await bench.ask()
        bench.clock.advance(20)
        await beating.until_body(b": ping\n")
        assert call.status is None
        bench.clock.advance(40)
        await beating.returned()
        assert (await call.returned()).json()["choices"][0]["message"]["content"] == "Hello"


# Bugs of our own.


async def test_a_bug_before_the_first_byte_is_a_500_that_tells_nothing(caplog: pytest.LogCaptureFixture) -> None:
    service = new_service(Routing([Route(BuggyEngine([]))]), FakeClock())
    call = await ask(Completions(service, OPENAI_CHAT, CHAT), "POST", COMPLETIONS, chat_body())
    await service.close()
    assert (call.status, call.json()["error"]["message"]) == (500, "internal error")
    assert "ZeroDivisionError" in caplog.text


@both_ways
async def test_a_bug_in_the_middle_cuts_the_response_and_stops_the_model(
    has_writer: bool, caplog: pytest.LogCaptureFixture
) -> None:
    clock = FakeClock()
    engine = ScriptedEngine(FRAMES, clock=clock)
    service = new_service(Routing([Route(engine)]), clock)
    buggy = Completions(service, OPENAI_CHAT, buggy_endpoint(BuggyEncoder()))
    call = AsgiCall(buggy, "POST", COMPLETIONS, chat_body(), has_writer=has_writer)
    await until(lambda: bool(engine.calls))
    clock.advance(1)
    await call.until_body(b"data: 0")
    clock.advance(2)
    await call.returned()
    await service.close()
    assert (call.is_whole, engine.calls[0].is_aborted, service.live) == (False, True, {})
    assert "ZeroDivisionError" in caplog.text


async def test_a_bug_while_a_full_socket_gets_room_leaves_no_way_past_the_gap() -> None:
    encoder = BuggyEncoder()
    clock = FakeClock()
    engine = ScriptedEngine(FRAMES, clock=clock)
    service = new_service(Routing([Route(engine)]), clock)
    buggy = Completions(service, OPENAI_CHAT, buggy_endpoint(encoder))
    call = AsgiCall(buggy, "POST", COMPLETIONS, chat_body(), has_writer=True)
    await until(lambda: bool(engine.calls))
    clock.advance(1)
    await call.until_body(b"data: 0")
    (generation,) = service.live.values()
    ways = [generation.lane.lead]
    call.block()
    clock.advance(2)
    call.unblock()
    ways.append(generation.lane.lead)
    assert [way is not None for way in ways] == [True, False]
    await call.returned()
    await service.close()
    assert not call.is_whole


async def test_an_error_can_be_sent_alone() -> None:
    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        await send_error(send, UpstreamStatusError(503, "no", retry_after="\u20ac"), READER)

    call = await ask(app, "GET", "/")
    assert (call.status, call.headers["retry-after"]) == (503, "?")


async def test_what_was_asked_for_and_left_out_is_told(caplog: pytest.LogCaptureFixture) -> None:
    async with scripted(FRAMES) as bench:
        bench.engine.capabilities = Capabilities("theirs", {"seed": Rule.DROP})
        call = await bench.answer(seed=1, **{"meta\r\n: x": 1})
        plain = await bench.answer()
    assert call.headers["sluiceway-dropped"] == "meta????x, seed"
    assert "sluiceway-dropped" not in plain.headers
    assert not caplog.records


async def test_fields_inside_of_messages_are_named_where_the_model_does_not_get_them() -> None:
    messages = [{"role": "user", "content": [{"type": "text", "text": "a", "new": 1}], "seed": 1}]
    async with scripted(FRAMES) as bench:
        bench.engine.capabilities = Capabilities("openai_chat")
        own = await bench.answer(messages=messages)
        bench.engine.capabilities = Capabilities("theirs", {"seed": Rule.DROP})
        foreign = await bench.answer(seed=1, messages=messages)
    assert "sluiceway-dropped" not in own.headers
    assert foreign.headers["sluiceway-dropped"] == "seed, messages[].content[].new, messages[].seed"


async def test_a_list_of_what_is_left_out_that_is_cut_says_so() -> None:
    async with scripted(FRAMES) as bench:
        bench.engine.capabilities = Capabilities("theirs")
        call = await bench.answer(**{f"field-{number:03}": 1 for number in range(100)})
    names = call.headers["sluiceway-dropped"].split(", ")
    assert len(call.headers["sluiceway-dropped"]) <= 500
    assert (len(names[:-1]) + int(names[-1]), names[-1][0]) == (100, "+")


async def test_what_cannot_be_left_out_is_refused_by_its_name() -> None:
    async with scripted(FRAMES) as bench:
        bench.engine.capabilities = Capabilities("theirs", {"n": Rule.REFUSE})
        call = await ask(bench.app, "POST", COMPLETIONS, chat_body(n=2))
    assert (call.status, call.json()["error"]["param"]) == (400, "n")


# Answers that need no model.


def at_once(request: Request) -> list[Event]:
    return [StreamStart(), StreamEnd()] if request.temperature == 0 else []


AT_ONCE = msgspec.structs.replace(
    OPENAI_CHAT, reader=msgspec.structs.replace(READER, endpoints=(msgspec.structs.replace(CHAT, at_once=at_once),))
)


@pytest.mark.parametrize("stream", [True, False])
async def test_what_needs_no_model_is_told_whole_and_asks_none(stream: bool) -> None:
    async with scripted(FRAMES, dialects=[AT_ONCE]) as bench:
        call = await ask(bench.app, "POST", COMPLETIONS, chat_body(temperature=0, stream=stream))
        assert (call.status, call.headers["content-type"], call.is_whole) == (200, "application/json", True)
        assert (call.json()["object"], call.json()["model"]) == ("chat.completion", "m")
        assert (bench.engine.requests, bench.live_count) == ([], 0)
        await assert_healthy(bench)


async def test_an_upstream_of_the_readers_dialect_answers_that_too() -> None:
    async with scripted(FRAMES, dialects=[AT_ONCE]) as bench:
        bench.engine.capabilities = Capabilities("openai_chat")
        call = await bench.answer(temperature=0, stream=False)
    assert call.json()["choices"][0]["message"]["content"] == "Hello"


async def test_without_its_model_there_is_no_answer_either() -> None:
    async with scripted(FRAMES, dialects=[AT_ONCE], models=("n",)) as bench:
        body = chat_body(temperature=0)
        missing = await ask(bench.app, "POST", COMPLETIONS, body)
        await bench.engine.close()
        unreachable = await ask(bench.app, "POST", COMPLETIONS, body.replace(b'"m"', b'"n"'))
    assert (missing.status, missing.json()["error"]["code"]) == (404, "model_not_found")
    assert (unreachable.status, unreachable.json()["error"]["code"]) == (503, "engine_unavailable")


async def test_nor_is_there_one_of_a_model_that_its_upstream_does_not_list() -> None:
    assert AT_ONCE.reader is not None
    service = new_service(Routing([Route(ScriptedEngine([], models=("n",)))]), FakeClock())
    endpoint = Completions(service, AT_ONCE, AT_ONCE.reader.endpoints[0])
    listed, unlisted = [await ask(endpoint, "POST", "/", chat_body(model=m, temperature=0)) for m in ("n", "m")]
    await service.close()
    assert (listed.status, unlisted.status) == (200, 404)
