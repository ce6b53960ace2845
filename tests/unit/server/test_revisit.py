from __future__ import annotations

import msgspec
import pytest
from support.asgi_client import AsgiCall
from support.returning import (
    CHATS,
    RESPONSES,
    WORDS,
    ReturningApp,
    chat,
    events_in,
    numbers_in,
    response,
    returning,
    text_in,
)

from sluiceway.dialects.ui_stream import UI_STREAM
from sluiceway.dialects.ui_stream.resume import REVISITS
from sluiceway.errors import EngineUnavailable
from sluiceway.events import Frame, StreamError
from sluiceway.metering.totals import Labels
from sluiceway.server.revisit import Stopping
from sluiceway.testing import Step, text_frames

TEXT = "".join(WORDS)
ID = "resp_gen-1"

both_ways = pytest.mark.parametrize("has_writer", [False, True], ids=["by sending", "by writing"])


def after(number: int) -> str:
    return f"{RESPONSES}/{ID}?stream=true&starting_after={number}"


async def finished(app: ReturningApp, call: AsgiCall) -> AsgiCall:
    await app.play(20)
    return await call.returned()


@both_ways
async def test_a_response_in_the_background_can_be_left_and_come_back_to(has_writer: bool) -> None:
    async with returning() as app:
        first = await app.post(RESPONSES, response(), has_writer=has_writer)
        await app.play(4)
        first.disconnect()
        await first.returned()
        seen = numbers_in(first.body)
        back = app.follow(after(seen[-1]), has_writer=has_writer)
        await finished(app, back)
        assert seen + numbers_in(back.body) == list(range(len(seen) + len(numbers_in(back.body))))
        assert text_in(first.body) + text_in(back.body) == TEXT
        assert back.is_whole


async def test_what_is_told_again_is_what_was_told() -> None:
    async with returning() as app:
        uncut = await finished(app, await app.post(RESPONSES, response()))
        events = events_in(uncut.body)
        for number in range(len(events)):
            back = await app.get(after(number))
            assert events_in(back.body) == events[number + 1 :]
        whole = await app.get(f"{RESPONSES}/{ID}?stream=true")
        assert (whole.body, whole.headers["content-type"]) == (uncut.body, uncut.headers["content-type"])


async def test_a_number_that_is_yet_to_come_is_waited_for() -> None:
    async with returning() as app:
        await app.post(RESPONSES, response())
        ahead = app.follow(after(9))
        await app.play(3)
        assert (ahead.status, ahead.body) == (200, b"")
        await finished(app, ahead)
        assert numbers_in(ahead.body)[0] == 10


async def test_several_follow_at_once() -> None:
    async with returning() as app:
        first = await app.post(RESPONSES, response())
        others: list[AsgiCall] = []
        for _ in range(5):
            await app.play(1)
            others.append(app.follow(f"{RESPONSES}/{ID}?stream=true", has_writer=len(others) % 2 == 0))
        await finished(app, first)
        assert {call.body for call in others} == {first.body}


@both_ways
async def test_a_slow_follower_holds_up_nobody(has_writer: bool) -> None:
    async with returning() as app:
        first = await app.post(RESPONSES, response())
        slow = app.follow(f"{RESPONSES}/{ID}?stream=true", has_writer=has_writer)
        await app.play(1)
        slow.block()
        await finished(app, first)
        assert text_in(first.body) == TEXT
        assert text_in(slow.body) != TEXT
        slow.unblock()
        await app.play(1)
        await slow.returned()
        assert slow.body == first.body


async def test_a_stalled_follower_is_given_up_alone() -> None:
    async with returning(reader_stall_s=0.5, heartbeat_s=0) as app:
        first = await app.post(RESPONSES, response())
        slow = app.follow(f"{RESPONSES}/{ID}?stream=true", has_writer=True)
        await app.play(2)
        slow.block()
        await app.play(2)
        await slow.returned()
        assert not slow.is_whole
        await finished(app, first)
        assert text_in(first.body) == TEXT


async def test_ndjson_can_be_followed_too() -> None:
    async with returning() as app:
        await finished(app, await app.post(RESPONSES, response()))
        lines = await app.follow(after(5), accept="application/x-ndjson").returned()
        assert lines.headers["content-type"] == "application/x-ndjson"
        assert b'"sequence_number":6' in lines.body.splitlines()[0]


