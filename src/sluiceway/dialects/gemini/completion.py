"""A finished answer → one GenerateContentResponse, for a request that did not stream.

Source: Google's API reference, "generateContent" (August 2026). What cannot be said is the same as in a stream, see
`sluiceway.dialects.gemini.chunks`; vendor-only data of several blocks is gathered in the candidate it belongs to.
"""

from __future__ import annotations

from typing import assert_never

import msgspec

from sluiceway.dialects.base import EncodeOptions
from sluiceway.dialects.gemini.chunks import encode_candidate, encode_end, encode_head
from sluiceway.dialects.gemini.logprobs import encode_logprobs
from sluiceway.dialects.gemini.parts import SIGNATURE, encode_call, encode_text, own_extras
from sluiceway.dialects.gemini.shapes import WIRE_JSON
from sluiceway.dialects.whole import WholeEncoder
from sluiceway.events import BlockKind, ChoiceEnd
from sluiceway.fold import Block, Choice, Completion
from sluiceway.usage import FinishReason, Stop

__all__ = ["encode_completion", "unary_encoder"]


def unary_encoder(options: EncodeOptions) -> WholeEncoder:
    """Return the encoder for one reader who wants the answer whole."""
    return WholeEncoder(lambda completion: msgspec.json.encode(encode_completion(completion, options)), WIRE_JSON)


def encode_completion(completion: Completion, options: EncodeOptions) -> dict[str, object]:
    """Return the response object of a finished answer."""
    ends = [_end(choice) for choice in completion.choices]
    body = encode_end(ends, completion.usage)
    told = {choice.index: _content(choice) for choice in completion.choices}
    candidates = body.get("candidates")
    if isinstance(candidates, list):
        body["candidates"] = [{**candidate, **told[candidate["index"]]} for candidate in candidates]
    return {**body, **encode_head(completion.start, options)}


def _end(choice: Choice) -> ChoiceEnd:
    return ChoiceEnd(choice.index, choice.reason or FinishReason(Stop.OTHER), choice.extras)


def _content(choice: Choice) -> dict[str, object]:
    """Return what a candidate says, beside its end."""
    fields: dict[str, object] = {}
    parts: list[dict[str, object]] = []
    for block in choice.blocks:
        parts += _parts(block)
        for extras in block.extras:
            fields |= {name: value for name, value in own_extras(extras).items() if name != SIGNATURE}
    tokens = [token for block in choice.blocks for token in block.logprobs or ()]
    if tokens:
        fields["logprobsResult"] = encode_logprobs(tokens)
    return {**fields, **encode_candidate(choice.index, parts)}


def _parts(block: Block) -> list[dict[str, object]]:
    start = block.start
    match start.kind:
        case BlockKind.TEXT | BlockKind.REFUSAL:
            found = [own_extras(extras).get(SIGNATURE) for extras in block.extras]
            signatures = [signature for signature in found if signature]
            first, *others = signatures or [None]
            parts = [encode_text(start.kind, block.text, first)] if block.text or first or block.logprobs else []
            return parts + [encode_text(start.kind, "", other) for other in others]
        case BlockKind.REASONING:
            is_said = block.text or block.signature
            return [encode_text(start.kind, block.text, block.signature)] if is_said else []
        case BlockKind.TOOL:
            return [encode_call(start, block.text)]
        case BlockKind.VENDOR:
            record = own_extras(start.extras)
            return [record] if record else []
        case _:
            assert_never(start.kind)
