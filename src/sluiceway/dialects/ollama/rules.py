"""What Ollama's chats cannot say of a request, and how they spell what they can.

Source: Ollama's API reference, "Generate a chat completion" (August 2026).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sluiceway.features import Rule

__all__ = ["RULES", "SPELLING"]

RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "n": Rule.REFUSE,
        # A model can be offered tools or not, but not made to call one.
        "tool_choice.required": Rule.REFUSE,
        "custom_tools": Rule.REFUSE,
        "parallel_tool_calls": Rule.DROP,
        "tools.strict": Rule.DROP,
        "response_format.description": Rule.DROP,
        # ``think`` takes a level, and no number of tokens.
        "reasoning_budget_tokens": Rule.DROP,
        # What is thought is told.
        "include_reasoning.off": Rule.DROP,
        "messages.name": Rule.DROP,
        "messages.image.detail": Rule.DROP,
        "messages.reasoning.signature": Rule.DROP,
        "messages.is_error": Rule.DROP,
        # Only Anthropic is told where to cache.
        "messages.cache_control": Rule.DROP,
        "tools.cache_control": Rule.DROP,
        # Only Gemini's model can check it.
        "messages.signature": Rule.DROP,
        "messages.audio": Rule.REFUSE,
        "messages.file": Rule.REFUSE,
    }
)
"""Features that are left out or refused."""

SPELLING: Mapping[str, str] = MappingProxyType(
    {
        "max_output_tokens": "options.num_predict",
        "temperature": "options.temperature",
        "top_p": "options.top_p",
        "top_k": "options.top_k",
        "stop": "options.stop",
        "seed": "options.seed",
        "frequency_penalty": "options.frequency_penalty",
        "presence_penalty": "options.presence_penalty",
        "response_format.json_object": "format",
        "response_format.json_schema": "format",
        "reasoning_effort": "think",
        "include_reasoning": "think",
    }
)
"""Its words for features, where they differ."""
