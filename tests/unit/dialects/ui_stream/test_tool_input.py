from __future__ import annotations

import pytest

from sluiceway.dialects.ui_stream.tool_input import encode_input


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "{}"),
        ('{"city": "Paris"}', '{"city":"Paris"}'),
        ('{"a":\r\n1234567890123456789012345.0}', '{"a":1234567890123456789012345.0}'),
        ('"free"', '"free"'),
    ],
)
def test_whole_arguments_stand_on_one_line_with_every_digit(text: str, told: str) -> None:
    value = encode_input(text)
    assert value is not None
    assert bytes(value).decode() == told


@pytest.mark.parametrize("text", ['{"city":"Par', "ls -l", "{}{}", '{"a":NaN}', "[" * 5000])
def test_arguments_that_are_not_whole_are_none(text: str) -> None:
    assert encode_input(text) is None
