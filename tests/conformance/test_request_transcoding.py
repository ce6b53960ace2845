"""Any dialect in, any dialect out, for requests: what is asked for in one is asked for in every other, or named.

A feature that a dialect cannot express is refused with its field, or left out and reported. Everything else comes
back from a body that was built anew, as far as it means something (`support.request_losses`).
"""

from __future__ import annotations

import json
from types import MappingProxyType

import pytest
from msgspec.structs import replace
from support.recordings import recorded_requests
from support.request_losses import leave_out, meaning
from support.rich_requests import RICH
from support.transcoding import BOTH_WAYS, reader_of, upstream_of

from sluiceway.dialects.base import Endpoint, Target
from sluiceway.errors import UnsupportedFeature
from sluiceway.features import Rule, judge
from sluiceway.request import Request

# A kind of request that only its vendor has, such as counting tokens, is none of ours.
RECORDED = tuple(one for one in recorded_requests() if one[0] == "gemini" or b'"model":' in one[3])
ASKED = [pytest.param(*one, id=f"{one[0]} {one[1]}") for one in (*RICH, *RECORDED)]
REQUEST = pytest.mark.parametrize(("dialect", "name", "url", "body"), ASKED)
TARGET = pytest.mark.parametrize("target", BOTH_WAYS)

# Fields in which a body may say more than was asked for: a limit that is demanded, thinking that goes with an effort.
MADE_UP = ("max_output_tokens", "include_reasoning")


def endpoint_of(dialect: str, *, is_stream: bool) -> Endpoint:
    """Return the endpoint for a request; Gemini has one for each way to answer."""
    endpoints = reader_of(dialect).endpoints
    return endpoints[1] if dialect == "gemini" and not is_stream else endpoints[0]


def target_of(path: str) -> Target:
    """Return what a URL says beside the body: Gemini's name the model."""
    model = path.rpartition("/models/")[2].partition(":")[0]
    return Target(MappingProxyType({"model": model or "m"}))


def decode(dialect: str, url: str, body: bytes) -> Request:
    return endpoint_of(dialect, is_stream=":generate" not in url).decode_request(body, target_of(url))


def built(request: Request, target: str) -> tuple[Request, list[str]] | None:
    """Return what an upstream is asked, as its own reader side reads it, and what was left out; None if refused."""
    if refusal_of(request, target) is not None:
        return None
    upstream = upstream_of(target)
    body = upstream.encode_request(request)
    path = target_of(upstream.path(request)) if target == "gemini" else Target()
    again = endpoint_of(target, is_stream=request.stream).decode_request(body, path)
    return again, [*judge(request, target, upstream.rules, {}), *reader_of(request.dialect).strays(request.body)]


def refusal_of(request: Request, target: str) -> str | None:
    """Return the field for which a request is refused, or None."""
    upstream = upstream_of(target)
    try:
        judge(request, target, upstream.rules, {})
        upstream.encode_request(request)
    except UnsupportedFeature as error:
        return error.field or "no field"
    return None


def test_every_reader_asks_much() -> None:
    assert {one[0] for one in RICH} == {*BOTH_WAYS, "ui_stream"}
    assert (len(RICH), len(RECORDED)) == (len({one[:2] for one in RICH}), 96)


@TARGET
@REQUEST
def test_what_was_asked_for_comes_back_or_is_reported(
    dialect: str, name: str, url: str, body: bytes, target: str
) -> None:
    request = decode(dialect, url, body)
    if dialect == target or (told := built(request, target)) is None:
        return
    again, _ = told
    expected = meaning(leave_out(request, upstream_of(target).rules), target)
    found = meaning(again, target)
    made_up = {field for field in MADE_UP if expected[field] is None}
    assert without(found, made_up) == without(expected, made_up), name


def without(asked: dict[str, object], names: set[str]) -> dict[str, object]:
    return {name: value for name, value in asked.items() if name not in names}


