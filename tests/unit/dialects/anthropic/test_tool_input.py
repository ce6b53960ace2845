from __future__ import annotations

import json

import msgspec
import pytest

from sluiceway.dialects.anthropic.tool_input import encode_input, is_empty_input


@pytest.mark.parametrize("field", [b"", b"{}", b"{ }", b" {\n}", b"null"])
def test_an_empty_object_says_nothing(field: bytes) -> None:
    assert is_empty_input(msgspec.Raw(field))


@pytest.mark.parametrize("field", [b'{"a":1}', b"[]", b'{ "a": { } }'])
def test_anything_else_is_input(field: bytes) -> None:
    assert not is_empty_input(msgspec.Raw(field))


def test_no_text_is_an_empty_object() -> None:
    assert bytes(encode_input("")) == b"{}"


def test_an_object_keeps_its_text_and_its_numbers() -> None:
    text = '{"n": 123456789012345678901234567890, "x":1.10}'
    assert bytes(encode_input(text)) == text.encode()


@pytest.mark.parametrize("text", ['{"a":', "[1]", "sunny", "[" * 100_000])
def test_what_is_no_object_is_wrapped(text: str) -> None:
    assert json.loads(bytes(encode_input(text))) == {"INVALID_JSON": text}