async def test_a_response_without_a_stream_is_told_at_once_and_runs_on() -> None:
    async with returning() as app:
        first = await (await app.post(RESPONSES, response(stream=False))).returned()
        queued = first.json()
        assert (queued["id"], queued["status"], queued["output"], queued["background"]) == (ID, "queued", [], True)
        await app.play(3)
        running = (await app.get(f"{RESPONSES}/{ID}")).json()
        assert (running["id"], running["status"], running["created_at"]) == (ID, "in_progress", queued["created_at"])
        await app.play(20)
        done = (await app.get(f"{RESPONSES}/{ID}")).json()
        assert (done["id"], done["status"], done["background"]) == (ID, "completed", True)
        assert done["output"][0]["content"][0]["text"] == TEXT
        assert done["usage"]["output_tokens"] == 8


async def test_a_response_that_failed_says_so() -> None:
    steps: list[Step] = [(1, [Frame([StreamError("upstream_failed", "overloaded", "busy")])])]
    async with returning(steps) as app:
        await (await app.post(RESPONSES, response(stream=False))).returned()
        await app.play(5)
        failed = (await app.get(f"{RESPONSES}/{ID}")).json()
        assert (failed["status"], failed["error"]) == ("failed", {"code": "busy", "message": "overloaded"})
        told = await app.get(f"{RESPONSES}/{ID}?stream=true")
        assert (told.status, events_in(told.body)[-1]["type"]) == (200, "error")


async def test_who_asks_gets_an_error_before_the_first_byte_as_a_status() -> None:
    async with returning([(1, [])]) as app:
        first = await app.post(RESPONSES, response())
        app.scripted.upstream.fail(EngineUnavailable("gone"))
        await first.returned()
        assert (first.status, first.json()["error"]["code"]) == (503, "engine_unavailable")


async def test_stopping_ends_it_for_all() -> None:
    async with returning() as app:
        first = await app.post(RESPONSES, response())
        await app.play(4)
        cancelled = (await app.cancel(ID)).json()
        assert (cancelled["id"], cancelled["status"]) == (ID, "cancelled")
        await first.returned()
        assert first.is_whole
        assert events_in(first.body)[-1]["response"]["status"] == "cancelled"
        assert app.scripted.upstream.actions == ["abort"]
        again = await app.cancel(ID)
        assert (again.status, again.json()["status"]) == (200, "cancelled")


async def test_what_is_over_cannot_be_stopped() -> None:
    async with returning() as app:
        await finished(app, await app.post(RESPONSES, response()))
        late = await app.cancel(ID)
        assert (late.status, late.json()["error"]["param"]) == (400, "id")


@pytest.mark.parametrize("name", ["resp_gen-9", "gen-1", "resp_", "resp_chat-1", "%20"])
async def test_what_is_not_kept_is_not_found(name: str) -> None:
    async with returning() as app:
        await app.post(RESPONSES, response())
        await app.post(CHATS, chat())
        for call in (await app.get(f"{RESPONSES}/{name}"), await app.cancel(name)):
            assert (call.status, call.json()["error"]["param"]) == (404, "id")


async def test_of_what_may_be_missing_there_is_nothing_to_stop() -> None:
    revisits = msgspec.structs.replace(REVISITS, stop_path="/ui/chat/{id}/stop")
    async with returning() as app:
        stopping = Stopping(app.scripted.app.service, UI_STREAM, revisits)
        nothing = await AsgiCall(stopping, "POST", "/ui/chat/chat-1/stop").returned()
        assert (nothing.status, nothing.body) == (204, b"")


async def test_a_response_in_the_foreground_is_not_kept() -> None:
    async with returning() as app:
        first = await app.post(RESPONSES, response(background=False), is_resumable=False)
        await app.play(2)
        assert (await app.get(f"{RESPONSES}/{ID}")).status == 404
        first.disconnect()
        await first.returned()
        assert app.scripted.upstream.is_aborted


@pytest.mark.parametrize(
    "query", ["stream=true&starting_after=x", "stream=true&starting_after=-1", "starting_after=1"]
)
async def test_a_hostile_number_is_refused(query: str) -> None:
    async with returning() as app:
        await app.post(RESPONSES, response())
        refused = await app.get(f"{RESPONSES}/{ID}?{query}")
        assert (refused.status, refused.json()["error"]["param"]) == (400, "starting_after")


async def test_what_is_no_longer_kept_as_it_was_told_has_expired() -> None:
    heavy: list[Step] = [(1, [Frame(frame.events, "plain/sse", b"x" * 2000)]) for frame in text_frames(WORDS)]
    async with returning(heavy, kept_answer_bytes=14_000) as app:
        uncut = await finished(app, await app.post(RESPONSES, response()))
        assert text_in(uncut.body) == TEXT
        expired = await app.get(after(3))
        assert (expired.status, expired.json()["error"]["code"]) == (410, "cursor_expired")
        whole = (await app.get(f"{RESPONSES}/{ID}")).json()
        assert whole["output"][0]["content"][0]["text"] == TEXT