@TARGET
@REQUEST
def test_what_is_left_out_is_named(dialect: str, name: str, url: str, body: bytes, target: str) -> None:
    request = decode(dialect, url, body)
    if dialect == target or (told := built(request, target)) is None:
        return
    _, dropped = told
    rules = {feature: rule for feature, rule in upstream_of(target).rules.items() if rule is Rule.DROP}
    for feature, rule in rules.items():
        if meaning(leave_out(request, {feature: rule}), "") != meaning(request, ""):
            named = [field for field in judge(request, target, {feature: rule}, {}) if field in dropped]
            assert named, f"{feature} of {name}"
    assert {name for name, value in request.extras.get(dialect, {}).items() if value is not None} <= {*dropped}


# Request → what is left out of it, in its reader's words, wherever it goes; and what only some upstreams do not get.
STRAYS: dict[tuple[str, str], tuple[set[str], dict[str, str]]] = {
    ("openai_chat", "marked"): (
        {"messages[].content[].new", "tools[].function.new"},
        {
            "messages[0].cache_control": "openai_responses gemini ollama",
            "messages[1].cache_control": "openai_responses gemini ollama",
            "tools[0].cache_control": "openai_responses gemini ollama",
        },
    ),
    ("openai_chat", "refused result"): (set(), {}),
    ("openai_chat", "schema"): (
        set(),
        {"response_format.json_schema.description": "anthropic gemini ollama"},
    ),
    ("openai_responses", "strays"): (
        {"input[].phase", "input[].content[].new", "tools[].defer_loading"},
        {"tools[0].strict": "gemini ollama"},
    ),
    ("anthropic", "marked"): (
        {
            "messages[0].cache_control",
            "messages[1].cache_control",
            "messages[2].cache_control",
            "messages[3].cache_control",
            "messages[].content[].caller",
        },
        {},
    ),
    ("anthropic", "marked tool"): (
        {"tools[0].cache_control", "tools[].defer_loading"},
        {"tools[0].strict": "gemini ollama"},
    ),
    ("gemini", "signed"): ({"contents[].parts[].thoughtSignature"}, {}),
    ("gemini", "strays"): ({"contents[].parts[].partMetadata", "tools[].functionDeclarations[].behavior"}, {}),
    ("ollama", "strays"): ({"messages[].new", "tools[].function.new"}, {}),
    ("ui_stream", "strays"): ({"messages[].parts[].providerMetadata.openai"}, {}),
}


@pytest.mark.parametrize(("dialect", "name"), STRAYS)
def test_what_only_one_dialect_says_of_messages_and_tools_is_named(dialect: str, name: str) -> None:
    (body,) = (one[3] for one in RICH if one[:2] == (dialect, name))
    request = decode(dialect, "", body)
    everywhere, somewhere = STRAYS[dialect, name]
    for target in BOTH_WAYS:
        if target == dialect or refusal_of(request, target) is not None:
            continue
        reader, upstream = reader_of(dialect), upstream_of(target)
        found = {*judge(request, target, upstream.rules, reader.spelling), *reader.strays(body)}
        assert found == everywhere | {field for field, targets in somewhere.items() if target in targets.split()}


@pytest.mark.parametrize(("dialect", "name"), [one for one in STRAYS if one[0] in BOTH_WAYS])
def test_an_upstream_of_the_same_dialect_gets_all_of_it(dialect: str, name: str) -> None:
    (body,) = (one[3] for one in RICH if one[:2] == (dialect, name))
    request = replace(decode(dialect, "", body), model="another", stream=False)
    sent = json.loads(upstream_of(dialect).encode_request(request))
    asked = json.loads(body)
    changed = {"model", "stream"}
    assert {field: sent[field] for field in sent.keys() - changed} == {
        field: asked[field] for field in asked.keys() - changed
    }


@pytest.mark.parametrize(
    ("dialect", "name"),
    [("anthropic", "marked"), ("anthropic", "marked tool"), ("gemini", "signed")],
)
def test_marks_come_back_from_a_body_that_is_built_anew(dialect: str, name: str) -> None:
    (body,) = (one[3] for one in RICH if one[:2] == (dialect, name))
    request = decode(dialect, "", body)
    again = decode(dialect, "", upstream_of(dialect).encode_request(replace(request, body=b"")))
    assert (again.messages, again.tools) == (request.messages, request.tools)


