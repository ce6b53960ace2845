from __future__ import annotations

import os
import signal

import msgspec
import pytest
from support.llamaserver import busy_slots
from support.wait import until

from sluiceway.dialects.openai_chat.decode_request import decode_request
from sluiceway.engines.llama.engine import LlamaEngine
from sluiceway.engines.llama.options import LlamaOptions
from sluiceway.engines.llama.supervisor import LlamaSupervisor
from sluiceway.errors import EngineUnavailable, LocalProtocolError
from sluiceway.events import StreamEnd, UsageReport
from sluiceway.request import Request
from sluiceway.testing import RecordingSink


def request(content: str = "hello", *, stream: bool = True, max_tokens: int = 4) -> Request:
    """Return a request for exactly ``max_tokens`` tokens."""
    message = {"role": "user", "content": content}
    body = {"model": "tiny", "messages": [message], "max_tokens": max_tokens, "stream": stream, "ignore_eos": True}
    return decode_request(msgspec.json.encode(body))


def supervisor_of(engine: LlamaEngine) -> LlamaSupervisor:
    assert engine.supervisor is not None
    return engine.supervisor


@pytest.mark.parametrize("stream", [True, False])
async def test_it_answers_and_counts_its_tokens(engine: LlamaEngine, *, stream: bool) -> None:
    sink = RecordingSink()
    engine.start(request(stream=stream), sink)
    assert await sink.ended() is None
    [report] = [event for event in sink.events if isinstance(event, UsageReport)]
    assert report.usage.output_tokens == 4
    assert sink.events[-1] == StreamEnd()


async def test_it_names_its_model(engine: LlamaEngine) -> None:
    assert await engine.list_models() == ["tiny"]


async def test_it_is_ready_between_open_and_close(options: LlamaOptions) -> None:
    engine = LlamaEngine(options)
    assert not await engine.is_ready()
    with pytest.raises(LocalProtocolError):
        engine.start(request(), RecordingSink())
    await engine.open()
    assert await engine.is_ready()
    await engine.close()
    await engine.close()
    assert not await engine.is_ready()


async def test_an_engine_elsewhere_uses_the_same_server(engine: LlamaEngine, options: LlamaOptions) -> None:
    other, sink = LlamaEngine(options, supervisor_of(engine).address), RecordingSink()
    await other.open()
    assert other.supervisor is None
    assert await other.is_ready()
    other.start(request(), sink)
    assert await sink.ended() is None
    await other.close()
    assert await engine.is_ready()


@pytest.mark.parametrize("stream", [True, False])
async def test_a_reader_that_leaves_frees_the_slot(engine: LlamaEngine, *, stream: bool) -> None:
    sink = RecordingSink()
    call = engine.start(request(stream=stream, max_tokens=100_000), sink)
    await until(lambda: bool(sink.text))
    assert await busy_slots(supervisor_of(engine).address) == 1
    call.abort()
    await until(lambda: _is_idle(engine))
    assert sink.closings == []


@pytest.mark.parametrize("stream", [True, False])
async def test_a_reader_that_leaves_during_the_prompt_frees_the_slot(engine: LlamaEngine, *, stream: bool) -> None:
    sink = RecordingSink()
    long_prompt = " ".join(f"word{number}" for number in range(900))
    call = engine.start(request(long_prompt, stream=stream, max_tokens=100_000), sink)
    await until(lambda: _is_busy(engine), poll_s=0.001)
    call.abort()
    await until(lambda: _is_idle(engine))
    assert sink.text == ""


async def _is_idle(engine: LlamaEngine) -> bool:
    return await busy_slots(supervisor_of(engine).address) == 0


async def _is_busy(engine: LlamaEngine) -> bool:
    return await busy_slots(supervisor_of(engine).address) > 0


async def test_a_crash_ends_running_answers_with_one_error_and_new_ones_work_again(engine: LlamaEngine) -> None:
    supervisor, broken, after = supervisor_of(engine), RecordingSink(), RecordingSink()
    address = supervisor.address
    engine.start(request(max_tokens=100_000), broken)
    await until(lambda: bool(broken.text))
    assert supervisor.pid is not None
    os.kill(supervisor.pid, signal.SIGKILL)
    assert isinstance(await broken.ended(), EngineUnavailable)
    await until(lambda: not supervisor.is_ready)
    assert not await engine.is_ready()
    await until(lambda: supervisor.is_ready)
    engine.start(request(), after)
    assert await after.ended() is None
    assert (broken.closings[1:], supervisor.address) == ([], address)


async def test_closing_ends_running_answers(options: LlamaOptions) -> None:
    engine, sink = LlamaEngine(options), RecordingSink()
    await engine.open()
    engine.start(request(max_tokens=100_000), sink)
    await until(lambda: bool(sink.text))
    await engine.close()
    assert isinstance(await sink.ended(), EngineUnavailable)
