"""What legacy Completions cannot say of a request, and how it spells what it can.

A completion goes on with a text: it has no turns, no tools and no form. What changes nothing in the text that is
asked for is left out, all else is refused.

Source: OpenAI's API reference, "Create completion" (August 2026).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sluiceway.features import Rule

__all__ = ["RULES", "SPELLING"]

_REFUSED = (
    "tools",
    "custom_tools",
    "tool_choice.required",
    "tool_choice.names",
    "response_format.json_object",
    "response_format.json_schema",
    "messages.image",
    "messages.audio",
    "messages.file",
    "messages.refusal",
)

# Without tools the choice among them says nothing; a completion does not reason and its prompt has no speakers.
_DROPPED = (
    "tool_choice",
    "parallel_tool_calls",
    "reasoning_effort",
    "reasoning_budget_tokens",
    "include_reasoning",
    "messages.name",
    "messages.reasoning",
    "messages.cache_control",
    "messages.signature",
)

RULES: Mapping[str, Rule] = MappingProxyType(
    {**dict.fromkeys(_REFUSED, Rule.REFUSE), **dict.fromkeys(_DROPPED, Rule.DROP)}
)
"""Features that are left out or refused."""

SPELLING: Mapping[str, str] = MappingProxyType({"max_output_tokens": "max_tokens"})
"""Its words for features, where they differ."""
