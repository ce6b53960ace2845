from __future__ import annotations

import msgspec
import pytest

from sluiceway.dialects.ollama.request_errors import invalid, missing, unreadable
from sluiceway.dialects.ollama.request_shapes import ChatShape
from sluiceway.errors import RequestError


def complaint(body: str) -> RequestError:
    with pytest.raises(msgspec.DecodeError) as caught:
        msgspec.json.decode(body, type=ChatShape)
    return unreadable(caught.value)


@pytest.mark.parametrize(
    ("body", "field", "message"),
    [
        ('{"model":1}', "model", "invalid model: expected `str`, got `int`"),
        ('{"messages":[{}]}', "messages[0].role", "messages[0].role is required"),
        (
            '{"messages":[{"role":"robot"}]}',
            "messages[0].role",
            "invalid messages[0].role: invalid enum value 'robot'",
        ),
        ("[]", "body", "invalid body: expected `object`, got `array`"),
        ("{", None, "the request body is not JSON"),
    ],
)
def test_the_field_is_named(body: str, field: str | None, message: str) -> None:
    error = complaint(body)
    assert (error.field, error.message, error.status) == (field, message, 400)


def test_a_missing_field_at_the_top_is_named() -> None:
    assert unreadable(msgspec.ValidationError("Object missing required field `model`")).field == "model"


def test_our_own_complaints_read_alike() -> None:
    assert missing("model").message == "model is required"
    assert (invalid("format", "no").field, invalid("format", "no").message) == ("format", "invalid format: no")
