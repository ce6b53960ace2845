"""How the AI SDK spells what a request may ask for.

Source: vercel/ai, "Settings" of ``streamText`` (August 2026).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["SPELLING"]

SPELLING: Mapping[str, str] = MappingProxyType(
    {
        "tool_choice": "toolChoice",
        "tool_choice.required": "toolChoice",
        "tool_choice.names": "toolChoice",
        "max_output_tokens": "maxOutputTokens",
        "top_p": "topP",
        "top_k": "topK",
        "stop": "stopSequences",
        "frequency_penalty": "frequencyPenalty",
        "presence_penalty": "presencePenalty",
        "reasoning_effort": "reasoningEffort",
    }
)
"""Its words for features, where they differ."""
