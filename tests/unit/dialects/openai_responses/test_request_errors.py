from __future__ import annotations

import msgspec
import pytest

from sluiceway.dialects.openai_responses.request_errors import invalid, missing, unreadable
from sluiceway.dialects.openai_responses.request_shapes import BodyShape


def complaint(body: bytes) -> Exception:
    with pytest.raises(msgspec.DecodeError) as found:
        msgspec.json.decode(body, type=BodyShape)
    return found.value


@pytest.mark.parametrize(
    ("body", "message", "field"),
    [
        (b"{", "We could not parse the JSON body of your request.", None),
        (b"[]", "Invalid type: expected an object, but got an array instead.", None),
        (b'{"model":1}', "Invalid type for 'model': expected a string, but got an integer instead.", "model"),
        (b'{"text":{"format":{}}}', "Missing required parameter: 'text.format.type'.", "text.format.type"),
        (b'{"top_logprobs":21}', "Invalid 'top_logprobs': expected `int` <= 20.", "top_logprobs"),
    ],
)
def test_a_complaint_is_told_in_openais_words(body: bytes, message: str, field: str | None) -> None:
    error = unreadable(complaint(body))
    assert (error.message, error.field) == (message, field)


def test_a_complaint_about_a_piece_names_its_place() -> None:
    assert unreadable(complaint(b'{"model":1}'), "input[2]").field == "input[2].model"
    assert unreadable(complaint(b"[]"), "input[2]").field == "input[2]"


def test_a_missing_field_at_the_top_has_no_path() -> None:
    with pytest.raises(msgspec.ValidationError) as found:
        msgspec.json.decode(b"{}", type=msgspec.defstruct("Shape", [("id", str)]))
    assert unreadable(found.value).field == "id"


def test_what_is_missing_or_wrong_is_named() -> None:
    assert missing("input").message == "Missing required parameter: 'input'."
    assert invalid("input", "no").message == "Invalid 'input': no."
