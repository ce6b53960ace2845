"""A finished answer → one legacy completion object, for a request that did not stream.

Source: OpenAI's API reference, "completion object" (August 2026).
"""

from __future__ import annotations

import msgspec

from sluiceway.dialects.base import EncodeOptions
from sluiceway.dialects.openai_api.start import encode_start
from sluiceway.dialects.openai_api.usage import encode_usage
from sluiceway.dialects.openai_completions.chunks import TEXT_KINDS
from sluiceway.dialects.openai_completions.logprobs import encode_logprobs
from sluiceway.dialects.openai_completions.shapes import NAME, OBJECT, WIRE_JSON
from sluiceway.dialects.openai_completions.usage import encode_finish_reason
from sluiceway.dialects.whole import WholeEncoder
from sluiceway.fold import Choice, Completion
from sluiceway.usage import FinishReason, Stop

__all__ = ["encode_completion", "unary_encoder"]


def unary_encoder(options: EncodeOptions) -> WholeEncoder:
    """Return the encoder for one reader who wants the answer whole."""
    return WholeEncoder(lambda completion: msgspec.json.encode(encode_completion(completion, options)), WIRE_JSON)


def encode_completion(completion: Completion, options: EncodeOptions) -> dict[str, object]:
    """Return the completion object of a finished answer."""
    body = encode_start(completion.start, options, NAME, OBJECT)
    body["choices"] = [_choice(choice) for choice in completion.choices]
    if completion.usage is not None:
        body["usage"] = encode_usage(completion.usage)
    return body


def _choice(choice: Choice) -> dict[str, object]:
    blocks = [block for block in choice.blocks if block.start.kind in TEXT_KINDS]
    tokens = [token for block in blocks for token in block.logprobs or ()]
    return {
        "index": choice.index,
        "text": "".join(block.text for block in blocks),
        "logprobs": encode_logprobs(tokens or None, 0),
        "finish_reason": encode_finish_reason(choice.reason or FinishReason(Stop.OTHER)),
        **choice.extras.get(NAME, {}),
    }
