"""A legacy Completions request body → the canonical request.

A prompt of one text is one user's message. Several prompts, prompts of tokens, and what else asks for another answer
than the text that follows (``echo``, ``suffix``, …) are demands: only an upstream of this dialect gets them, in the
body as it came. OpenAI's default of 16 tokens is not written down here: no ``max_tokens`` means the upstream's own.

Source: OpenAI's API reference, "Create completion" (August 2026), and vLLM's additions.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from sluiceway.dialects.openai_api.request_errors import missing, unreadable
from sluiceway.dialects.openai_completions.shapes import NAME
from sluiceway.dialects.strays import known
from sluiceway.errors import RequestError
from sluiceway.request import Message, Request, ResponseFormat, ResponseFormatKind, Role, TextPart

__all__ = ["KNOWN", "decode_request"]

_Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]


class _StreamOptions(msgspec.Struct):
    include_usage: bool | None = None


class _Schema(msgspec.Struct):
    name: str = ""
    schema: dict[str, object] | None = None
    description: str | None = None
    strict: bool | None = None


class _Format(msgspec.Struct):
    """vLLM's; kinds that are not listed are its own."""

    type: str
    json_schema: _Schema | None = None


class _Body(msgspec.Struct):
    model: str
    prompt: str | list[str | int | list[int]] | None = None
    stream: bool | None = None
    stream_options: _StreamOptions | None = None
    max_tokens: _Count | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: Annotated[int, msgspec.Meta(ge=-1, le=2**53)] | None = None
    stop: str | list[str] | None = None
    seed: Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)] | None = None
    n: Annotated[int, msgspec.Meta(ge=1, le=128)] | None = None
    logprobs: Annotated[int, msgspec.Meta(ge=-1, le=2**31)] | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    response_format: _Format | None = None


KNOWN = known(_Body)
"""What is read of a body; see `sluiceway.dialects.strays`."""

_BODY = msgspec.json.Decoder(_Body)
_FIELDS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_KNOWN_FIELDS = frozenset(_Body.__struct_fields__)
_FORMATS = frozenset(kind.value for kind in ResponseFormatKind)

# What asks for another answer than the text that follows the prompt, or for a text of another form.
_DEMANDS = (
    "prompt",
    "response_format",
    "echo",
    "suffix",
    "logit_bias",
    "allowed_token_ids",
    "prompt_embeds",
    "prompt_logprobs",
    "structured_outputs",
    "guided_json",
    "guided_regex",
    "guided_choice",
    "guided_grammar",
    "grammar",
    "json_schema",
)


def decode_request(body: bytes) -> Request:
    """Return the request a body asks for.

    Raises:
        RequestError: the body is not JSON, or a field is missing or wrong; it names the field.
    """
    try:
        shape = _BODY.decode(body)
        extras = _decode_extras(body, shape)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise unreadable(error) from None
    if not shape.model:
        raise missing("model")
    return Request(
        model=shape.model,
        messages=_decode_prompt(shape, extras),
        stream=bool(shape.stream),
        response_format=_decode_format(shape.response_format),
        max_output_tokens=shape.max_tokens,
        temperature=shape.temperature,
        top_p=shape.top_p,
        top_k=shape.top_k,
        stop=[shape.stop] if isinstance(shape.stop, str) else shape.stop or [],
        seed=shape.seed,
        n=shape.n or 1,
        logprobs=shape.logprobs is not None,
        top_logprobs=shape.logprobs,
        frequency_penalty=shape.frequency_penalty,
        presence_penalty=shape.presence_penalty,
        include_usage=bool(shape.stream_options and shape.stream_options.include_usage),
        extras={NAME: extras} if extras else {},
        demands=[name for name in _DEMANDS if extras.get(name)],
        dialect=NAME,
        body=body,
    )


def _decode_extras(body: bytes, shape: _Body) -> dict[str, object]:
    """Return what has no canonical place: other fields, and values with which a known one is no text."""
    fields = _FIELDS.decode(body)
    names = fields.keys() - _KNOWN_FIELDS
    if isinstance(shape.prompt, list) and _single_text(shape.prompt) is None:
        names.add("prompt")
    if shape.response_format is not None and shape.response_format.type not in _FORMATS:
        names.add("response_format")
    return {name: msgspec.json.decode(fields[name]) for name in sorted(names)}


def _decode_prompt(shape: _Body, extras: dict[str, object]) -> list[Message]:
    """Return the message that a prompt of one text is; other prompts are none."""
    prompt = shape.prompt
    if prompt is None and "prompt_embeds" not in extras:
        raise missing("prompt")
    if prompt == []:
        raise RequestError("Invalid 'prompt': empty array, expected at least one prompt.", field="prompt")
    text = _single_text(prompt) if isinstance(prompt, list) else prompt
    return [] if text is None else [Message(Role.USER, [TextPart(text)])]


def _single_text(prompts: list[str | int | list[int]]) -> str | None:
    # "prompt":["Say this is a test"]
    first = prompts[0] if len(prompts) == 1 else None
    return first if isinstance(first, str) else None


def _decode_format(shape: _Format | None) -> ResponseFormat | None:
    if shape is None or shape.type not in _FORMATS:
        return None
    kind = ResponseFormatKind(shape.type)
    if kind is not ResponseFormatKind.JSON_SCHEMA:
        return ResponseFormat(kind)
    schema = shape.json_schema
    if schema is None:
        raise missing("response_format.json_schema")
    return ResponseFormat(kind, schema.name, schema.schema, schema.description, schema.strict)
