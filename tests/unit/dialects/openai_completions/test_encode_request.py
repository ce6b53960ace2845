from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from sluiceway.dialects.openai_completions.decode_request import decode_request
from sluiceway.dialects.openai_completions.encode_request import encode_request
from sluiceway.errors import UnsupportedFeature
from sluiceway.request import (
    ImagePart,
    Message,
    Request,
    ResponseFormat,
    ResponseFormatKind,
    Role,
    TextPart,
    ToolCallPart,
)

USAGE = '"stream_options":{"include_usage":true}'
HI = Message(Role.USER, [TextPart("hi")])


def said(role: Role, text: str = "x") -> Message:
    return Message(role, [TextPart(text)])


def built(*messages: Message, **fields: Any) -> Any:
    return json.loads(encode_request(Request("m", list(messages), **fields)))


@pytest.mark.parametrize(
    "body",
    [
        '{ "z": 1e2, "prompt":["a","b"], "model" : "m" }',
        '{"model":"m","prompt":[1,2],"stream":true,"stream_options":{"x":1,"include_usage":true}}',
        '{"model":"m","prompt":"a","echo":true,"stream":false}',
    ],
)
def test_a_body_of_this_dialect_leaves_as_it_came(body: str) -> None:
    assert encode_request(decode_request(body.encode())) == body.encode()


@pytest.mark.parametrize("options", ["", ',"stream_options":null', ',"stream_options":{"include_usage":false}'])
def test_a_stream_is_always_asked_for_usage(options: str) -> None:
    body = f'{{"model":"m","prompt":"a","stream":true{options}}}'
    sent = encode_request(decode_request(body.encode()))
    assert sent == f'{{"model":"m","prompt":"a","stream":true,{USAGE}}}'.encode()


def test_only_what_differs_is_set() -> None:
    request = decode_request(f'{{"model":"m","prompt":"a","z":1.50,"stream":true,{USAGE}}}'.encode())
    other = msgspec.structs.replace(request, model="n", stream=False)
    assert encode_request(other) == b'{"model":"n","prompt":"a","z":1.50,"stream":false}'


def test_one_users_text_is_a_prompt() -> None:
    assert built(HI) == {"model": "m", "prompt": "hi"}


def test_what_the_system_says_comes_before_it() -> None:
    told = built(said(Role.SYSTEM, "Be kind."), said(Role.DEVELOPER, ""), HI, stream=True)
    assert told["prompt"] == "Be kind.\n\nhi"
    assert (told["stream"], told["stream_options"]) == (True, {"include_usage": True})


@pytest.mark.parametrize(
    ("messages", "field"),
    [
        ([], "messages"),
        ([said(Role.SYSTEM)], "messages[0]"),
        ([HI, said(Role.ASSISTANT)], "messages[0]"),
        ([said(Role.SYSTEM), said(Role.ASSISTANT), HI], "messages[1]"),
        ([HI, HI], "messages[0]"),
        ([Message(Role.USER, [ImagePart("u")])], "messages[0]"),
        ([Message(Role.USER, [ToolCallPart("c", "f", "{}")])], "messages[0]"),
    ],
)
def test_more_than_one_users_text_is_refused(messages: list[Message], field: str) -> None:
    with pytest.raises(UnsupportedFeature) as caught:
        built(*messages)
    assert caught.value.field == field


def test_every_setting_has_its_name() -> None:
    told = built(
        HI,
        max_output_tokens=5,
        temperature=0.5,
        top_p=0.9,
        top_k=4,
        stop=["x"],
        seed=7,
        n=2,
        logprobs=True,
        top_logprobs=3,
        frequency_penalty=0.1,
        presence_penalty=0.2,
    )
    assert told == {
        "model": "m",
        "prompt": "hi",
        "max_tokens": 5,
        "temperature": 0.5,
        "top_p": 0.9,
        "top_k": 4,
        "stop": ["x"],
        "seed": 7,
        "n": 2,
        "logprobs": 3,
        "frequency_penalty": 0.1,
        "presence_penalty": 0.2,
    }


def test_log_probabilities_without_alternatives_are_zero() -> None:
    assert built(HI, logprobs=True)["logprobs"] == 0


@pytest.mark.parametrize("body", [{"prompt": [1, 2]}, {"prompt": "a", "echo": True}, {"prompt_embeds": "AAAA"}])
def test_a_body_built_anew_asks_for_the_same(body: dict[str, object]) -> None:
    request = decode_request(json.dumps({"model": "m", **body}).encode())
    assert json.loads(encode_request(msgspec.structs.replace(request, body=b""))) == {"model": "m", **body}


def test_a_form_is_written_as_vllm_reads_it() -> None:
    form = ResponseFormat(ResponseFormatKind.JSON_SCHEMA, "n", {"type": "object"})
    schema = {"name": "n", "schema": {"type": "object"}}
    assert built(HI, response_format=form)["response_format"] == {"type": "json_schema", "json_schema": schema}
    plain = built(HI, response_format=ResponseFormat(ResponseFormatKind.JSON_OBJECT))
    assert plain["response_format"] == {"type": "json_object"}
