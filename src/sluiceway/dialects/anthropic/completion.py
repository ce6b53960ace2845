"""A finished answer → one message object, for a request that did not stream.

Source: Anthropic's API reference, "Create a message" (August 2026).
"""

from __future__ import annotations

import msgspec

from sluiceway.dialects.anthropic.content import encode_block
from sluiceway.dialects.anthropic.payloads import encode_ending, encode_message_start
from sluiceway.dialects.anthropic.shapes import WIRE_JSON
from sluiceway.dialects.anthropic.usage import encode_whole_usage
from sluiceway.dialects.base import EncodeOptions
from sluiceway.dialects.whole import WholeEncoder
from sluiceway.events import ChoiceEnd
from sluiceway.fold import Choice, Completion
from sluiceway.usage import FinishReason, Stop

__all__ = ["encode_completion", "unary_encoder"]


def unary_encoder(options: EncodeOptions) -> WholeEncoder:
    """Return the encoder for one reader who wants the answer whole."""
    return WholeEncoder(lambda completion: msgspec.json.encode(encode_completion(completion, options)), WIRE_JSON)


def encode_completion(completion: Completion, options: EncodeOptions) -> dict[str, object]:
    """Return the message of a finished answer: of its first choice, for there is no place for others."""
    choice = next((choice for choice in completion.choices if choice.index == 0), Choice(0))
    content = [record for block in choice.blocks if (record := encode_block(block)) is not None]
    end = ChoiceEnd(0, choice.reason or FinishReason(Stop.OTHER), choice.extras)
    return {
        **encode_message_start(completion.start, options),
        **_serving_model(content),
        "content": content,
        **encode_ending(end, {block.start.kind for block in choice.blocks}),
        "usage": encode_whole_usage(completion.usage),
    }


def _serving_model(content: list[dict[str, object]]) -> dict[str, object]:
    """Return the model that another one gave way to; a whole message names it alone, a stream begins with the first.

    {"type":"fallback","from":{"model":"a"},"to":{"model":"b"},"trigger":{"type":"refusal","category":null}}
    """
    served: dict[str, object] = {}
    for block in content:
        successor = block.get("to")
        if block.get("type") == "fallback" and isinstance(successor, dict) and "model" in successor:
            served = {"model": successor["model"]}
    return served
