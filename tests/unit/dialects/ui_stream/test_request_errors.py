from __future__ import annotations

import pytest

from sluiceway.dialects.ui_stream.decode_request import decode_request
from sluiceway.dialects.ui_stream.request_errors import missing
from sluiceway.errors import RequestError


@pytest.mark.parametrize(
    ("body", "field", "message"),
    [
        (b"{", None, "The request's body is not JSON."),
        (b"{}", None, "The request's body is wrong: Object missing required field `messages`."),
        (b'{"messages":"x"}', "messages", "'messages' is wrong: Expected `array`, got `str`."),
        (
            b'{"messages":[{"role":"tool"}]}',
            "messages[0].role",
            "'messages[0].role' is wrong: Invalid enum value 'tool'.",
        ),
        (b'{"messages":[]}', "messages", "'messages' is missing."),
    ],
)
def test_a_wrong_body_is_told_in_a_sentence(body: bytes, field: str | None, message: str) -> None:
    with pytest.raises(RequestError) as caught:
        decode_request(body)
    assert (caught.value.field, caught.value.message) == (field, message)


def test_a_missing_field_is_named() -> None:
    assert missing("a.b").field == "a.b"
