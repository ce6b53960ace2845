"""What is left of a request when features are left out, and what two requests have to share to ask for the same.

`leave_out` takes away what a dialect's rules say is left out, feature by feature. `meaning` is what of a request
counts: how turns are cut into messages and texts into parts is the wires' business, and so is the place of a tool's
result before other content of its turn.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from msgspec.structs import replace

from sluiceway.features import Rule
from sluiceway.request import (
    AudioPart,
    FilePart,
    ImagePart,
    MarkedPart,
    Message,
    Part,
    ReasoningPart,
    RefusalPart,
    Request,
    ResponseFormat,
    ResponseFormatKind,
    Role,
    TextPart,
    Tool,
    ToolCallPart,
    ToolChoice,
    ToolChoiceMode,
    ToolResultPart,
)

__all__ = ["leave_out", "meaning"]

Change = Callable[[Request], Request]
_SYSTEM = (Role.SYSTEM, Role.DEVELOPER)
_ALWAYS_STRICT = ("anthropic", "gemini", "ollama")
"""Where an answer holds to its schema in any case."""


def leave_out(request: Request, rules: Mapping[str, Rule]) -> Request:
    """Return a request without the features that the rules leave out."""
    for feature, rule in rules.items():
        if rule is Rule.DROP:
            request = _REMOVE[feature](request)
    return request


def _without(*names: str) -> Change:
    return lambda request: replace(request, **dict.fromkeys(names))


def _in_messages(change: Callable[[Message], Message]) -> Change:
    return lambda request: replace(request, messages=[change(message) for message in request.messages])


def _in_parts(change: Callable[[Any], Part | None]) -> Change:
    """Apply a change to every part, those of tools' results included; None takes the part away."""

    def all_of(parts: Iterable[Part]) -> list[Any]:
        return [
            changed if not isinstance(changed, ToolResultPart) else replace(changed, content=all_of(changed.content))
            for part in parts
            if (changed := change(part)) is not None
        ]

    return _in_messages(lambda message: replace(message, parts=all_of(message.parts)))


def _without_mark(name: str) -> Change:
    def unmarked(part: Any) -> Any:
        return replace(part, **{name: None}) if isinstance(part, MarkedPart) else part

    return _in_parts(unmarked)


def _without_part(kind: type[Part]) -> Change:
    return _in_parts(lambda part: None if isinstance(part, kind) else part)


def _with_field(kind: type[Part], **fields: object) -> Change:
    return _in_parts(lambda part: replace(part, **fields) if isinstance(part, kind) else part)


def _without_form_field(**field: object) -> Change:
    return lambda request: replace(
        request, response_format=request.response_format and replace(request.response_format, **field)
    )


def _move_system(request: Request) -> Request:
    return replace(request, messages=sorted(request.messages, key=lambda message: message.role not in _SYSTEM))


def _in_tools(**field: object) -> Change:
    return lambda request: replace(request, tools=[replace(tool, **field) for tool in request.tools])


def _without_unsigned(part: Part) -> Part | None:
    return None if isinstance(part, ReasoningPart) and part.signature is None else part


def _without_reasoning_where_called(request: Request) -> Request:
    is_forced = request.tool_choice is not None and request.tool_choice.mode is ToolChoiceMode.REQUIRED
    return _without("reasoning_budget_tokens", "include_reasoning")(request) if is_forced else request


def _shown(request: Request) -> Request:
    return request if request.include_reasoning else _without("include_reasoning")(request)


def _without_effort_beside_budget(request: Request) -> Request:
    return request if request.reasoning_budget_tokens is None else _without("reasoning_effort")(request)


_REMOVE: Mapping[str, Change] = MappingProxyType(
    {
        **{
            name: _without(name)
            for name in (
                "tool_choice",
                "parallel_tool_calls",
                "top_k",
                "seed",
                "frequency_penalty",
                "presence_penalty",
                "reasoning_effort",
                "reasoning_budget_tokens",
                "include_reasoning",
            )
        },
        "tools.strict": _in_tools(strict=None),
        "tool_choice.reasoning": _without_reasoning_where_called,
        "reasoning_effort.budget": _without_effort_beside_budget,
        "include_reasoning.off": _shown,
        "response_format.description": _without_form_field(description=None),
        "messages.name": _in_messages(lambda message: replace(message, name=None)),
        "messages.place": _move_system,
        "messages.image.detail": _with_field(ImagePart, detail=None),
        "messages.file.name": _with_field(FilePart, filename=None),
        "messages.reasoning": _without_part(ReasoningPart),
        "messages.reasoning.signature": _with_field(ReasoningPart, signature=None),
        "messages.reasoning.unsigned": _in_parts(_without_unsigned),
        "messages.is_error": _with_field(ToolResultPart, is_error=False),
        "messages.cache_control": _without_mark("cache_control"),
        "messages.signature": _without_mark("signature"),
        "tools.cache_control": _in_tools(cache_control=None),
    }
)
"""Feature → how it is taken away."""


