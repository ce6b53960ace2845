"""What the Messages API cannot say of a request, and how it spells what it can.

Source: Anthropic's API reference, "Create a message" (August 2026).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sluiceway.features import Rule

__all__ = ["RULES", "SPELLING"]

RULES: Mapping[str, Rule] = MappingProxyType(
    {
        # Tools take JSON.
        "custom_tools": Rule.REFUSE,
        # There is no mode that gives JSON without a schema, and whoever asks for JSON parses what comes.
        "response_format.json_object": Rule.REFUSE,
        "n": Rule.REFUSE,
        "logprobs": Rule.REFUSE,
        "messages.audio": Rule.REFUSE,
        "seed": Rule.DROP,
        "frequency_penalty": Rule.DROP,
        "presence_penalty": Rule.DROP,
        # It refuses both at once.
        "tool_choice.reasoning": Rule.DROP,
        "response_format.description": Rule.DROP,
        "messages.name": Rule.DROP,
        # All of them go before the conversation.
        "messages.place": Rule.DROP,
        "messages.image.detail": Rule.DROP,
        # It goes along with the signature that proves it.
        "messages.reasoning.unsigned": Rule.DROP,
        # Only Gemini's model can check it.
        "messages.signature": Rule.DROP,
    }
)
"""Features that are left out or refused."""

SPELLING: Mapping[str, str] = MappingProxyType(
    {
        "parallel_tool_calls": "tool_choice.disable_parallel_tool_use",
        "response_format.json_schema": "output_config.format",
        "max_output_tokens": "max_tokens",
        "stop": "stop_sequences",
        "reasoning_effort": "output_config.effort",
        "reasoning_budget_tokens": "thinking.budget_tokens",
        "include_reasoning": "thinking.display",
        "include_reasoning.off": "thinking.display",
    }
)
"""Its words for features, where they differ."""
