"""Fields in either spelling: Google's parser takes ``function_call`` for ``functionCall``, and people send both.

Only names known here are respelled, and nothing inside of what is the caller's own: arguments, results, schemas.
Source: the JSON mapping of Protocol Buffers, "field names" (read August 2026).
"""

from __future__ import annotations

import re
from types import MappingProxyType

import msgspec

__all__ = ["respell"]

# Bodies in the usual spelling, which is nearly all of them, are searched once and not parsed an extra time.
_SNAKE_CASE_FIELD = re.compile(rb'"[a-z]+(?:_[a-z]+)+"\s*:')

_FIELDS = (
    "allowedFunctionNames cachedContent candidateCount codeExecution codeExecutionResult computerUse displayName "
    "enterpriseWebSearch executableCode fileData fileSearch fileUri frequencyPenalty functionCall "
    "functionCallingConfig functionDeclarations functionResponse generationConfig googleMaps googleSearch "
    "googleSearchRetrieval includeServerSideToolInvocations includeThoughts inlineData maxOutputTokens mcpServers "
    "mediaResolution mimeType parametersJsonSchema presencePenalty responseJsonSchema responseLogprobs "
    "responseMimeType responseModalities responseSchema retrievalConfig safetySettings serviceTier speechConfig "
    "stopSequences streamFunctionCallArguments systemInstruction thinkingBudget thinkingConfig thinkingLevel "
    "thoughtSignature toolCall toolConfig toolResponse topK topP urlContext videoMetadata willContinue"
)


def _snake_case(name: str) -> str:
    return re.sub(r"[A-Z]", lambda letter: f"_{letter[0].lower()}", name)


_CAMEL_OF = MappingProxyType({_snake_case(name): name for name in _FIELDS.split() if _snake_case(name) != name})

# What stands below these is the caller's.
_FREE = frozenset(
    {"args", "response", "parameters", "parametersJsonSchema", "responseSchema", "responseJsonSchema", "labels"}
)


def respell(body: bytes) -> bytes:
    """Return a request's body with its fields in the usual spelling; of a field in both, the usual one counts.

    Raises:
        msgspec.DecodeError: the body is not JSON.
    """
    if _SNAKE_CASE_FIELD.search(body) is None:
        return body
    return msgspec.json.encode(_respell(msgspec.json.decode(body)))


def _respell(value: object) -> object:
    if isinstance(value, list):
        return [_respell(item) for item in value]
    if not isinstance(value, dict):
        return value
    renamed = {}
    for name, item in value.items():
        usual = _CAMEL_OF.get(name, name)
        if usual == name or usual not in value:
            renamed[usual] = item if usual in _FREE else _respell(item)
    return renamed