def meaning(request: Request, target: str) -> dict[str, object]:
    """Return what a request asks for, as far as the dialect ``target`` spells it in one way.

    Args:
        request: the request.
        target: the dialect it was, or will be, sent in.
    """
    request = _SPELL.get(target, _as_it_is)(_in_parts(_plain_part)(request))
    choice = request.tool_choice
    is_free = choice is None or not request.tools or (choice.mode is ToolChoiceMode.AUTO and not choice.names)
    may_call = request.tools and (choice is None or choice.mode is not ToolChoiceMode.NONE)
    form = request.response_format
    left_out = ("dialect", "body", "extras", "headers", "demands", "include_usage", "messages", "tools")
    fields = {name: getattr(request, name) for name in request.__struct_fields__ if name not in left_out}
    return {
        **fields,
        "messages": _turns(request.messages, target),
        "tools": [_plain_tool(tool) for tool in request.tools],
        "tool_choice": None if is_free else choice,
        "parallel_tool_calls": False if request.parallel_tool_calls is False and may_call else None,
        "top_logprobs": request.top_logprobs or None,
        "response_format": None
        if form is None or form.kind is ResponseFormatKind.TEXT
        else _plain_form(form, target),
    }


def _plain_tool(tool: Tool) -> Tool:
    return replace(tool, strict=tool.strict or None, extras={}, description=tool.description or None)


def _plain_form(form: ResponseFormat, target: str) -> ResponseFormat:
    # Names of schemas mean nothing.
    return replace(form, strict=None if target in _ALWAYS_STRICT else form.strict or None, name="")


def _plain_part(part: Part) -> Part:
    match part:
        case ToolCallPart(json=text):
            return replace(part, json=_plain_json(text), id=_plain_id(part.id))
        case ToolResultPart(content=content):
            texts = "".join(one.text for one in content if isinstance(one, TextPart))
            shown = [one for one in content if not isinstance(one, TextPart)]
            return replace(part, content=[TextPart(_plain_json(texts)), *shown], id=_plain_id(part.id))
        case ImagePart(detail="auto"):
            return replace(part, detail=None)
        case _:
            return part


def _plain_json(text: str) -> str:
    try:
        return json.dumps(json.loads(text or "{}"))
    except ValueError:
        return text


def _plain_id(call_id: str) -> str:
    return re.sub(r"[^a-zA-Z0-9_-]", "_", call_id)


_Turn = tuple[str, object, list[Part]]


def _turns(messages: Iterable[Message], target: str) -> list[_Turn]:
    """Return who says what: neighbours of one role are one turn, results of tools stand before it."""
    turns: list[_Turn] = []
    for message in messages:
        role = "system" if message.role in _SYSTEM else message.role.value
        results = [part for part in message.parts if isinstance(part, ToolResultPart)]
        others = [part for part in message.parts if not isinstance(part, ToolResultPart)]
        for who, parts in (("tool", results), (role, others)):
            if parts and turns and turns[-1][:2] == (who, message.name):
                turns[-1][2].extend(parts)
            elif parts:
                turns.append((who, message.name, [*parts]))
    if target == "anthropic":
        turns = _results_first(turns)
    return [(role, name, _joined(role, parts, target)) for role, name, parts in turns]


def _results_first(turns: list[_Turn]) -> list[_Turn]:
    """Put the results of tools before what a user says beside them."""
    for place in range(1, len(turns)):
        if (turns[place - 1][0], turns[place][0]) == ("user", "tool"):
            turns[place - 1], turns[place] = turns[place], turns[place - 1]
    return turns


def _joined(role: str, parts: list[Part], target: str) -> list[Part]:
    """Join neighbouring texts, and sort what an assistant says, or a user where the target has a field a kind."""
    between = "\n\n" if role == "system" else ""
    if role == "assistant" or target == "ollama":
        parts = sorted(parts, key=_place)
    joined: list[Part] = []
    for part in parts:
        last = joined[-1] if joined else None
        if isinstance(part, TextPart) and isinstance(last, TextPart):
            joined[-1] = replace(part, text=last.text + between + part.text)
        elif isinstance(part, ReasoningPart) and isinstance(last, ReasoningPart) and target == "ollama":
            joined[-1] = ReasoningPart(last.text + part.text)
        else:
            joined.append(part)
    return [part for part in joined if not _is_empty(part)]


