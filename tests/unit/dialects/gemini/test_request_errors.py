from __future__ import annotations

import msgspec
import pytest

from sluiceway.dialects.gemini.request_errors import invalid, unreadable
from sluiceway.dialects.gemini.request_shapes import BodyShape


def complaint(body: bytes) -> tuple[str, str | None]:
    with pytest.raises(msgspec.DecodeError) as caught:
        msgspec.json.decode(body, type=BodyShape)
    error = unreadable(caught.value)
    return error.message, error.field


def test_a_wrong_value_is_named() -> None:
    error = invalid("contents[0].role", "please")
    assert (error.message, error.field, error.status) == (
        "Invalid value at 'contents[0].role': please",
        "contents[0].role",
        400,
    )


def test_a_wrong_type_names_the_field() -> None:
    assert complaint(b'{"contents":[{"parts":[{"text":5}]}]}') == (
        "Invalid value at 'contents[0].parts[0].text': expected str | null, got int",
        "contents[0].parts[0].text",
    )


def test_a_body_of_another_shape_has_no_field() -> None:
    assert complaint(b"[]") == ("Invalid JSON payload received. Expected `object`, got `array`", None)


def test_what_is_not_json_is_told_so() -> None:
    assert complaint(b"{")[1] is None
    assert "could not be parsed" in unreadable(RecursionError()).message
