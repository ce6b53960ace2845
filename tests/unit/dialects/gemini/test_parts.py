from __future__ import annotations

import json

import msgspec
import pytest

from sluiceway.dialects.gemini.parts import encode_arguments, encode_call, encode_text, own_extras
from sluiceway.events import BlockKind, BlockStart


def test_text_is_a_part_and_a_thought_says_so() -> None:
    assert encode_text(BlockKind.TEXT, "a") == {"text": "a"}
    assert encode_text(BlockKind.REASONING, "a", "c2ln") == {"text": "a", "thought": True, "thoughtSignature": "c2ln"}


@pytest.mark.parametrize("signature", ["YQ==", "YWI=", "YWJj", "YQ", "YWI", "ab-_", "ab+/"])
def test_base64_of_either_alphabet_is_a_signature(signature: str) -> None:
    assert encode_text(BlockKind.TEXT, "", signature)["thoughtSignature"] == signature


@pytest.mark.parametrize("signature", [None, "", "a", "YWJjZ", "a b c d", "YQ=", "00", "YWJ", "a+b-", 5])
def test_anything_else_is_left_out(signature: object) -> None:
    assert encode_text(BlockKind.TEXT, "", signature) == {"text": ""}


def test_a_call_is_whole() -> None:
    start = BlockStart(0, BlockKind.TOOL, 0, "1", "f", {"gemini": {"thoughtSignature": "c2ln"}})
    assert json.loads(msgspec.json.encode(encode_call(start, '{"x":1}'))) == {
        "functionCall": {"id": "1", "name": "f", "args": {"x": 1}},
        "thoughtSignature": "c2ln",
    }


def test_a_call_without_an_id_has_none() -> None:
    part = encode_call(BlockStart(0, BlockKind.TOOL, tool_name="f"), "")
    assert json.loads(msgspec.json.encode(part)) == {"functionCall": {"name": "f", "args": {}}}


@pytest.mark.parametrize(
    ("text", "args"),
    [
        ("", b"{}"),
        ('{"n": 12345678901234567890123}', b'{"n": 12345678901234567890123}'),
        ('{\r\n"n":1}', b'{  "n":1}'),
        ("[1]", b'{"input":"[1]"}'),
        ("free\ntext", b'{"input":"free\\ntext"}'),
        ('{"cut', b'{"input":"{\\"cut"}'),
    ],
)
def test_arguments_are_an_object(text: str, args: bytes) -> None:
    assert bytes(encode_arguments(text)) == args


def test_other_vendors_data_is_not_ours() -> None:
    assert own_extras({"elsewhere": {"x": 1}}) == {}
    assert own_extras({"gemini": {"x": 1}}) == {"x": 1}
