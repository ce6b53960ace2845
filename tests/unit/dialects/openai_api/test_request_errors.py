from __future__ import annotations

import msgspec
import pytest

from sluiceway.dialects.openai_api.request_errors import invalid, missing, unreadable
from sluiceway.dialects.openai_chat.request_shapes import BodyShape
from sluiceway.errors import RequestError


def complaint(body: bytes) -> RequestError:
    with pytest.raises((msgspec.DecodeError, UnicodeDecodeError)) as caught:
        msgspec.json.decode(body, type=BodyShape)
    return unreadable(caught.value)


@pytest.mark.parametrize(
    ("body", "field", "message"),
    [
        (b"{}", "model", "Missing required parameter: 'model'."),
        (
            b'{"model":"m","messages":[{"content":"a"}]}',
            "messages[0].role",
            "Missing required parameter: 'messages[0].role'.",
        ),
        (
            b'{"model":"m","messages":[{"role":"user","content":5}]}',
            "messages[0].content",
            "Invalid type for 'messages[0].content': expected a string or an array, but got an integer instead.",
        ),
        (
            b'{"model":1}',
            "model",
            "Invalid type for 'model': expected a string, but got an integer instead.",
        ),
        (b"[]", None, "Invalid type: expected an object, but got an array instead."),
        (
            b'{"model":"m","messages":[{"role":"usr"}]}',
            "messages[0].role",
            "Invalid value for 'messages[0].role': 'usr' is not one of the supported values.",
        ),
        (b'{"model":"m","messages":[],"n":0}', "n", "Invalid 'n': expected `int` >= 1."),
        (b'{"model":', None, "We could not parse the JSON body of your request."),
        (b"", None, "We could not parse the JSON body of your request."),
        (b'{"model":"\xff"}', None, "We could not parse the JSON body of your request."),
    ],
)
def test_a_complaint_names_the_field_in_openais_words(body: bytes, field: str | None, message: str) -> None:
    error = complaint(body)
    assert (error.field, error.message, error.status) == (field, message, 400)


def test_a_complaint_without_a_path_is_passed_on() -> None:
    assert unreadable(msgspec.ValidationError("Something else")).message == "Invalid '': something else."


def test_a_field_can_be_missing_or_invalid() -> None:
    assert (missing("a").field, invalid("b", "too long").message) == ("a", "Invalid 'b': too long.")


def test_a_complaint_about_a_piece_names_its_place() -> None:
    with pytest.raises(msgspec.ValidationError) as found:
        msgspec.json.decode(b'{"model":1}', type=msgspec.defstruct("Shape", [("model", str)]))
    assert unreadable(found.value, "input[2]").field == "input[2].model"
