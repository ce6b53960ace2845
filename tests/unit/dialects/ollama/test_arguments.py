from __future__ import annotations

import msgspec
import pytest

from sluiceway.dialects.ollama.arguments import decode_arguments, encode_arguments


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (b'{"city":"Tokyo"}', '{"city":"Tokyo"}'),
        (b'{"n":12345678901234567890.10}', '{"n":12345678901234567890.10}'),
        (b"{}", "{}"),
        (b"null", ""),
        (b"", ""),
        (b'"{\\"city\\":\\"Tokyo\\"}"', '{"city":"Tokyo"}'),
        (b"[1]", "[1]"),
    ],
)
def test_arguments_are_text_as_it_stands(value: bytes, text: str) -> None:
    assert decode_arguments(msgspec.Raw(value)) == text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", b"{}"),
        ("  \n", b"{}"),
        ('{"n": 12345678901234567890.10}', b'{"n": 12345678901234567890.10}'),
        ('{\r\n  "a": "\\n"\r\n}\n', b'{    "a": "\\n"  }'),
    ],
)
def test_the_text_of_an_object_is_the_object_on_one_line(text: str, value: bytes) -> None:
    assert encode_arguments(text) == msgspec.Raw(value)


@pytest.mark.parametrize("text", ['{"a":', "[1]", '"a"', "null", "{}{}", "nothing", '{"a":"\n"}', '{"a":' * 100_000])
def test_what_is_no_object_cannot_be_said(text: str) -> None:
    assert encode_arguments(text) is None
