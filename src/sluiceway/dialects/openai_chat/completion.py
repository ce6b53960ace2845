"""A finished answer → one chat completion object, for a request that did not stream.

Source: OpenAI's API reference, "chat completion object" (August 2026).
"""

from __future__ import annotations

import msgspec

from sluiceway.dialects.base import EncodeOptions
from sluiceway.dialects.openai_api.start import encode_start
from sluiceway.dialects.openai_api.usage import encode_usage
from sluiceway.dialects.openai_chat.chunks import encode_logprobs, is_custom_call
from sluiceway.dialects.openai_chat.finish_reason import encode_finish_reason
from sluiceway.dialects.openai_chat.shapes import NAME
from sluiceway.dialects.openai_chat.unary import WIRE_JSON
from sluiceway.dialects.whole import WholeEncoder
from sluiceway.events import BlockKind
from sluiceway.fold import Block, Choice, Completion
from sluiceway.usage import FinishReason, Stop

__all__ = ["encode_completion", "unary_encoder"]


def unary_encoder(options: EncodeOptions, custom_names: frozenset[str] = frozenset()) -> WholeEncoder:
    """Return the encoder for one reader who wants the answer whole."""
    return WholeEncoder(
        lambda completion: msgspec.json.encode(encode_completion(completion, options, custom_names)), WIRE_JSON
    )


def encode_completion(
    completion: Completion, options: EncodeOptions, custom_names: frozenset[str] = frozenset()
) -> dict[str, object]:
    """Return the chat completion object of a finished answer; ``custom_names`` are those of custom tools."""
    body = encode_start(completion.start, options, NAME, "chat.completion")
    body["choices"] = [_choice(choice, custom_names) for choice in completion.choices]
    if completion.usage is not None:
        body["usage"] = encode_usage(completion.usage)
    return body


def _choice(choice: Choice, custom_names: frozenset[str]) -> dict[str, object]:
    return {
        "index": choice.index,
        "message": _message(choice.blocks, custom_names),
        "logprobs": _logprobs(choice.blocks),
        "finish_reason": encode_finish_reason(choice.reason or FinishReason(Stop.OTHER)),
    }


def _message(blocks: list[Block], custom_names: frozenset[str]) -> dict[str, object]:
    calls = [_call(block, custom_names) for block in blocks if block.start.kind is BlockKind.TOOL]
    reasoning = _joined(blocks, BlockKind.REASONING)
    refusal = _joined(blocks, BlockKind.REFUSAL)
    text = _joined(blocks, BlockKind.TEXT)
    if text is None and not calls and refusal is None:
        text = ""
    message: dict[str, object] = {"role": "assistant", "content": text, "refusal": refusal}
    if reasoning is not None:
        message["reasoning_content"] = reasoning
    if calls:
        message["tool_calls"] = calls
    return message


def _joined(blocks: list[Block], kind: BlockKind) -> str | None:
    texts = [block.text for block in blocks if block.start.kind is kind]
    return "".join(texts) if texts else None


def _call(block: Block, custom_names: frozenset[str]) -> dict[str, object]:
    start = block.start
    if is_custom_call(start, custom_names):
        return {"id": start.tool_id, "type": "custom", "custom": {"name": start.tool_name, "input": block.text}}
    function = {"name": start.tool_name, "arguments": block.text}
    return {"id": start.tool_id, "type": "function", "function": function}


def _logprobs(blocks: list[Block]) -> dict[str, object] | None:
    merged: dict[str, object] | None = None
    for kind, name in ((BlockKind.TEXT, "content"), (BlockKind.REFUSAL, "refusal")):
        tokens = [token for block in blocks if block.start.kind is kind for token in block.logprobs or ()]
        found = encode_logprobs(kind, tokens or None)
        if found is not None:
            merged = {**(merged or {"content": None, "refusal": None}), name: found[name]}
    return merged