def test_where_to_cache_comes_from_chats_to_anthropic() -> None:
    (body,) = (one[3] for one in RICH if one[:2] == ("openai_chat", "marked"))
    sent = json.loads(upstream_of("anthropic").encode_request(decode("openai_chat", "", body)))
    mark = {"cache_control": {"type": "ephemeral"}}
    assert sent["system"] == [{"type": "text", "text": "Be brief.", **mark}]
    assert sent["messages"][0]["content"] == [{"type": "text", "text": "Why?", **mark}]
    assert sent["tools"][0].items() >= mark.items()


# Request → field → who refuses it for that field; whoever is not named takes it.
REFUSED: dict[tuple[str, str], dict[str, str]] = {
    ("openai_chat", "stops"): {"stop": "openai_responses"},
    ("openai_chat", "several"): {"n": "openai_responses anthropic ollama"},
    ("openai_chat", "picture"): {"messages[0]": "openai_completions"},
    ("openai_chat", "far picture"): {"messages[0]": "openai_completions ollama"},
    ("openai_chat", "file"): {"messages[0]": "openai_completions ollama"},
    ("openai_chat", "file by id"): {"messages[0]": "openai_completions anthropic gemini ollama"},
    ("openai_chat", "sound"): {"messages[0]": "openai_completions openai_responses anthropic ollama"},
    ("openai_chat", "choice required"): {"tools": "openai_completions", "tool_choice": "ollama"},
    ("openai_chat", "choice 3"): {"tools": "openai_completions", "tool_choice": "ollama"},
    ("openai_chat", "choice 5"): {"tools": "openai_completions", "tool_choice": "ollama"},
    ("openai_chat", "custom tool"): {"tools": "openai_completions", "tools[0]": "anthropic gemini ollama"},
    ("openai_chat", "custom grammar"): {
        "tools": "openai_completions",
        "tools[0].custom.format": "openai_responses",
        "tools[0]": "anthropic gemini ollama",
    },
    ("openai_chat", "schema"): {"response_format": "openai_completions"},
    ("openai_chat", "object"): {"response_format": "openai_completions anthropic"},
    ("openai_chat", "foreign form"): {
        "response_format": "openai_completions openai_responses anthropic gemini ollama"
    },
    ("openai_chat", "reasoning"): {"messages[1]": "openai_completions"},
    ("openai_chat", "names"): {"messages[0]": "openai_completions"},
    ("openai_chat", "refusal"): {"messages[2]": "openai_completions"},
    ("openai_chat", "late system"): {"messages[1]": "openai_completions"},
    ("openai_chat", "refused result"): {"messages[1]": "openai_completions"},
    ("openai_chat", "shown result"): {
        "messages[3] (video_url)": "openai_completions openai_responses anthropic gemini ollama"
    },
    ("openai_chat", "kept sound"): {
        "messages[2] (audio)": "openai_completions openai_responses anthropic gemini ollama"
    },
    ("openai_chat", "demands"): {"audio": "openai_completions openai_responses anthropic gemini ollama"},
    ("openai_completions", "stops"): {"stop": "openai_responses"},
    ("openai_completions", "several"): {"n": "openai_responses anthropic ollama"},
    ("openai_completions", "echo"): {"echo": "openai_chat openai_responses anthropic gemini ollama"},
    ("openai_completions", "prompts"): {"prompt": "openai_chat openai_responses anthropic gemini ollama"},
    ("openai_responses", "text"): {"logprobs": "anthropic"},
    ("openai_responses", "unsigned"): {"messages[0]": "openai_completions"},
    ("openai_responses", "schema"): {"response_format": "openai_completions"},
    ("openai_responses", "picture"): {"messages[0]": "openai_completions"},
    ("openai_responses", "shown result"): {"messages[2]": "openai_chat", "tools": "openai_completions"},
    ("openai_responses", "far file"): {"messages[0]": "openai_chat openai_completions ollama"},
    ("openai_responses", "file"): {"messages[0]": "openai_completions ollama"},
    ("openai_responses", "choice"): {"tools": "openai_completions", "tool_choice": "ollama"},
    ("openai_responses", "custom"): {"tools": "openai_completions", "tools[0]": "anthropic gemini ollama"},
    ("openai_responses", "custom grammar"): {
        "tools[0].format": "openai_chat",
        "tools": "openai_completions",
        "tools[0]": "anthropic gemini ollama",
    },
    ("openai_responses", "hosted"): {
        "tools[0]": "openai_chat anthropic gemini ollama",
        "tools": "openai_completions",
    },
    ("openai_responses", "before"): {
        "previous_response_id": "openai_chat openai_completions anthropic gemini ollama"
    },
    ("anthropic", "stops"): {"stop": "openai_responses"},
    ("anthropic", "schema"): {"response_format": "openai_completions"},
    ("anthropic", "choice any"): {"tools": "openai_completions", "tool_choice": "ollama"},
    ("anthropic", "choice tool"): {"tools": "openai_completions", "tool_choice": "ollama"},
    ("anthropic", "picture"): {"messages[0]": "openai_completions ollama"},
    ("anthropic", "documents"): {"messages[0]": "openai_completions ollama"},
    ("anthropic", "far document"): {"messages[0]": "openai_chat openai_completions ollama"},
    ("anthropic", "shown result"): {"messages[2]": "openai_chat", "tools": "openai_completions"},
    ("anthropic", "hosted"): {
        "tools[0]": "openai_chat openai_responses gemini ollama",
        "tools": "openai_completions",
    },
    ("anthropic", "servers"): {"mcp_servers": "openai_chat openai_completions openai_responses gemini ollama"},
    ("gemini", "stops"): {"stop": "openai_responses"},
    ("gemini", "several"): {"n": "openai_responses anthropic ollama"},
    ("gemini", "mode ANY"): {"tools": "openai_completions", "tool_choice": "ollama"},
    ("gemini", "mode ANY time"): {"tools": "openai_completions", "tool_choice": "ollama"},
    ("gemini", "schema"): {"response_format": "openai_completions"},
    ("gemini", "object"): {"response_format": "openai_completions anthropic"},
    ("gemini", "media"): {"messages[0]": "openai_completions"},
    ("gemini", "file"): {"messages[0]": "openai_completions ollama"},
    ("gemini", "sound"): {"messages[0]": "openai_completions openai_responses anthropic ollama"},
    ("gemini", "own file"): {"messages[0]": "openai_chat openai_completions openai_responses anthropic ollama"},
    ("gemini", "hosted"): {
        "tools[0]": "openai_chat openai_responses anthropic ollama",
        "tools": "openai_completions",
    },
    ("gemini", "shown instruction"): {"messages[0]": "openai_completions anthropic"},
    ("gemini", "pictures"): {
        "generationConfig.responseModalities": "openai_chat openai_completions openai_responses anthropic ollama"
    },
    ("ollama", "stops"): {"stop": "openai_responses"},
    ("ollama", "logprobs"): {"logprobs": "anthropic"},
    ("ollama", "picture"): {"messages[0]": "openai_completions"},
    ("ollama", "schema"): {"response_format": "openai_completions"},
    ("ollama", "object"): {"response_format": "openai_completions anthropic"},
    ("openai_chat", "one turn"): {},
    ("openai_chat", "turns"): {"tools": "openai_completions"},
}


@pytest.mark.parametrize(("dialect", "name"), REFUSED)
def test_what_cannot_be_asked_for_is_refused_with_its_field(dialect: str, name: str) -> None:
    (body,) = (one[3] for one in RICH if one[:2] == (dialect, name))
    request = decode(dialect, "", body)
    refused: dict[str, list[str]] = {}
    for target in BOTH_WAYS:
        field = None if target == dialect else refusal_of(request, target)
        if field is not None:
            refused.setdefault(field, []).append(target)
    assert "no field" not in refused
    assert {field: " ".join(targets) for field, targets in refused.items()} == REFUSED[dialect, name]
