from __future__ import annotations

import json

import pytest

from sluiceway.dialects.ui_stream.decode_request import decode_request
from sluiceway.errors import RequestError
from sluiceway.request import Message, Request, Role, TextPart

HI = {"id": "m1", "role": "user", "parts": [{"type": "text", "text": "hi"}]}


def request_of(**fields: object) -> Request:
    body = {"id": "chat1", "messages": [HI], "trigger": "submit-message", "messageId": "m1", **fields}
    return decode_request(json.dumps(body).encode())


def test_what_usechat_sends_is_a_streaming_request_with_usage() -> None:
    request = request_of()
    assert request.messages == [Message(Role.USER, [TextPart("hi")])]
    assert (request.model, request.stream, request.include_usage) == ("", True, True)
    assert (request.extras, request.demands, request.dialect) == ({}, [], "ui_stream")


def test_a_page_may_add_settings_in_the_sdks_words() -> None:
    request = request_of(
        model="m",
        maxOutputTokens=5,
        temperature=0.5,
        topP=0.9,
        topK=4,
        stopSequences=["x"],
        seed=7,
        frequencyPenalty=0.1,
        presencePenalty=0.2,
        reasoningEffort="low",
        tools={"f": {}},
        toolChoice="required",
    )
    assert (request.model, request.max_output_tokens, request.reasoning_effort) == ("m", 5, "low")
    assert (request.temperature, request.top_p, request.top_k, request.stop) == (0.5, 0.9, 4, ["x"])
    assert (request.seed, request.frequency_penalty, request.presence_penalty) == (7, 0.1, 0.2)
    assert [tool.name for tool in request.tools] == ["f"]
    assert request.tool_choice is not None
    assert request.extras == {}


def test_what_the_system_says_comes_first() -> None:
    request = request_of(system="Be kind.")
    assert request.messages[0] == Message(Role.SYSTEM, [TextPart("Be kind.")])


def test_what_else_a_page_adds_is_extra() -> None:
    assert request_of(providerOptions={"a": {}}, chat=1).extras == {
        "ui_stream": {"chat": 1, "providerOptions": {"a": {}}}
    }


@pytest.mark.parametrize("messages", [[], [{"role": "user", "parts": []}]])
def test_a_conversation_that_says_nothing_is_refused(messages: object) -> None:
    with pytest.raises(RequestError) as caught:
        request_of(messages=messages, system="Be kind.")
    assert caught.value.field == "messages"


def test_half_a_character_in_a_tools_output_is_refused_like_any_broken_json() -> None:
    part = b'{"type":"tool-f","toolCallId":"c","state":"output-available","input":{},"output":"\\ud83d"}'
    body = b'{"messages":[{"role":"assistant","parts":[' + part + b"]}]}"
    with pytest.raises(RequestError):
        decode_request(body)
