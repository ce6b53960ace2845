"""What Responses cannot say of a request, and how it spells what it can.

Source: OpenAI's API reference, "Create a model response" (August 2026).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sluiceway.features import Rule

__all__ = ["RULES", "SPELLING"]

RULES: Mapping[str, Rule] = MappingProxyType(
    {
        # An answer that goes on behind its stop text, or comes alone where several were asked for, is another answer.
        "stop": Rule.REFUSE,
        "n": Rule.REFUSE,
        "messages.audio": Rule.REFUSE,
        "top_k": Rule.DROP,
        "seed": Rule.DROP,
        "frequency_penalty": Rule.DROP,
        "presence_penalty": Rule.DROP,
        # There is no field for it, and ``reasoning.effort`` is another measure.
        "reasoning_budget_tokens": Rule.DROP,
        "messages.name": Rule.DROP,
        # Without its proof servers refuse it.
        "messages.reasoning.unsigned": Rule.DROP,
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
        "response_format.json_object": "text.format",
        "response_format.json_schema": "text.format",
        "response_format.description": "text.format.description",
        "reasoning_effort": "reasoning.effort",
        "include_reasoning": "reasoning.summary",
    }
)
"""Its words for features, where they differ."""
