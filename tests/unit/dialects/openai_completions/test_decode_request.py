from __future__ import annotations

import json

import pytest

from sluiceway.dialects.openai_completions.decode_request import KNOWN, decode_request
from sluiceway.dialects.strays import find_strays
from sluiceway.errors import RequestError, UnsupportedFeature
from sluiceway.features import judge
from sluiceway.request import Message, Request, ResponseFormat, ResponseFormatKind, Role, TextPart


def request_of(**fields: object) -> Request:
    return decode_request(json.dumps({"model": "m", "prompt": "a", **fields}).encode())


@pytest.mark.parametrize("prompt", ["Say hi", ["Say hi"]])
def test_a_prompt_of_one_text_is_one_users_message(prompt: object) -> None:
    request = request_of(prompt=prompt)
    assert request.messages == [Message(Role.USER, [TextPart("Say hi")])]
    assert (request.extras, request.demands, request.dialect) == ({}, [], "openai_completions")


@pytest.mark.parametrize("prompt", [["a", "b"], [1, 2], [7], [[1, 2], [3]], [[1]]])
def test_several_prompts_and_tokens_are_for_this_dialect_only(prompt: object) -> None:
    request = request_of(prompt=prompt)
    assert (request.messages, request.demands) == ([], ["prompt"])
    assert request.extras == {"openai_completions": {"prompt": prompt}}
    with pytest.raises(UnsupportedFeature, match="prompt"):
        judge(request, "openai_chat", {}, {})


def test_an_empty_prompt_is_a_prompt() -> None:
    assert request_of(prompt="").messages == [Message(Role.USER, [TextPart("")])]


@pytest.mark.parametrize("prompt", [None, []])
def test_no_prompt_is_refused(prompt: object) -> None:
    with pytest.raises(RequestError) as caught:
        request_of(prompt=prompt)
    assert caught.value.field == "prompt"


def test_no_model_is_refused() -> None:
    with pytest.raises(RequestError, match="model"):
        request_of(model="")


def test_embeddings_may_stand_for_a_prompt() -> None:
    request = request_of(prompt=None, prompt_embeds="AAAA")
    assert (request.messages, request.demands) == ([], ["prompt_embeds"])


@pytest.mark.parametrize("field", ["echo", "suffix", "logit_bias", "guided_regex"])
def test_what_asks_for_another_answer_is_a_demand(field: str) -> None:
    assert request_of(**{field: {"x": 1}}).demands == [field]
    assert request_of(**{field: None}).demands == []


def test_what_changes_how_an_answer_is_made_is_extra() -> None:
    request = request_of(best_of=3, min_p=0.1, user="u")
    assert request.extras == {"openai_completions": {"best_of": 3, "min_p": 0.1, "user": "u"}}
    assert request.demands == []


def test_every_setting_has_its_place() -> None:
    request = request_of(
        stream=True,
        stream_options={"include_usage": True},
        max_tokens=5,
        temperature=0.5,
        top_p=0.9,
        top_k=-1,
        stop=["x"],
        seed=7,
        n=2,
        logprobs=3,
        frequency_penalty=0.1,
        presence_penalty=0.2,
    )
    assert (request.stream, request.include_usage, request.max_output_tokens) == (True, True, 5)
    assert (request.temperature, request.top_p, request.top_k, request.seed) == (0.5, 0.9, -1, 7)
    assert (request.stop, request.n, request.logprobs, request.top_logprobs) == (["x"], 2, True, 3)
    assert (request.frequency_penalty, request.presence_penalty) == (0.1, 0.2)


def test_log_probabilities_of_the_chosen_tokens_alone_are_zero() -> None:
    assert (request_of(logprobs=0).logprobs, request_of(logprobs=0).top_logprobs) == (True, 0)
    assert request_of().logprobs is False


@pytest.mark.parametrize(("stop", "told"), [("x", ["x"]), (None, []), (["x", "y"], ["x", "y"])])
def test_a_stop_may_be_one_text(stop: object, told: list[str]) -> None:
    assert request_of(stop=stop).stop == told


def test_a_form_is_taken_as_chat_takes_it() -> None:
    schema = {"name": "n", "schema": {"type": "object"}, "strict": True}
    request = request_of(response_format={"type": "json_schema", "json_schema": schema})
    form = ResponseFormat(ResponseFormatKind.JSON_SCHEMA, "n", {"type": "object"}, None, strict=True)
    assert request.response_format == form
    plain = request_of(response_format={"type": "json_object"}).response_format
    assert plain == ResponseFormat(ResponseFormatKind.JSON_OBJECT)


def test_a_form_of_a_vendor_is_a_demand() -> None:
    request = request_of(response_format={"type": "structural_tag", "format": {}})
    assert (request.response_format, request.demands) == (None, ["response_format"])


def test_a_schema_must_be_there() -> None:
    with pytest.raises(RequestError) as caught:
        request_of(response_format={"type": "json_schema"})
    assert caught.value.field == "response_format.json_schema"


def test_a_body_that_cannot_be_read_is_refused_in_openais_words() -> None:
    with pytest.raises(RequestError, match="could not parse the JSON body"):
        decode_request(b"{")


def test_what_is_not_read_inside_of_a_field_is_found() -> None:
    body = b'{"model":"m","prompt":"a","new":1,"stream_options":{"include_usage":true,"new":1}}'
    assert find_strays(body, KNOWN) == ["stream_options.new"]
