from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from types import MappingProxyType
from typing import Any

import pytest
from support.apps import COMPLETIONS, ScriptedApp, chat_body, scripted
from support.asgi_client import AsgiCall, ask
from support.wait import until

from sluiceway.events import Frame
from sluiceway.testing import Step, text_frames
from sluiceway.usage import Usage
from sluiceway.wire.ndjson import NDJSONDecoder
from sluiceway.wire.sse import SSEDecoder, SSEEvent

WORDS = [f"{number} " for number in range(8)]
SCRIPT: list[Step] = [(1, [frame]) for frame in text_frames(WORDS, usage=Usage(3, 8))]
HEAVY: list[Step] = [(1, [Frame(frame.events, "plain/sse", b"x" * 2000)]) for frame in text_frames(WORDS)]
PATH = "/v1/streams/gen-1"
RESUME = {"sluiceway-resume": "on"}
NO_HEADERS: Mapping[str, str] = MappingProxyType({})
BODIES: dict[str, tuple[str, dict[str, Any]]] = {
    "openai_chat": (COMPLETIONS, {"messages": [{"role": "user", "content": "Hi"}]}),
    "openai_completions": ("/v1/completions", {"prompt": "Hi"}),
    "openai_responses": ("/v1/responses", {"input": "Hi"}),
    "anthropic": ("/v1/messages", {"max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]}),
    "gemini": (
        "/v1beta/models/m:streamGenerateContent?alt=sse",
        {"contents": [{"role": "user", "parts": [{"text": "Hi"}]}]},
    ),
    "ollama": ("/api/chat", {"messages": [{"role": "user", "content": "Hi"}]}),
    "ui_stream": (
        "/ui/chat",
        {"id": "c", "messages": [{"id": "1", "role": "user", "parts": [{"type": "text", "text": "Hi"}]}]},
    ),
}

both_ways = pytest.mark.parametrize("has_writer", [False, True], ids=["by sending", "by writing"])


class Desk:
    """An application, and who comes back to its first answer."""

    def __init__(self, app: ScriptedApp) -> None:
        self.scripted = app

    async def post(
        self, dialect: str = "openai_chat", headers: Mapping[str, str] = NO_HEADERS, *, has_writer: bool = False
    ) -> AsgiCall:
        path, fields = BODIES[dialect]
        body = json.dumps({"model": "m", "stream": True, **fields}).encode()
        accept = {"accept": "text/event-stream"}
        call = AsgiCall(
            self.scripted.app, "POST", path, body, headers={**accept, **RESUME, **headers}, has_writer=has_writer
        )
        await until(lambda: bool(self.scripted.engine.calls) or call.task.done())
        return call

    def follow(
        self, query: str = "", *, accept: str = "", last_event_id: str = "", has_writer: bool = False
    ) -> AsgiCall:
        headers = {"accept": accept, "last-event-id": last_event_id}
        told = {name: value for name, value in headers.items() if value}
        return AsgiCall(self.scripted.app, "GET", PATH + query, headers=told, has_writer=has_writer)

    async def get(self, query: str = "", *, accept: str = "", last_event_id: str = "") -> AsgiCall:
        return await self.follow(query, accept=accept, last_event_id=last_event_id).returned()

    async def delete(self) -> AsgiCall:
        return await ask(self.scripted.app, "DELETE", PATH)

    async def play(self, seconds: int) -> None:
        await self.scripted.play(seconds)


@asynccontextmanager
async def desk(steps: list[Step] | None = None, **settings: object) -> AsyncIterator[Desk]:
    async with scripted(steps or SCRIPT, **settings) as app:  # type: ignore[arg-type]  # settings only
        yield Desk(app)


def events(call: AsgiCall) -> list[SSEEvent]:
    return SSEDecoder().feed(call.body)


def told(call: AsgiCall) -> list[tuple[str, str, bytes]]:
    return [(event.id, event.event, event.data) for event in events(call)]


def lines(call: AsgiCall) -> list[bytes]:
    return [line.data for line in NDJSONDecoder().feed(call.body)]


@both_ways
@pytest.mark.parametrize("dialect", BODIES)
async def test_every_dialects_stream_can_be_left_and_come_back_to(dialect: str, has_writer: bool) -> None:
    async with desk() as it:
        first = await it.post(dialect, has_writer=has_writer)
        await it.play(4)
        first.disconnect()
        await first.returned()
        assert first.headers["sluiceway-resume"] == "on"
        back = it.follow(last_event_id=events(first)[-1].id, has_writer=has_writer)
        await it.play(20)
        await back.returned()
        whole = await it.get()
        assert told(first) + told(back) == told(whole)
        assert back.is_whole
        assert len(it.scripted.engine.calls) == 1
        ids = [event.id for event in events(whole)]
        assert len(set(ids)) == len(ids)
        assert all(ids)


async def test_wherever_it_is_cut_what_follows_is_the_rest() -> None:
    async with desk() as it:
        whole = await it.post("anthropic")
        await it.play(20)
        for number, event in enumerate(events(whole), 1):
            for back in (await it.get(f"?after={event.id}"), await it.get(last_event_id=event.id)):
                assert told(back) == told(whole)[number:]


async def test_the_header_counts_for_a_browser_comes_back_to_the_url_it_began_with() -> None:
    async with desk() as it:
        await it.post()
        await it.play(20)
        assert told(await it.get("?after=1-1", last_event_id="1-5")) == told(await it.get("?after=1-5"))


async def test_a_reader_of_lines_says_how_many_it_has() -> None:
    async with desk() as it:
        await it.post()
        await it.play(20)
        whole = lines(await it.get(accept="application/x-ndjson"))
        for count in range(len(whole) + 1):
            assert lines(await it.get(f"?after={count}", accept="application/x-ndjson")) == whole[count:]
        assert lines(await it.get("?after=1-1", accept="application/x-ndjson")) == whole[1:]


async def test_a_reader_of_events_does_not() -> None:
    async with desk() as it:
        await it.post()
        refused = await it.get("?after=3")
        assert (refused.status, refused.json()["error"]["param"]) == (400, "after")


async def test_who_began_with_lines_comes_back_for_the_others() -> None:
    async with desk() as it:
        first = await it.post(headers={"accept": "application/x-ndjson"})
        await it.play(4)
        first.disconnect()
        await it.play(20)
        back = await it.get(f"?after={len(lines(first))}", accept="application/x-ndjson")
        assert first.headers["sluiceway-resume"] == "on"
        assert lines(first) + lines(back) == lines(await it.get(accept="application/x-ndjson"))


@pytest.mark.parametrize("dialect", BODIES)
async def test_it_can_be_told_in_another_dialect(dialect: str) -> None:
    async with desk() as it:
        await it.post()
        await it.play(20)
        other = await it.get(f"?dialect={dialect}")
        assert all(word.strip().encode() in other.body for word in WORDS)
        middle = len(events(other)) // 2
        assert told(await it.get(f"?dialect={dialect}&after={events(other)[middle].id}")) == told(other)[middle + 1 :]


async def test_another_dialect_brings_its_own_headers() -> None:
    async with desk() as it:
        await it.post()
        await it.play(20)
        assert (await it.get("?dialect=ui_stream")).headers["x-vercel-ai-ui-message-stream"] == "v1"


async def test_a_dialect_that_is_not_served_is_refused() -> None:
    async with desk() as it:
        await it.post()
        refused = await it.get("?dialect=klingon")
        assert (refused.status, refused.json()["error"]["param"]) == (400, "dialect")


@pytest.mark.parametrize("cursor", ["1", "x", "1-1-1", "0-1", "1-1.0", "2-1", "9" * 100])
async def test_a_cursor_that_is_none_is_refused(cursor: str) -> None:
    async with desk() as it:
        await it.post()
        for refused in (await it.get(f"?after={cursor}"), await it.get(last_event_id=cursor)):
            assert (refused.status, refused.json()["error"]["param"]) == (400, "after")


async def test_what_is_not_kept_is_not_found() -> None:
    async with desk() as it:
        assert (await it.get()).status == 404
        await it.post(headers={"sluiceway-resume": "off"})
        missing = await it.get()
        assert (missing.status, missing.json()["error"]["param"]) == (404, "id")


async def test_where_nothing_is_kept_it_says_what_is_needed() -> None:
    async with desk(workers=2) as it:
        told = await it.post()
        await it.play(20)
        await told.returned()
        assert "sluiceway-resume" not in told.headers
        missing = await it.get()
        assert missing.status == 404
        assert "Redis" in missing.json()["error"]["message"]


async def test_what_is_no_longer_kept_has_expired() -> None:
    async with desk(HEAVY, kept_answer_bytes=14_000) as it:
        await it.post()
        await it.play(20)
        expired = await it.get("?after=1-1")
        assert (expired.status, expired.json()["error"]["code"]) == (410, "cursor_expired")
        assert (await it.get("?after=1", accept="application/x-ndjson")).status == 410
        whole = await it.get()
        assert all(word.strip().encode() in whole.body for word in WORDS)


async def test_a_dialect_that_numbers_its_payloads_cannot_go_on_without_the_beginning() -> None:
    async with desk(HEAVY, kept_answer_bytes=14_000) as it:
        await it.post("openai_responses")
        await it.play(20)
        last = events(await it.get())[-2].id
        assert (await it.get(f"?after={last}")).status == 410
        assert (await it.get(f"?after={last}&dialect=anthropic")).status == 200


async def test_several_follow_at_once_from_anywhere() -> None:
    async with desk() as it:
        first = await it.post()
        others: list[AsgiCall] = []
        for number in range(5):
            await it.play(1)
            others.append(it.follow(f"?after=1-{number}", has_writer=number % 2 == 0))
        await it.play(20)
        await first.returned()
        for number, call in enumerate(others):
            await call.returned()
            assert told(call) == told(first)[number:]


async def test_a_slow_reader_gets_an_honest_end_and_the_others_notice_nothing() -> None:
    async with desk(HEAVY, kept_answer_bytes=14_000) as it:
        first = await it.post()
        slow = it.follow(has_writer=True)
        await it.play(2)
        slow.block()
        await it.play(20)
        await first.returned()
        assert all(word.strip().encode() in first.body for word in WORDS)
        slow.unblock()
        await it.play(1)
        await slow.returned()
        assert b"cursor_expired" in slow.body
        with_id = [event for event in events(slow) if event.id]
        last = [event.id for event in with_id][-1]
        assert (await it.get(last_event_id=last)).status == 410


async def test_only_so_many_follow() -> None:
    async with desk(max_followers=1) as it:
        await it.post()
        await it.play(2)
        busy = await it.get()
        assert (busy.status, busy.json()["error"]["code"]) == (503, "server_busy")


async def test_a_plain_request_has_no_ids_and_is_not_kept() -> None:
    async with desk() as it:
        plain = await it.post(headers={"sluiceway-resume": "off"})
        await it.play(20)
        await plain.returned()
        assert b"id:" not in plain.body
        assert "sluiceway-resume" not in plain.headers
        assert (await it.get()).status == 404


async def test_an_answer_in_one_piece_is_as_it_is_without_the_header() -> None:
    async with scripted(SCRIPT) as app:
        call = AsgiCall(app.app, "POST", COMPLETIONS, chat_body(stream=False), headers=RESUME)
        await until(lambda: bool(app.engine.calls))
        app.clock.advance(20)
        await call.returned()
        assert "sluiceway-resume" not in call.headers
        assert (await ask(app.app, "GET", PATH)).status == 404


@pytest.mark.parametrize(
    ("header", "seconds", "is_stopped"),
    [("", 14, False), ("", 15, True), ("2", 1, False), ("2", 2, True), ("cancel", 0, True), ("continue", 100, False)],
)
async def test_when_the_last_reader_leaves_it_has_its_grace(header: str, seconds: int, is_stopped: bool) -> None:
    endless: list[Step] = [(1, [frame]) for frame in text_frames(["x"] * 200)]
    headers = {"sluiceway-on-disconnect": header} if header else {}
    async with desk(endless) as it:
        first = await it.post(headers=headers)
        await it.play(2)
        first.disconnect()
        await first.returned()
        await it.play(seconds)
        assert it.scripted.upstream.is_aborted is is_stopped


async def test_a_word_that_no_header_knows_is_refused() -> None:
    async with desk() as it:
        for headers in ({"sluiceway-resume": "maybe"}, {"sluiceway-on-disconnect": "later"}):
            refused = await (await it.post(headers=headers)).returned()
            assert refused.status == 400
        assert it.scripted.engine.calls == []


async def test_stopping_ends_it_for_all_and_can_be_said_twice() -> None:
    async with desk() as it:
        first = await it.post()
        other = it.follow("?dialect=anthropic")
        await it.play(4)
        stopped = (await it.delete()).json()
        assert (stopped["stopped"], stopped["usage"]["output_tokens"]) == (True, 3)
        await first.returned()
        await other.returned()
        assert events(first)[-1].data == b"[DONE]"
        assert events(other)[-1].event == "message_stop"
        assert it.scripted.upstream.actions == ["abort"]
        again = await it.delete()
        assert (again.status, again.json()) == (200, {**stopped, "stopped": False})


async def test_what_runs_without_a_reader_can_be_stopped() -> None:
    async with desk() as it:
        first = await it.post(headers={"sluiceway-on-disconnect": "continue"})
        await it.play(4)
        first.disconnect()
        await first.returned()
        assert (await it.delete()).json()["stopped"] is True
        assert it.scripted.upstream.is_aborted
        assert told(await it.get())[-1][2] == b"[DONE]"
