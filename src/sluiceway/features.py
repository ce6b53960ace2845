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
    MarkedPart,
    Part,
    ReasoningPart,
    RefusalPart,
    Request,
    ResponseFormatKind,
    Role,
    ToolChoice,
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
    "tools.strict",
    "tools.cache_control",
    "tool_choice",
    "tool_choice.required",
    "tool_choice.names",
    "tool_choice.reasoning",
    "parallel_tool_calls",
    "response_format.json_object",
    "response_format.json_schema",
    "response_format.description",
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
    "reasoning_effort.budget",
    "reasoning_budget_tokens",
    "include_reasoning",
    "include_reasoning.off",
    "messages.name",
    "messages.place",
    "messages.image",
    "messages.image.detail",
    "messages.audio",
    "messages.file",
    "messages.file.name",
    "messages.reasoning",
    "messages.reasoning.signature",
    "messages.reasoning.unsigned",
    "messages.refusal",
    "messages.is_error",
    "messages.cache_control",
    "messages.signature",
)
"""The names of everything a request may ask for and some dialect cannot say.

Those that do not explain themselves: ``messages.place`` is a system message behind the beginning of the conversation,
``messages.is_error`` that a tool failed, ``messages.reasoning.unsigned`` reasoning without a signature,
``messages.signature`` proof of thinking on what is no reasoning,
``include_reasoning.off`` the wish not to see reasoning, ``reasoning_effort.budget`` an effort beside a budget, and
``tool_choice.reasoning`` reasoning that is asked for where a tool has to be called.
"""

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

_SYSTEM = (Role.SYSTEM, Role.DEVELOPER)

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
    dropped = [name for name, value in request.extras.get(request.dialect, {}).items() if value is not None]
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
    if request.include_reasoning is False:
        yield "include_reasoning.off", "include_reasoning"
    if request.reasoning_effort is not None and request.reasoning_budget_tokens is not None:
        yield "reasoning_effort.budget", "reasoning_effort"
    yield from _asked_of_tools(request)
    yield from _asked_of_form(request)
    has_begun = False
    for index, message in enumerate(request.messages):
        field = f"messages[{index}]"
        if message.name is not None:
            yield "messages.name", f"{field}.name"
        if message.role in _SYSTEM and has_begun:
            yield "messages.place", f"{field}.place"
        has_begun = has_begun or message.role not in _SYSTEM
        for part in _parts(message.parts):
            yield from _asked_of_part(part, field)


def _asked_of_form(request: Request) -> Iterator[tuple[str, str]]:
    form = request.response_format
    if form is None or form.kind is ResponseFormatKind.TEXT:
        return
    yield f"response_format.{form.kind.value}", "response_format"
    if form.description:
        yield "response_format.description", "response_format.description"


def _asked_of_part(part: Part, field: str) -> Iterator[tuple[str, str]]:
    yield from ((feature, field) for kind, feature in _FEATURE_OF if isinstance(part, kind))
    if isinstance(part, MarkedPart):
        if part.cache_control is not None:
            yield "messages.cache_control", f"{field}.cache_control"
        if part.signature is not None:
            yield "messages.signature", f"{field}.signature"
    match part:
        case ImagePart(detail=str(detail)) if detail != "auto":
            yield "messages.image.detail", f"{field}.detail"
        case FilePart(filename=str()):
            yield "messages.file.name", f"{field}.filename"
        case ReasoningPart(signature=None):
            yield "messages.reasoning.unsigned", field
        case ReasoningPart():
            yield "messages.reasoning.signature", f"{field}.signature"
        case ToolResultPart(is_error=True):
            yield "messages.is_error", f"{field}.is_error"
        case _:
            pass


def _asked_of_tools(request: Request) -> Iterator[tuple[str, str]]:
    if request.tools:
        yield "tools", "tools"
    for index, tool in enumerate(request.tools):
        if tool.input_schema is None and not tool.is_hosted:
            yield "custom_tools", f"tools[{index}]"
        if tool.strict:
            yield "tools.strict", f"tools[{index}].strict"
        if tool.cache_control is not None:
            yield "tools.cache_control", f"tools[{index}].cache_control"
    if request.tool_choice is not None:
        yield from _asked_of_choice(request, request.tool_choice)


def _asked_of_choice(request: Request, choice: ToolChoice) -> Iterator[tuple[str, str]]:
    yield "tool_choice", "tool_choice"
    if choice.mode is ToolChoiceMode.REQUIRED:
        yield "tool_choice.required", "tool_choice"
        for name in ("reasoning_budget_tokens", "include_reasoning"):
            if getattr(request, name):
                yield "tool_choice.reasoning", name
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
