from __future__ import annotations

import msgspec
import pytest

from sluiceway.dialects.anthropic.request_errors import invalid, missing, unreadable
from sluiceway.dialects.anthropic.request_shapes import BodyShape, TextShape, ToolChoiceShape
from sluiceway.errors import RequestError


def complaint(body: str, shape: type = BodyShape, place: str = "") -> RequestError:
    with pytest.raises(msgspec.DecodeError) as caught:
        msgspec.json.decode(body, type=shape)
    return unreadable(caught.value, place)


def test_a_missing_field_is_named() -> None:
    error = missing("max_tokens")
    assert (error.message, error.field, error.status) == ("max_tokens: Field required", "max_tokens", 400)


def test_what_has_no_place_is_told_without_one() -> None:
    assert (invalid("", "No").message, invalid("", "No").field) == ("No", None)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ('{"model":"m","messages":[]}', "max_tokens: Field required"),
        ('{"model":7}', "model: Input should be a valid string"),
        ('{"messages":[{"role":"user"}]}', "messages.0.content: Field required"),
        (
            '{"messages":[{"role":"user","content":7}]}',
            "messages.0.content: Input should be a valid string or list",
        ),
        (
            '{"messages":[{"role":"tool"}]}',
            "messages.0.role: 'tool' is not one of the supported values",
        ),
        ('{"max_tokens":-1}', "max_tokens: Expected `int` >= 0"),
        ("[]", "Input should be a valid dictionary"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(body: str, message: str) -> None:
    error = complaint(body)
    field, colon, _ = message.partition(": ")
    assert (error.message, error.field) == (message, field if colon else None)


def test_places_are_put_together() -> None:
    assert complaint("{}", TextShape, "messages.0.content.1").field == "messages.0.content.1.text"
    assert complaint('{"type":7}', ToolChoiceShape, "tool_choice").field == "tool_choice.type"
    assert complaint("7", TextShape, "messages.0.content.1").field == "messages.0.content.1"


def test_what_is_no_json_is_told_so() -> None:
    assert complaint("{").message == "The request body is not valid JSON"
