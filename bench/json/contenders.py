"""Who gives a partial value, or what they have instead, each as one function that takes the next delta."""

from collections.abc import Callable
from typing import Any

import ijson  # type: ignore[import-untyped]  # it has no types
import jiter
import msgspec
import partial_json_parser  # type: ignore[import-untyped]  # nor has this
import pydantic_core
from anthropic.lib.streaming._messages import accumulate_event
from anthropic.types import RawMessageStreamEvent
from openai.lib.streaming.chat import ChatCompletionStreamState
from openai.types.chat import ChatCompletionChunk
from pydantic import TypeAdapter

from bench.json.documents import KINDS
from sluiceway.json import JSONFeed

__all__ = ["CONTENDERS", "Contender"]

Push = Callable[[str], object]
Start = Callable[[], Push]


class Contender(msgspec.Struct, frozen=True):
    """One way to a partial value.

    Attributes:
        title: what it is.
        start: begins a text and returns what takes its deltas.
        linear_in: the documents in which a delta costs the same wherever it comes, so that whole texts are measured.
    """

    title: str
    start: Start
    linear_in: tuple[str, ...] = ()


def _feed() -> Push:
    return JSONFeed().push


def _picked() -> Push:
    feed = JSONFeed()
    feed.on("/items/*", lambda _: None)
    return feed.push


def _again(parse: Callable[[str], object]) -> Start:
    def start() -> Push:
        text = ""

        def push(delta: str) -> object:
            nonlocal text
            text += delta
            return parse(text)

        return push

    return start


def _ijson() -> Push:
    events: Any = ijson.sendable_list()
    parser = ijson.parse_coro(events)

    def push(delta: str) -> None:
        parser.send(delta.encode())
        del events[:]

    return push


_STRICT_TOOL: Any = {
    "type": "function",
    "function": {"name": "f", "strict": True, "parameters": {"type": "object", "properties": {}}},
}


def _openai() -> Push:
    state = ChatCompletionStreamState(input_tools=[_STRICT_TOOL])
    state.handle_chunk(_openai_chunk({"index": 0, "id": "c", "type": "function", "function": {"name": "f"}}))

    def push(delta: str) -> object:
        return list(state.handle_chunk(_openai_chunk({"index": 0, "function": {"arguments": delta}})))

    return push


def _openai_chunk(tool_call: dict[str, Any]) -> ChatCompletionChunk:
    choice = {"index": 0, "delta": {"tool_calls": [tool_call]}, "finish_reason": None}
    return ChatCompletionChunk.model_validate(
        {"id": "x", "created": 1, "model": "m", "object": "chat.completion.chunk", "choices": [choice]}
    )


def _anthropic() -> Push:
    events: TypeAdapter[Any] = TypeAdapter(RawMessageStreamEvent)
    message: dict[str, Any] = {
        "id": "m",
        "type": "message",
        "role": "assistant",
        "content": [],
        "model": "m",
        "stop_reason": None,
    }
    message |= {"stop_sequence": None, "usage": {"input_tokens": 1, "output_tokens": 1}}
    buffers: dict[int, bytes] = {}
    block = {"type": "tool_use", "id": "t", "name": "f", "input": {}}
    snapshot: Any = None
    for event in (
        {"type": "message_start", "message": message},
        {"type": "content_block_start", "index": 0, "content_block": block},
    ):
        found = events.validate_python(event)
        snapshot = accumulate_event(event=found, current_snapshot=snapshot, json_bufs=buffers)

    def push(delta: str) -> object:
        part = {"type": "input_json_delta", "partial_json": delta}
        event = events.validate_python({"type": "content_block_delta", "index": 0, "delta": part})
        return accumulate_event(event=event, current_snapshot=snapshot, json_bufs=buffers)

    return push


def _jiter(text: str) -> object:
    return jiter.from_json(text.encode(), partial_mode="trailing-strings")


def _pydantic(text: str) -> object:
    return pydantic_core.from_json(text, allow_partial="trailing-strings")


CONTENDERS = (
    Contender("JSONFeed, every event", _feed, KINDS),
    Contender("JSONFeed, listening to /items/* only", _picked, KINDS),
    Contender("jiter, parsed again", _again(_jiter)),
    Contender("pydantic_core.from_json, parsed again", _again(_pydantic)),
    Contender("partial-json-parser, parsed again", _again(partial_json_parser.loads)),
    Contender("ijson, push (no partial strings)", _ijson, ("mixed",)),
    Contender("openai, stream helper with a strict tool", _openai),
    Contender("anthropic, stream helper with a tool", _anthropic),
)
"""The first is what the others are compared with."""
