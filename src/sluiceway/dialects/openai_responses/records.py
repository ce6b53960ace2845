"""What stands in the records of finished items: their texts, and what only this vendor knows of them.

Records are read leniently: what is missing or of another type says nothing.
Source: OpenAI's API reference, "The response object", "output" (August 2026).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

import msgspec

from sluiceway.dialects.openai_responses.shapes import TokenShape
from sluiceway.events import TokenLogprob

__all__ = ["decode_tokens", "extras_of", "find_text", "find_word", "records_in"]

# What events tell, and extras need not.
_TOLD: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "message": frozenset({"type", "status", "role", "content"}),
        "reasoning": frozenset({"type", "status", "summary", "content", "encrypted_content"}),
        "function_call": frozenset({"type", "status", "call_id", "name", "arguments"}),
        "custom_tool_call": frozenset({"status", "call_id", "name", "input"}),
    }
)

_TOKENS = msgspec.json.Decoder(list[TokenShape])


def extras_of(kind: str, index: int, record: dict[str, object]) -> dict[str, object]:
    """Return what only this vendor knows of an item: of its own kinds of item, everything."""
    told = _TOLD.get(kind)
    if told is None:
        return {"output_index": index, "item": record}
    return {"output_index": index, **{name: value for name, value in record.items() if name not in told}}


def find_word(record: Mapping[str, object], name: str) -> str:
    """Return a field of text, empty when it is none."""
    value = record.get(name)
    return value if isinstance(value, str) else ""


def find_text(part: Mapping[str, object]) -> str:
    """Return the text of a part of a message or of reasoning."""
    return find_word(part, "refusal" if part.get("type") == "refusal" else "text")


def records_in(record: Mapping[str, object], name: str) -> Iterator[dict[str, object]]:
    """Give the objects in a field that is a list."""
    values = record.get(name)
    return (value for value in (values if isinstance(values, list) else ()) if isinstance(value, dict))


def decode_tokens(record: object) -> list[TokenLogprob] | None:
    """Return the log probabilities of a text, or None when there are none.

    Raises:
        msgspec.DecodeError: they have another shape.
    """
    if not record:
        return None
    if isinstance(record, msgspec.Raw):
        return [_token(shape) for shape in _TOKENS.decode(record)]
    return [_token(shape) for shape in msgspec.convert(record, list[TokenShape])]


def _token(shape: TokenShape) -> TokenLogprob:
    top = [TokenLogprob(token.token, token.logprob, token.bytes) for token in shape.top_logprobs or ()]
    return TokenLogprob(shape.token, shape.logprob, shape.bytes, top)
