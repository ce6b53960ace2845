from __future__ import annotations

import pytest

from sluiceway.dialects.openai_chat.whole_input import ToolInput

WHOLE = ["{}", ' {"a": [1, {"b": "}"}]} ', r'{"a": "\"}\\"}', "[]", '["{"]']


def whole(*pieces: str, is_text: bool = False) -> bool:
    tool_input = ToolInput(is_text=is_text)
    for piece in pieces:
        tool_input.feed(piece)
    return tool_input.is_whole


@pytest.mark.parametrize("text", WHOLE)
def test_an_object_or_array_is_whole_at_its_last_bracket(text: str) -> None:
    assert whole(text)
    end = text.rindex("}" if "}" in text[-2:] else "]")
    assert not any(whole(text[:cut]) for cut in range(end + 1))


@pytest.mark.parametrize("text", WHOLE)
def test_pieces_may_be_cut_anywhere(text: str) -> None:
    assert whole(*text)
    assert all(whole(text[:cut], text[cut:]) for cut in range(len(text)))


@pytest.mark.parametrize("text", ["", " ", "1", "null", '"a"', "{'a': 1"])
def test_anything_else_is_never_whole(text: str) -> None:
    assert not whole(text)


def test_looking_between_two_pieces_changes_nothing() -> None:
    tool_input = ToolInput()
    for character in WHOLE[2]:
        assert not tool_input.is_whole
        tool_input.feed(character)
    assert tool_input.is_whole


def test_what_is_over_is_whole() -> None:
    tool_input = ToolInput()
    tool_input.feed("{")
    tool_input.is_over = True
    assert tool_input.is_whole


def test_text_is_never_whole_by_itself() -> None:
    assert not whole("{}", is_text=True)


def test_much_that_waits_is_looked_at_unasked() -> None:
    tool_input = ToolInput()
    for piece in ("{", '"a":"', "x" * 100_000, '"', "}"):
        tool_input.feed(piece)
    assert tool_input.is_whole
