from __future__ import annotations

import json

import msgspec
import pytest

from sluiceway.dialects.base import EncodeOptions, Framing, Revisit, Target
from sluiceway.dialects.ui_stream.decode_request import decode_request
from sluiceway.dialects.ui_stream.encode import StreamEncoder
from sluiceway.dialects.ui_stream.resume import REVISITS, keep
from sluiceway.events import BlockEnd, BlockKind, BlockStart, ChoiceEnd, Frame, StreamEnd, StreamStart, ToolInputDelta
from sluiceway.request import Request
from sluiceway.usage import FinishReason, Stop

OPTIONS = EncodeOptions(Framing.SSE, "gen-7", "m", 1)
CALL = {"type": "tool-f", "toolCallId": "call-1", "state": "output-available", "input": {"a": "x" * 500}, "output": 1}
ANSWER = Frame(
    [
        StreamStart(),
        BlockStart(0, BlockKind.TOOL, tool_id="call-1", tool_name="f"),
        ToolInputDelta(0, "{}"),
        BlockEnd(0),
        ChoiceEnd(0, FinishReason(Stop.TOOL_CALL)),
        StreamEnd(),
    ]
)


def chat(name: object) -> Request:
    messages = [
        {"role": "user", "parts": [{"type": "text", "text": "Hi"}]},
        {"role": "assistant", "parts": [CALL]},
    ]
    request = decode_request(json.dumps({"id": name, "messages": messages}).encode())
    return msgspec.structs.replace(request, is_resumable=True)


@pytest.mark.parametrize("name", [None, "", 7, "x" * 201])
def test_a_chat_without_a_fit_id_is_not_kept(name: object) -> None:
    assert keep(chat(name)) is None


def test_a_chat_whose_page_does_not_ask_for_it_is_not_kept() -> None:
    assert keep(msgspec.structs.replace(chat("chat-1"), is_resumable=False)) is None


def test_a_chat_is_kept_under_its_id() -> None:
    request = chat("chat-1")
    found = keep(request)
    assert found is not None
    assert (found.name, found.request, found.is_background, found.is_told_at_once) == (
        "chat-1",
        request,
        False,
        False,
    )


def test_what_is_told_again_is_what_was_told() -> None:
    request = chat("chat-1")
    found = keep(request)
    assert found is not None
    again = found.encoder(OPTIONS).encode(ANSWER)
    assert again == StreamEncoder(OPTIONS, request).encode(ANSWER)
    assert b'"toolCallId":"call-1_2"' in again


def test_who_comes_back_follows_from_the_start() -> None:
    assert REVISITS.decode(Target({"id": "chat-1"})) == Revisit("chat-1")
    assert REVISITS.number_of is None
