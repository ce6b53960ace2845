"""Ollama's request bodies → the canonical request; a prompt becomes a chat of one turn.

What has no canonical place is kept as extras (``keep_alive``, ``options.num_ctx``, …), or is a demand where the
answer would mean something else without it: text to be continued rather than answered (``raw``, ``template``,
``context``, ``suffix``), images to be drawn. A request without messages or prompt asks to load the model or to unload
it, which only an Ollama upstream can do; see `sluiceway.dialects.ollama.load`.

Source: Ollama's API reference, "Generate a completion" and "Generate a chat completion" (August 2026). A stream is
what is asked for unless ``stream`` says otherwise, and counts and durations are always told.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

import msgspec

from sluiceway.dialects.ollama.request_errors import invalid, missing, unreadable
from sluiceway.dialects.ollama.request_messages import decode_content, decode_messages
from sluiceway.dialects.ollama.request_shapes import (
    BodyShape,
    ChatShape,
    GenerateShape,
    OptionsShape,
    ToolShape,
)
from sluiceway.dialects.ollama.shapes import NAME
from sluiceway.request import Message, Request, ResponseFormat, ResponseFormatKind, Role, TextPart, Tool

__all__ = ["decode_chat", "decode_generate"]

_CHAT = msgspec.json.Decoder(ChatShape)
_GENERATE = msgspec.json.Decoder(GenerateShape)
_FIELDS = msgspec.json.Decoder(dict[str, object])

# What changes what the answer is, and not only how it is made.
_DEMANDS = ("suffix", "template", "raw", "context", "width", "height", "steps", "_debug_render_only")

S = TypeVar("S", bound=BodyShape)


def decode_chat(body: bytes) -> Request:
    """Return the request that a body of ``/api/chat`` asks for.

    Raises:
        RequestError: the body is not JSON, or a field is missing or wrong; it names the field.
    """
    shape, extras = _decode(body, _CHAT.decode)
    messages = decode_messages(shape.messages or ())
    tools = [_decode_tool(tool) for tool in shape.tools or ()]
    return _request(shape, extras, body, messages=messages, tools=tools, load="" if messages else "messages")


def decode_generate(body: bytes) -> Request:
    """Return the request that a body of ``/api/generate`` asks for.

    Raises:
        RequestError: the body is not JSON, or a field is missing or wrong; it names the field.
    """
    shape, extras = _decode(body, _GENERATE.decode)
    messages = [Message(Role.SYSTEM, [TextPart(shape.system)])] if shape.system else []
    content = decode_content(shape.prompt, shape.images)
    if content:
        messages.append(Message(Role.USER, [*content]))
    return _request(shape, extras, body, messages=messages, tools=[], load="" if content else "prompt")


def _decode(body: bytes, decode: Callable[[bytes], S]) -> tuple[S, dict[str, object]]:
    """Return what is known of a body, and the fields that are not known; all of it was read, down to the last."""
    try:
        shape = decode(body)
        fields = _FIELDS.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise unreadable(error) from None
    if not shape.model:
        raise missing("model")
    extras = _unknown(fields, shape)
    options = fields.get("options")
    if isinstance(options, dict):
        extras |= {f"options.{name}": value for name, value in _unknown(options, shape.options).items()}
    return shape, extras


def _unknown(fields: Mapping[str, object], shape: BodyShape | OptionsShape | None) -> dict[str, object]:
    known = shape.__struct_fields__ if shape is not None else ()
    return {name: value for name, value in fields.items() if name not in known and value is not None}


def _request(
    shape: BodyShape,
    extras: dict[str, object],
    body: bytes,
    *,
    messages: list[Message],
    tools: list[Tool],
    load: str,
) -> Request:
    options = shape.options or OptionsShape()
    stop = options.stop
    demands = [name for name in _DEMANDS if extras.pop(name, None)]
    return Request(
        model=shape.model,
        messages=messages,
        stream=shape.stream is not False,
        tools=tools,
        response_format=_decode_format(shape.format),
        # -1 and -2 mean as many as there is room for.
        max_output_tokens=_whole(options.num_predict) if (options.num_predict or 0) > 0 else None,
        temperature=options.temperature,
        top_p=options.top_p,
        top_k=_whole(options.top_k),
        stop=[stop] if isinstance(stop, str) else stop or [],
        seed=_whole(options.seed),
        logprobs=bool(shape.logprobs),
        top_logprobs=shape.top_logprobs,
        frequency_penalty=options.frequency_penalty,
        presence_penalty=options.presence_penalty,
        reasoning_effort=_decode_effort(think=shape.think),
        include_reasoning=True if shape.think is True else None,
        include_usage=True,
        extras={NAME: extras} if extras else {},
        demands=[*demands, load] if load else demands,
        dialect=NAME,
        body=body,
    )


def _whole(number: float | None) -> int | None:
    return None if number is None else int(number)


def _decode_effort(*, think: bool | str | None) -> str | None:
    """Return the word for how much to think; ``true`` leaves that to the model."""
    if think is False:
        return "none"
    return think or None if isinstance(think, str) else None


def _decode_format(form: str | dict[str, object] | None) -> ResponseFormat | None:
    if isinstance(form, dict):
        return ResponseFormat(ResponseFormatKind.JSON_SCHEMA, schema=form)
    if not form:
        return None
    if form != "json":
        raise invalid("format", 'expected "json" or a JSON schema')
    return ResponseFormat(ResponseFormatKind.JSON_OBJECT)


def _decode_tool(shape: ToolShape) -> Tool:
    function = shape.function
    schema: dict[str, object] = {"type": "object", "properties": {}}
    return Tool(function.name, function.description, schema if function.parameters is None else function.parameters)
