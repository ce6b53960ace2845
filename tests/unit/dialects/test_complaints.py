from __future__ import annotations

from typing import Literal

import msgspec
import pytest

from sluiceway.dialects.complaints import Complaint, read_complaint


class Shape(msgspec.Struct):
    """What is complained about."""

    a: str | None = None
    b: list[dict[str, int]] = []
    c: Literal["x", "y"] = "x"


class Strict(msgspec.Struct):
    """Has a field that must be there."""

    d: str


def complaint(body: bytes, kind: type[msgspec.Struct] = Shape) -> Complaint | None:
    with pytest.raises(msgspec.DecodeError) as caught:
        msgspec.json.decode(body, type=kind)
    return read_complaint(caught.value)


@pytest.mark.parametrize(
    ("body", "path", "expected", "got"),
    [
        (b'{"a":1}', "a", ("str",), "int"),
        (b'{"b":[{"k":"v"}]}', "b[0][...]", ("int",), "str"),
        (b"[]", "", ("object",), "array"),
    ],
)
def test_a_wrong_type_tells_where_what_and_what_came(
    body: bytes, path: str, expected: tuple[str, ...], got: str
) -> None:
    found = complaint(body)
    assert found is not None
    assert (found.path, found.expected, found.got) == (path, expected, got)


def test_a_missing_field_has_a_name() -> None:
    found = complaint(b"{}", Strict)
    assert found is not None
    assert (found.path, found.missing) == ("", "d")


def test_an_unknown_word_is_told() -> None:
    found = complaint(b'{"c":"z"}')
    assert found is not None
    assert (found.path, found.word) == ("c", "'z'")


def test_any_other_complaint_is_a_sentence() -> None:
    found = read_complaint(msgspec.ValidationError("Expected `int` <= 20 - at `$.top`"))
    assert found is not None
    assert (found.path, found.text, found.clause) == ("top", "Expected `int` <= 20", "expected `int` <= 20")


def test_what_is_no_json_has_no_complaint() -> None:
    assert complaint(b"{") is None
