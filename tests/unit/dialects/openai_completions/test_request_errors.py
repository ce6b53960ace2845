from __future__ import annotations

import pytest

from sluiceway.dialects.openai_completions.decode_request import decode_request
from sluiceway.dialects.openai_completions.request_errors import missing
from sluiceway.errors import RequestError


@pytest.mark.parametrize(
    ("body", "field", "message"),
    [
        ('{"prompt":"a"}', "model", "Missing required parameter: 'model'."),
        (
            '{"model":"m","prompt":"a","max_tokens":"x"}',
            "max_tokens",
            "Invalid type for 'max_tokens': expected an integer, but got a string instead.",
        ),
        (
            '{"model":"m","prompt":{}}',
            "prompt",
            "Invalid type for 'prompt': expected a string or an array, but got an object instead.",
        ),
        ('{"model":"m","prompt":"a","n":0}', "n", "Invalid 'n': expected `int` >= 1."),
        (
            '{"model":"m","prompt":"a","response_format":{}}',
            "response_format.type",
            "Missing required parameter: 'response_format.type'.",
        ),
        ("[]", None, "Invalid type: expected an object, but got an array instead."),
        ("{", None, "We could not parse the JSON body of your request."),
    ],
)
def test_a_wrong_body_is_told_in_openais_words(body: str, field: str | None, message: str) -> None:
    with pytest.raises(RequestError) as caught:
        decode_request(body.encode())
    assert (caught.value.field, caught.value.message, caught.value.status) == (field, message, 400)


def test_a_missing_field_is_named() -> None:
    assert missing("prompt").field == "prompt"
