from __future__ import annotations

import pytest

from sluiceway.dialects.base import EncodeOptions, Forwarded, Framing, Keep, ReaderSide, named_model, outline
from sluiceway.dialects.openai_chat import OPENAI_CHAT
from sluiceway.dialects.openai_chat.encode import encoder
from sluiceway.errors import RequestError
from sluiceway.fold import Completion
from sluiceway.request import Message, Request, Role, TextPart, Tool


def test_a_framing_is_named_by_its_content_type() -> None:
    assert [framing.value for framing in Framing] == [
        "text/event-stream; charset=utf-8",
        "application/x-ndjson",
        "application/json",
        "application/json; charset=UTF-8",
    ]


def test_a_dialect_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        OPENAI_CHAT.name = "other"  # type: ignore[misc]


def test_readers_get_no_usage_unless_they_ask() -> None:
    assert not EncodeOptions(Framing.SSE, "gen_1", "m", 1).include_usage


def test_of_a_request_encoders_need_no_more_than_the_names_of_its_tools() -> None:
    tools = [Tool("f", "x" * 999, {"type": "object"}), Tool("g"), Tool("search", is_hosted=True)]
    request = Request("m", [Message(Role.USER, [TextPart("Hi")])], tools=tools, include_usage=True, body=b"{}")
    known = Request("m", [], stream=True, tools=[Tool("f", input_schema={}), Tool("g")], include_usage=True)
    assert outline(request) == known


def test_a_dialect_that_reads_all_of_a_body_passes_nothing_over() -> None:
    assert ReaderSide((), lambda _error: b"").strays(b'{"x":1}') == []


def test_a_small_request_is_about_the_model_it_names() -> None:
    assert Forwarded("/count").model_of(b'{"model":"m","x":1}') == "m"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"{}", b'{"model":1}', b'{"model":"\xff"}'])
def test_a_body_that_names_no_model_is_refused(body: bytes) -> None:
    with pytest.raises(RequestError) as caught:
        named_model(body)
    assert caught.value.field == "model"


def test_no_request_is_answered_without_a_model_unless_an_endpoint_says_so() -> None:
    assert OPENAI_CHAT.reader is not None
    assert OPENAI_CHAT.reader.endpoints[0].at_once(Request("m", [], demands=["prompt"])) == []


def test_an_endpoint_keeps_nothing_and_a_kept_answer_has_no_snapshot_unless_it_says_so() -> None:
    assert OPENAI_CHAT.reader is not None
    request = Request("m", [])
    assert OPENAI_CHAT.reader.endpoints[0].keep(request) is None
    keep = Keep(request, lambda _options: encoder(EncodeOptions(Framing.SSE, "gen_1", "m", 1)))
    assert keep.snapshot(EncodeOptions(Framing.JSON, "gen_1", "m", 1), Completion()) == b""
