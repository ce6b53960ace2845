"""A finished answer → one JSON body, for a request that did not stream.

Source: Ollama's API reference, "Request (No streaming)" (August 2026): the last line of a stream, with all that was
said before it.
"""

from __future__ import annotations

import msgspec

from sluiceway.dialects.base import EncodeOptions
from sluiceway.dialects.ollama.ending import encode_ending
from sluiceway.dialects.ollama.lines import broken_call, encode_call, encode_head, encode_said, is_cut
from sluiceway.dialects.ollama.logprobs import encode_logprobs
from sluiceway.dialects.ollama.shapes import NAME, Form
from sluiceway.dialects.whole import WholeEncoder
from sluiceway.events import BlockKind, ChoiceEnd
from sluiceway.fold import Block, Choice, Completion
from sluiceway.usage import FinishReason, Stop

__all__ = ["encode_completion", "unary_encoder"]

_SPOKEN = frozenset({BlockKind.TEXT, BlockKind.REFUSAL})
_THOUGHT = frozenset({BlockKind.REASONING})


def unary_encoder(form: Form, options: EncodeOptions) -> WholeEncoder:
    """Return the encoder for one reader who wants the answer whole."""
    return WholeEncoder(
        lambda completion: msgspec.json.encode(encode_completion(completion, form, options)), form.wire_json
    )


def encode_completion(completion: Completion, form: Form, options: EncodeOptions) -> dict[str, object]:
    """Return the body of a finished answer.

    Raises:
        RemoteProtocolError: it holds a tool call that cannot be said.
    """
    choice = next((choice for choice in completion.choices if choice.index == 0), Choice(0))
    reason = choice.reason or FinishReason(Stop.OTHER)
    blocks = choice.blocks
    thinking = _joined(blocks, _THOUGHT)
    calls = _calls(blocks, reason)
    said: dict[str, object] = {"content": _joined(blocks, _SPOKEN)}
    said |= {"thinking": thinking} if thinking else {}
    said |= {"tool_calls": calls} if calls else {}
    ending = encode_ending(ChoiceEnd(0, reason, choice.extras), completion.usage)
    head = encode_head(completion.start, options)
    return {**head, **encode_said(form, said), **_beside(choice), **ending}


def _joined(blocks: list[Block], kinds: frozenset[BlockKind]) -> str:
    return "".join(block.text for block in blocks if block.start.kind in kinds)


def _calls(blocks: list[Block], reason: FinishReason) -> list[object]:
    calls: list[object] = []
    for block in blocks:
        if block.start.kind is not BlockKind.TOOL:
            continue
        call = encode_call(block.start, block.text, len(calls))
        if call is not None:
            calls.append(call)
        elif not is_cut(reason):
            raise broken_call(block.start.tool_name)
    return calls


def _beside(choice: Choice) -> dict[str, object]:
    """Return what stands beside the message: log probabilities, and an image."""
    logprobs: list[object] = []
    beside: dict[str, object] = {}
    for block in choice.blocks:
        logprobs += encode_logprobs(block.logprobs or ())
        for extras in block.extras:
            kept = extras.get(NAME, {}).get("logprobs")
            logprobs += kept if isinstance(kept, list) else []
        image = block.start.extras.get(NAME, {}).get("image")
        if image:
            beside["image"] = image
    return {**beside, **({"logprobs": logprobs} if logprobs else {})}
