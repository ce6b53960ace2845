"""What a request asks for, feature by feature, against what a dialect can say: refuse, leave out, or go on.

One rule for each feature and dialect, none of them silent: what is refused names the field, what is left out is told
to the reader in a response header. The rules are data (`Rule` by feature name); ``docs/dialects.md`` prints them.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping

from sluiceway.errors import UnsupportedFeature
from sluiceway.request import (
    AudioPart,
    FilePart,
    ImagePart,
    Part,
    ReasoningPart,
    RefusalPart,
    Request,
    ResponseFormatKind,
    ToolChoiceMode,
    ToolResultPart,
    VendorPart,
)

__all__ = ["FEATURES", "Rule", "judge"]


class Rule(enum.Enum):
    """What becomes of a feature that a dialect cannot express."""

    REFUSE = "refuse"
    DROP = "drop"


FEATURES = (
    "tools",
    "custom_tools",
    "tool_choice",
    "tool_choice.required",
    "tool_choice.names",
    "parallel_tool_calls",
    "response_format.json_object",
    "response_format.json_schema",
    "max_output_tokens",
    "temperature",
    "top_p",
    "top_k",
    "stop",
    "seed",
    "n",
    "logprobs",
    "frequency_penalty",
    "presence_penalty",
    "reasoning_effort",
    "reasoning_budget_tokens",
    "include_reasoning",
    "messages.name",
    "messages.image",
    "messages.audio",
    "messages.file",
    "messages.reasoning",
    "messages.refusal",
)
"""The names of everything a request may ask for and some dialect cannot say."""

_OPTIONAL_FIELDS = (
    "parallel_tool_calls",
    "max_output_tokens",
    "temperature",
    "top_p",
    "top_k",
    "seed",
    "frequency_penalty",
    "presence_penalty",
    "reasoning_effort",
    "reasoning_budget_tokens",
    "include_reasoning",
)

_FEATURE_OF: tuple[tuple[type[Part], str], ...] = (
    (ImagePart, "messages.image"),
    (AudioPart, "messages.audio"),
    (FilePart, "messages.file"),
    (ReasoningPart, "messages.reasoning"),
    (RefusalPart, "messages.refusal"),
)


def judge(request: Request, dialect: str, rules: Mapping[str, Rule], spelling: Mapping[str, str]) -> list[str]:
    """Return the names of what will be left out of ``request`` when it is sent in ``dialect``.

    Args:
        request: what is asked for.
        dialect: the target.
        rules: the features the target cannot express.
        spelling: the reader's own words for features, where they differ.

    Raises:
        UnsupportedFeature: something that must not be left out cannot be expressed; it names the field.
    """
    if request.dialect == dialect:
        return []
    dropped = [*request.extras.get(request.dialect, ())]
    for feature, field in _asked(request):
        rule = rules.get(feature)
        if rule is Rule.REFUSE:
            raise _refused(spelling.get(feature, field), dialect)
        if rule is Rule.DROP:
            dropped.append(spelling.get(feature, field))
    for field in _foreign(request, dialect):
        raise _refused(field, dialect)
    return list(dict.fromkeys(dropped))


def _refused(field: str, dialect: str) -> UnsupportedFeature:
    return UnsupportedFeature(f"'{field}' cannot be expressed in the dialect '{dialect}' of the model", field=field)


def _asked(request: Request) -> Iterator[tuple[str, str]]:
    """Give the features a request uses, each with the path of its field."""
    yield from ((name, name) for name in _OPTIONAL_FIELDS if getattr(request, name) is not None)
    if request.stop:
        yield "stop", "stop"
    if request.n != 1:
        yield "n", "n"
    if request.logprobs:
        yield "logprobs", "logprobs"
    yield from _asked_of_tools(request)
    if request.response_format is not None and request.response_format.kind is not ResponseFormatKind.TEXT:
        yield f"response_format.{request.response_format.kind.value}", "response_format"
    for index, message in enumerate(request.messages):
        if message.name is not None:
            yield "messages.name", f"messages[{index}].name"
        for part in _parts(message.parts):
            for kind, feature in _FEATURE_OF:
                if isinstance(part, kind):
                    yield feature, f"messages[{index}]"


def _asked_of_tools(request: Request) -> Iterator[tuple[str, str]]:
    if request.tools:
        yield "tools", "tools"
    for index, tool in enumerate(request.tools):
        if tool.input_schema is None and not tool.is_hosted:
            yield "custom_tools", f"tools[{index}]"
    choice = request.tool_choice
    if choice is None:
        return
    yield "tool_choice", "tool_choice"
    if choice.mode is ToolChoiceMode.REQUIRED:
        yield "tool_choice.required", "tool_choice"
    if choice.names:
        yield "tool_choice.names", "tool_choice"


def _foreign(request: Request, dialect: str) -> Iterator[str]:
    """Give the paths of what only another dialect can say and the answer cannot do without."""
    yield from request.demands
    for index, tool in enumerate(request.tools):
        if tool.is_hosted and dialect not in tool.extras:
            yield f"tools[{index}]"
    for index, message in enumerate(request.messages):
        for part in message.parts:
            if isinstance(part, VendorPart) and part.dialect != dialect:
                yield f"messages[{index}] ({part.kind})"


def _parts(parts: list[Part]) -> Iterator[Part]:
    for part in parts:
        yield part
        if isinstance(part, ToolResultPart):
            yield from part.content