async def test_a_kept_answer_goes_after_a_while() -> None:
    async with returning(kept_s=30) as app:
        await finished(app, await app.post(RESPONSES, response()))
        await app.play(30)
        assert (await app.get(f"{RESPONSES}/{ID}")).status == 404


async def test_an_answer_counts_once_whoever_reads_it() -> None:
    async with returning() as app:
        first = await app.post(RESPONSES, response())
        app.follow(f"{RESPONSES}/{ID}?stream=true")
        await app.play(3)
        first.disconnect()
        await first.returned()
        assert app.scripted.live_count == 1
        await app.play(20)
        await app.get(f"{RESPONSES}/{ID}?stream=true")
        totals = app.scripted.app.service.totals.of(Labels("scripted", "openai_responses"))
        assert (app.scripted.live_count, dict(totals.ends)) == (0, {"complete": 1})


async def test_background_is_refused_where_readers_may_come_back_to_another_process() -> None:
    async with returning(workers=2) as app:
        refused = await (await app.post(RESPONSES, response())).returned()
        assert (refused.status, refused.json()["error"]["param"]) == (400, "background")
        plain = await app.post(CHATS, chat())
        await app.play(2)
        assert (await app.get(f"{CHATS}/chat-1/stream")).status == 204
        plain.disconnect()
        await plain.returned()
        assert app.scripted.upstream.is_aborted


async def test_only_so_many_run_in_the_background() -> None:
    async with returning(max_background_streams=1) as app:
        await app.post(RESPONSES, response(stream=False))
        refused = await (await app.post(RESPONSES, response(stream=False))).returned()
        assert (refused.status, refused.json()["error"]["code"]) == (503, "server_busy")


async def test_a_server_that_shuts_down_says_so_to_all_readers() -> None:
    async with returning() as app:
        first = await app.post(RESPONSES, response())
        await app.play(3)
        await app.scripted.app.close()
        await first.returned()
        assert events_in(first.body)[-1]["code"] == "server_draining"


@both_ways
async def test_a_chat_can_be_resumed_while_it_runs(has_writer: bool) -> None:
    async with returning() as app:
        first = await app.post(CHATS, chat(), has_writer=has_writer)
        await app.play(4)
        first.disconnect()
        await first.returned()
        back = app.follow(f"{CHATS}/chat-1/stream", has_writer=has_writer)
        await finished(app, back)
        assert text_in(back.body) == TEXT
        assert back.body.startswith(first.body)
        assert back.headers["x-vercel-ai-ui-message-stream"] == "v1"


async def test_there_may_be_nothing_to_resume() -> None:
    async with returning() as app:
        nothing = await app.get(f"{CHATS}/chat-1/stream")
        assert (nothing.status, nothing.body, nothing.headers) == (204, b"", {})
        await finished(app, await app.post(CHATS, chat()))
        assert (await app.get(f"{CHATS}/chat-1/stream")).status == 204


async def test_the_latest_answer_of_a_chat_is_resumed() -> None:
    async with returning() as app:
        await finished(app, await app.post(CHATS, chat()))
        second = await app.post(CHATS, chat())
        await app.play(2)
        back = app.follow(f"{CHATS}/chat-1/stream")
        await finished(app, second)
        assert (await back.returned()).body == second.body


async def test_a_chat_that_nobody_comes_back_to_is_stopped() -> None:
    async with returning(resume_grace_s=3) as app:
        first = await app.post(CHATS, chat())
        await app.play(2)
        first.disconnect()
        await first.returned()
        await app.play(2)
        assert app.scripted.upstream.actions == []
        await app.play(1)
        assert app.scripted.upstream.actions == ["abort"]
        assert (await app.get(f"{CHATS}/chat-1/stream")).status == 204


async def test_a_response_that_is_kept_for_its_reader_alone_has_no_place_among_those_in_the_background() -> None:
    async with returning() as app:
        await app.post(RESPONSES, response(background=False))
        await app.play(2)
        assert (await app.get(f"{RESPONSES}/{ID}")).status == 404


async def test_a_chat_whose_page_did_not_ask_for_it_stops_with_its_reader() -> None:
    async with returning() as app:
        first = await app.post(CHATS, chat(), is_resumable=False)
        await app.play(2)
        first.disconnect()
        await first.returned()
        assert app.scripted.upstream.is_aborted
