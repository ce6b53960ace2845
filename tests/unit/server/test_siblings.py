"""Several processes of one server answer as one."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

import msgspec
import pytest
from support.siblings import service_with

from sluiceway.metering.timeline import Timeline
from sluiceway.metering.totals import Labels
from sluiceway.server.siblings import Siblings
from sluiceway.usage import Usage


async def test_a_process_that_is_alone_tells_of_itself() -> None:
    siblings = Siblings(service_with("gen-1"))
    async with siblings.answering():
        assert [record.id for record in await siblings.list_streams()] == ["gen-1"]


async def test_live_streams_of_all_processes_are_listed(tmp_path: Path) -> None:
    ours = Siblings(service_with("gen-1"), tmp_path, "a.sock")
    theirs = Siblings(service_with("gen-2"), tmp_path, "b.sock")
    async with ours.answering(), theirs.answering():
        assert [record.id for record in await ours.list_streams()] == ["gen-1", "gen-2"]


async def test_a_stream_is_stopped_in_whichever_process_it_lives(tmp_path: Path) -> None:
    service = service_with("gen-2")
    ours = Siblings(service_with("gen-1"), tmp_path, "a.sock")
    theirs = Siblings(service, tmp_path, "b.sock")
    async with ours.answering(), theirs.answering():
        record = await ours.stop_stream("gen-2")
    assert record is not None
    assert record.stopped
    assert service.live["gen-2"].ending is not None


async def test_a_stream_that_lives_nowhere_is_not_stopped(tmp_path: Path) -> None:
    siblings = Siblings(service_with("gen-1"), tmp_path, "a.sock")
    async with siblings.answering():
        assert await siblings.stop_stream("gen-9") is None


async def test_totals_add_up(tmp_path: Path) -> None:
    one, two = service_with("gen-1"), service_with("gen-2")
    labels = Labels("upstream", "openai_chat")
    for service in (one, two):
        timeline = Timeline(0.0)
        timeline.delivered(3, 1.0)
        service.totals.of(labels).observe(timeline, Usage(input_tokens=2, output_tokens=3), "complete")
    ours, theirs = Siblings(one, tmp_path, "a.sock"), Siblings(two, tmp_path, "b.sock")
    async with ours.answering(), theirs.answering():
        totals, open_streams = await ours.totals()
    series = totals.series[labels]
    assert (series.input_tokens, series.output_tokens, series.ends) == (4, 6, {"complete": 2})
    assert (sum(series.ttft_s.counts), sum(series.itl_s.counts), open_streams) == (2, 4, 2)


async def test_a_process_that_is_gone_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "gone.sock").touch()
    siblings = Siblings(service_with("gen-1"), tmp_path, "a.sock")
    async with siblings.answering():
        assert len(await siblings.list_streams()) == 1


@pytest.mark.parametrize("said", [b"junk\n", b"", b'{"what":"else"}\n'])
async def test_a_question_that_is_none_gets_no_answer(tmp_path: Path, said: bytes) -> None:
    siblings = Siblings(service_with("gen-1"), tmp_path, "a.sock")
    async with siblings.answering():
        reader, writer = await asyncio.open_unix_connection(tmp_path / "a.sock")
        with contextlib.closing(writer):
            writer.write(said)
            writer.write_eof()
            assert await reader.read() == b""


async def test_the_socket_is_gone_afterwards(tmp_path: Path) -> None:
    siblings = Siblings(service_with("gen-1"), tmp_path, "a.sock")
    async with siblings.answering():
        assert msgspec.json.encode(await siblings.list_streams())
    assert not (tmp_path / "a.sock").exists()
