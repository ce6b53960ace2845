"""What Chat Completions cannot say of a request, and how it spells what it can.

Source: OpenAI's API reference, "Create chat completion" (August 2026).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sluiceway.features import Rule

__all__ = ["RULES", "SPELLING"]

RULES: Mapping[str, Rule] = MappingProxyType(
    {
        # There is no field for it, and ``reasoning_effort`` is another measure.
        "reasoning_budget_tokens": Rule.DROP,
        # Servers that have reasoning to show, show it.
        "include_reasoning": Rule.DROP,
        # No field for it is taken by every server.
        "messages.reasoning": Rule.DROP,
        "messages.is_error": Rule.DROP,
        # Only Anthropic is told where to cache.
        "messages.cache_control": Rule.DROP,
        "tools.cache_control": Rule.DROP,
        # Only Gemini's model can check it.
        "messages.signature": Rule.DROP,
    }
)
"""Features that are left out or refused."""

SPELLING: Mapping[str, str] = MappingProxyType(
    {
        "max_output_tokens": "max_completion_tokens",
        "response_format.description": "response_format.json_schema.description",
    }
)
"""Its words for features, where they differ."""
