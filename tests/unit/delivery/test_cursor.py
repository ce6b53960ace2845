from __future__ import annotations

import pytest

from sluiceway.delivery.cursor import START, Cursor, decode_cursor, encode_cursor
from sluiceway.errors import RequestError


@pytest.mark.parametrize(
    ("text", "cursor"),
    [
        ("1-0", START),
        ("1-42", Cursor(1, 42)),
        ("2-42.7", Cursor(2, 42, 7)),
        ("9999999999-9999999999999999", Cursor(9_999_999_999, 9_999_999_999_999_999)),
    ],
)
def test_a_cursor_is_its_text(text: str, cursor: Cursor) -> None:
    assert (decode_cursor(text), encode_cursor(cursor)) == (cursor, text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "-",
        "1-",
        "-1",
        "0-1",
        "01-1",
        "1-01",
        "+1-1",
        "1--1",
        "1-1 ",
        " 1-1",
        "1-1\n",
        "1-1-1",
        "1-0.1",
        "1-1.0",
        "1-1.",
        "1-1.1.1",
        "1-x",
        "\u0661-\u0661",
    ],
)
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(RequestError) as caught:
        decode_cursor(text)
    assert (caught.value.status, caught.value.field) == (400, "after")


@pytest.mark.parametrize("text", ["1" * 11 + "-1", "1-" + "1" * 17, "1-1." + "1" * 7, "1-" + "9" * 100_000])
def test_numbers_are_bounded(text: str) -> None:
    with pytest.raises(RequestError):
        decode_cursor(text)


def test_cursors_are_in_order() -> None:
    assert Cursor(1, 7) < Cursor(1, 8) < Cursor(2, 5)
    assert Cursor(1, 7, 1) < Cursor(1, 7, 2) < Cursor(1, 8)