def _is_empty(part: Part) -> bool:
    match part:
        case TextPart(text="") | ReasoningPart(text="", signature=None):
            return True
        case _:
            return False


def _place(part: Part) -> int:
    kinds: tuple[type[Part], ...] = (
        ReasoningPart,
        TextPart,
        RefusalPart,
        ImagePart,
        AudioPart,
        FilePart,
        ToolCallPart,
    )
    return next((place for place, kind in enumerate(kinds) if isinstance(part, kind)), len(kinds))


def _as_it_is(request: Request) -> Request:
    return request


def _refusals_are_text(request: Request) -> Request:
    return _in_parts(lambda part: TextPart(part.text) if isinstance(part, RefusalPart) else part)(request)


def _narrowed(request: Request) -> Request:
    """Leave out the tools that may not be called, where a choice among several cannot be told otherwise."""
    choice = request.tool_choice
    if choice is None or not choice.names or choice.mode is ToolChoiceMode.NONE:
        return request
    tools = [tool for tool in request.tools if tool.name in choice.names]
    return replace(request, tools=tools, tool_choice=ToolChoice(choice.mode))


def _spell_anthropic(request: Request) -> Request:
    choice = request.tool_choice
    is_one = choice is not None and choice.mode is ToolChoiceMode.REQUIRED and len(choice.names) == 1
    effort = "low" if request.reasoning_effort == "minimal" else request.reasoning_effort
    is_off = request.reasoning_budget_tokens == 0 or effort == "none"
    request = replace(request, reasoning_effort="none" if is_off else effort)
    if is_off:
        request = replace(request, reasoning_budget_tokens=None, include_reasoning=None)
    return _refusals_are_text(request if is_one else _narrowed(request))


def _spell_gemini(request: Request) -> Request:
    """Say effort in Gemini's words, or as its counts where a model takes those, and how inline data comes back."""
    effort, budget = request.reasoning_effort, request.reasoning_budget_tokens
    is_counting = re.search("gemini-[12]", request.model) is not None
    if effort is not None and budget is None and is_counting:
        budget = {"none": 0, "minimal": 1024, "low": 1024, "medium": 8192}.get(effort, 24_576)
    if is_counting or budget is not None:
        effort = "none" if budget == 0 else None
    elif effort is not None:
        effort = {"none": "low", "minimal": "minimal", "low": "low", "medium": "medium"}.get(effort, "high")
    choice = request.tool_choice
    if choice is not None and choice.mode is ToolChoiceMode.NONE:
        request = replace(request, tool_choice=ToolChoice(choice.mode))
    return _refusals_are_text(replace(request, reasoning_effort=effort, reasoning_budget_tokens=budget))


def _spell_ollama(request: Request) -> Request:
    effort = request.reasoning_effort
    words = {"none": "none", "minimal": "low", "low": "low", "medium": "medium", "high": "high"}
    words |= {"xhigh": "max", "max": "max"}
    include = True if request.include_reasoning and effort is None else None
    if request.tool_choice is not None and request.tool_choice.mode is ToolChoiceMode.NONE:
        request = replace(request, tools=[])
    told = _refusals_are_text(_narrowed(request))
    return replace(told, reasoning_effort=effort and words.get(effort), include_reasoning=include, tool_choice=None)


def _spell_responses(request: Request) -> Request:
    return replace(request, include_reasoning=request.include_reasoning or None)


def _spell_completions(request: Request) -> Request:
    """Say system and user in one text, which is all a prompt is."""
    texts = [
        "".join(part.text for part in message.parts if isinstance(part, TextPart)) for message in request.messages
    ]
    prompt = "\n\n".join(text for text in texts if text)
    return replace(request, messages=[Message(Role.USER, [TextPart(prompt)])] if prompt else [])


_SPELL: Mapping[str, Change] = MappingProxyType(
    {
        "openai_completions": _spell_completions,
        "openai_responses": _spell_responses,
        "anthropic": _spell_anthropic,
        "gemini": _spell_gemini,
        "ollama": _spell_ollama,
    }
)
"""Target → how it spells what it has other words for."""
