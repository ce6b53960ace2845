from __future__ import annotations

from typing import Any

import pytest

from sluiceway.errors import UnsupportedFeature
from sluiceway.features import FEATURES, Rule, judge
from sluiceway.request import (
    FilePart,
    ImagePart,
    Message,
    Part,
    ReasoningPart,
    Request,
    ResponseFormat,
    ResponseFormatKind,
    Role,
    TextPart,
    Tool,
    ToolChoice,
    ToolChoiceMode,
    ToolResultPart,
    VendorPart,
)

ALL = dict.fromkeys(FEATURES, Rule.DROP)
TOOL = Tool("f", input_schema={"type": "object"})


def asked(**fields: Any) -> Request:
    return Request("m", [Message(Role.USER, [TextPart("hi")])], dialect="mine", **fields)


def said(*parts: Part) -> Request:
    return Request("m", [Message(Role.USER, list(parts))], dialect="mine")


def dropped(request: Request, spelling: dict[str, str] | None = None) -> list[str]:
    return judge(request, "theirs", ALL, spelling or {})


def refused(request: Request, feature: str, spelling: dict[str, str] | None = None) -> str | None:
    with pytest.raises(UnsupportedFeature) as caught:
        judge(request, "theirs", {feature: Rule.REFUSE}, spelling or {})
    return caught.value.field


def test_a_plain_request_loses_nothing() -> None:
    assert dropped(asked()) == []
    assert dropped(asked(response_format=ResponseFormat(ResponseFormatKind.TEXT))) == []


def test_a_request_in_the_targets_own_dialect_is_not_judged() -> None:
    request = asked(n=2, demands=["x"], extras={"mine": {"y": 1}})
    assert judge(request, "mine", dict.fromkeys(FEATURES, Rule.REFUSE), {}) == []


@pytest.mark.parametrize(
    ("request_", "names"),
    [
        (asked(seed=1, top_k=2), ["top_k", "seed"]),
        (asked(stop=["."], n=2, logprobs=True), ["stop", "n", "logprobs"]),
        (asked(tools=[TOOL]), ["tools"]),
        (asked(tools=[Tool("f")]), ["tools", "tools[0]"]),
        (asked(tool_choice=ToolChoice(ToolChoiceMode.AUTO)), ["tool_choice"]),
        (asked(response_format=ResponseFormat(ResponseFormatKind.JSON_OBJECT)), ["response_format"]),
        (said(ImagePart("u", "auto"), ReasoningPart("hm")), ["messages[0]"]),
        (said(ImagePart("u", "low")), ["messages[0]", "messages[0].detail"]),
        (said(FilePart(data="d")), ["messages[0]"]),
        (said(FilePart(data="d", filename="a")), ["messages[0]", "messages[0].filename"]),
        (said(ReasoningPart("hm", "sig")), ["messages[0]", "messages[0].signature"]),
        (said(ToolResultPart("c", [TextPart("no")], is_error=True)), ["messages[0].is_error"]),
        (asked(include_reasoning=False), ["include_reasoning"]),
        (
            asked(reasoning_effort="low", reasoning_budget_tokens=9, tool_choice=ToolChoice(ToolChoiceMode.REQUIRED)),
            ["reasoning_effort", "reasoning_budget_tokens", "tool_choice"],
        ),
        (
            asked(response_format=ResponseFormat(ResponseFormatKind.JSON_SCHEMA, "n", {}, "d", strict=True)),
            ["response_format", "response_format.description"],
        ),
        (
            asked(tools=[Tool("f", input_schema={}, strict=True, cache_control={"type": "ephemeral"})]),
            ["tools", "tools[0].strict", "tools[0].cache_control"],
        ),
        (
            said(TextPart("a", cache_control={}), ToolResultPart("c", [TextPart("b")], cache_control={})),
            ["messages[0].cache_control"],
        ),
        (said(ToolResultPart("c", [TextPart("b", cache_control={})])), ["messages[0].cache_control"]),
        (said(TextPart("a", signature="c2ln")), ["messages[0].signature"]),
        (Request("m", [Message(Role.USER, [], "ann")], dialect="mine"), ["messages[0].name"]),
        (asked(extras={"mine": {"metadata": {}, "user": None}, "other": {"x": 1}}), ["metadata"]),
    ],
)
def test_what_is_left_out_is_named(request_: Request, names: list[str]) -> None:
    assert dropped(request_) == names


def test_the_place_of_a_late_system_message_is_a_feature() -> None:
    roles = (Role.SYSTEM, Role.DEVELOPER, Role.USER, Role.SYSTEM)
    request = Request("m", [Message(role, [TextPart("a")]) for role in roles], dialect="mine")
    assert dropped(request) == ["messages[3].place"]


def test_reasoning_where_a_tool_has_to_be_called_is_a_feature() -> None:
    rules = {"tool_choice.reasoning": Rule.DROP}
    request = asked(include_reasoning=True, tool_choice=ToolChoice(ToolChoiceMode.REQUIRED))
    assert judge(request, "theirs", rules, {}) == ["include_reasoning"]
    assert judge(asked(include_reasoning=True), "theirs", rules, {}) == []


def test_what_is_expressed_is_not_left_out() -> None:
    assert judge(asked(seed=1), "theirs", {"top_k": Rule.DROP}, {}) == []


@pytest.mark.parametrize(
    ("request_", "feature", "field"),
    [
        (asked(n=2), "n", "n"),
        (asked(tool_choice=ToolChoice(ToolChoiceMode.REQUIRED)), "tool_choice.required", "tool_choice"),
        (asked(tool_choice=ToolChoice(ToolChoiceMode.AUTO, ["f"])), "tool_choice.names", "tool_choice"),
        (said(ToolResultPart("c", [ImagePart("u")])), "messages.image", "messages[0]"),
    ],
)
def test_what_must_not_be_left_out_is_refused(request_: Request, feature: str, field: str) -> None:
    assert refused(request_, feature) == field


def test_fields_are_named_in_the_readers_words() -> None:
    request = asked(max_output_tokens=5)
    spelling = {"max_output_tokens": "num_predict"}
    assert dropped(request, spelling) == ["num_predict"]
    assert refused(request, "max_output_tokens", spelling) == "num_predict"


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (asked(demands=["conversation"]), "conversation"),
        (asked(tools=[Tool("web_search", is_hosted=True, extras={"mine": {}})]), "tools[0]"),
        (said(VendorPart("mine", "server_tool_use", {})), "messages[0] (server_tool_use)"),
    ],
)
def test_what_only_one_vendor_has_is_refused_by_others(request_: Request, field: str) -> None:
    assert refused(request_, "n") == field


def test_a_hosted_tool_that_the_target_has_too_is_its_own_business() -> None:
    tool = Tool("web_search", is_hosted=True, extras={"mine": {}, "theirs": {}})
    assert judge(asked(tools=[tool]), "theirs", {}, {}) == []
    assert judge(said(VendorPart("theirs", "x", {})), "theirs", {}, {}) == []
