from __future__ import annotations

import json

import pytest
from ollama import ShowResponse

from sluiceway.dialects.ollama.show import encode_show, shown_model
from sluiceway.engine import Capabilities
from sluiceway.errors import RequestError
from sluiceway.features import Rule


@pytest.mark.parametrize(
    "body",
    [b'{"model":"m"}', b'{"name":"m"}', b'{"model":"m","name":"n"}', b'{"model":"","name":"m","options":null}'],
)
def test_a_model_is_asked_about_by_either_name(body: bytes) -> None:
    assert shown_model(body) == "m"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"", None),
        (b'{"model":"\xff"}', None),
        (b'{"model":1}', "model"),
        (b"{}", "model"),
        (b'{"name":""}', "model"),
    ],
)
def test_a_body_that_asks_about_no_model_is_refused(body: bytes, field: str | None) -> None:
    with pytest.raises(RequestError) as caught:
        shown_model(body)
    assert caught.value.field == field


def test_nothing_is_claimed_that_is_not_known() -> None:
    told = ShowResponse(**json.loads(encode_show(Capabilities("openai_chat"))))
    assert told.capabilities == ["completion", "tools"]
    assert (told.modelinfo, told.parameters, told.template, told.license) == ({}, None, None, None)
    assert told.details is not None
    assert not any(told.details.model_dump().values())


@pytest.mark.parametrize("rule", Rule)
def test_tools_are_no_capability_where_the_engine_has_no_words_for_them(rule: Rule) -> None:
    body = json.loads(encode_show(Capabilities("theirs", {"tools": rule})))
    assert body["capabilities"] == ["completion"]
