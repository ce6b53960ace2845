"""What Gemini cannot say of a request, and how it spells what it can.

Source: Google's API reference, "generateContent" (August 2026).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sluiceway.features import Rule

__all__ = ["RULES", "SPELLING"]

RULES: Mapping[str, Rule] = MappingProxyType(
    {
        # Every function takes an object.
        "custom_tools": Rule.REFUSE,
        # There is no field for these.
        "tools.strict": Rule.DROP,
        "parallel_tool_calls": Rule.DROP,
        "response_format.description": Rule.DROP,
        "messages.name": Rule.DROP,
        "messages.image.detail": Rule.DROP,
        "messages.file.name": Rule.DROP,
        # It takes one of them.
        "reasoning_effort.budget": Rule.DROP,
        # All of them are one instruction.
        "messages.place": Rule.DROP,
        # It goes with a signature, which other vendors' models do not make.
        "messages.reasoning": Rule.DROP,
        # Only Anthropic is told where to cache.
        "messages.cache_control": Rule.DROP,
        "tools.cache_control": Rule.DROP,
    }
)
"""Features that are left out or refused."""

SPELLING: Mapping[str, str] = MappingProxyType(
    {
        "tool_choice": "toolConfig.functionCallingConfig.mode",
        "tool_choice.required": "toolConfig.functionCallingConfig.mode",
        "tool_choice.names": "toolConfig.functionCallingConfig.allowedFunctionNames",
        "response_format.json_object": "generationConfig.responseMimeType",
        "response_format.json_schema": "generationConfig.responseJsonSchema",
        "max_output_tokens": "generationConfig.maxOutputTokens",
        "temperature": "generationConfig.temperature",
        "top_p": "generationConfig.topP",
        "top_k": "generationConfig.topK",
        "stop": "generationConfig.stopSequences",
        "seed": "generationConfig.seed",
        "n": "generationConfig.candidateCount",
        "logprobs": "generationConfig.responseLogprobs",
        "frequency_penalty": "generationConfig.frequencyPenalty",
        "presence_penalty": "generationConfig.presencePenalty",
        "reasoning_effort": "generationConfig.thinkingConfig.thinkingLevel",
        "reasoning_budget_tokens": "generationConfig.thinkingConfig.thinkingBudget",
        "include_reasoning": "generationConfig.thinkingConfig.includeThoughts",
        "include_reasoning.off": "generationConfig.thinkingConfig.includeThoughts",
        "messages.image": "contents",
        "messages.audio": "contents",
        "messages.file": "contents",
        "messages.reasoning": "contents",
        "messages.signature": "contents[].parts[].thoughtSignature",
    }
)
"""Its words for features, where they differ."""
