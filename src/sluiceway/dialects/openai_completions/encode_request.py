"""The canonical request → a legacy Completions body.

A request that came in this dialect leaves as the body it came as; only ``model``, ``stream`` and ``stream_options``
are set where they differ. Any other is built from the canonical fields, and from this dialect's extras. A streaming
upstream is always asked for usage.

What can be a prompt: one user's text, with texts of the system before it, a blank line between each. A conversation
of several turns would need the model's own template, which is not known here, so it is refused.

Source: OpenAI's API reference, "Create completion" (August 2026).
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from sluiceway.dialects.openai_api.edit_body import edit_body
from sluiceway.dialects.openai_completions.shapes import NAME
from sluiceway.errors import UnsupportedFeature
from sluiceway.request import Message, Request, ResponseFormat, ResponseFormatKind, Role, TextPart

__all__ = ["encode_request"]

_json = msgspec.json.encode
_PROMPTS = frozenset({"prompt", "prompt_embeds"})
_SYSTEM = (Role.SYSTEM, Role.DEVELOPER)
_BETWEEN_TEXTS = "\n\n"


def encode_request(request: Request) -> bytes:
    """Return the body that asks an upstream for it.

    Raises:
        UnsupportedFeature: the conversation is more than one user's text.
    """
    if request.dialect == NAME and request.body:
        return edit_body(request, asks_for_usage=True)
    return _json(_build(request))


def _build(request: Request) -> dict[str, object]:
    extras = request.extras.get(NAME, {})
    body: dict[str, object] = {"model": request.model}
    if request.messages or not _PROMPTS & extras.keys():
        body["prompt"] = _encode_prompt(request.messages)
    if request.stream:
        body |= {"stream": True, "stream_options": {"include_usage": True}}
    optional: dict[str, object] = {
        "response_format": _encode_format(request.response_format),
        "max_tokens": request.max_output_tokens,
        "temperature": request.temperature,
        "top_p": request.top_p,
        "top_k": request.top_k,
        "stop": request.stop or None,
        "seed": request.seed,
        "n": request.n if request.n != 1 else None,
        "logprobs": (request.top_logprobs or 0) if request.logprobs else None,
        "frequency_penalty": request.frequency_penalty,
        "presence_penalty": request.presence_penalty,
    }
    return {**extras, **body, **{name: value for name, value in optional.items() if value is not None}}


def _encode_prompt(messages: list[Message]) -> str:
    texts: list[str] = []
    for index, message in enumerate(messages, start=1):
        field = f"messages[{index - 1}]"
        if message.role is not Role.USER if index == len(messages) else message.role not in _SYSTEM:
            raise _refused(field)
        texts.append("".join(_texts(message, field)))
    if not texts:
        raise _refused("messages")
    return _BETWEEN_TEXTS.join(text for text in texts if text)


def _texts(message: Message, field: str) -> Iterator[str]:
    for part in message.parts:
        if not isinstance(part, TextPart):
            raise _refused(field)
        yield part.text


def _refused(field: str) -> UnsupportedFeature:
    return UnsupportedFeature(
        "The model completes a text: it takes one user message of text, with system messages before it.", field=field
    )


def _encode_format(form: ResponseFormat | None) -> dict[str, object] | None:
    if form is None:
        return None
    if form.kind is not ResponseFormatKind.JSON_SCHEMA:
        return {"type": form.kind.value}
    known = {"name": form.name, "schema": form.schema, "description": form.description, "strict": form.strict}
    return {
        "type": form.kind.value,
        "json_schema": {name: value for name, value in known.items() if value is not None},
    }
