from __future__ import annotations

import json
from typing import Any

from sluiceway.dialects.base import EncodeOptions, Framing
from sluiceway.dialects.openai_responses.decode_request import decode_request
from sluiceway.dialects.openai_responses.response import ResponseObject
from sluiceway.dialects.openai_responses.shapes import NAME
from sluiceway.events import StreamStart
from sluiceway.request import Message, Request, Role, TextPart
from sluiceway.usage import Usage

OPTIONS = EncodeOptions(Framing.SSE, "gen_1", "asked", 7)


def told(request: Request, start: StreamStart | None = None, **fields: Any) -> dict[str, Any]:
    writer = ResponseObject(OPTIONS, request)
    if start is not None:
        writer.start(start)
    response: dict[str, Any] = json.loads(writer.encode("in_progress", [], **fields))
    return response


def test_what_was_asked_is_said_again() -> None:
    body: dict[str, object] = {"model": "m", "input": "hi", "stream": True, "instructions": "x", "temperature": 0.5}
    body |= {"metadata": {"a": "b"}, "tools": [{"type": "web_search"}], "include": [], "unknown": 1, "top_p": None}
    response = told(decode_request(json.dumps(body).encode()))
    assert (response["instructions"], response["temperature"], response["top_p"]) == ("x", 0.5, None)
    assert (response["metadata"], response["tools"]) == ({"a": "b"}, [{"type": "web_search"}])
    assert not {"input", "stream", "include", "unknown"} & set(response)


def test_a_request_without_a_body_is_said_again_from_its_fields() -> None:
    response = told(Request("m", [Message(Role.SYSTEM, [TextPart("x")])], max_output_tokens=5))
    assert (response["instructions"], response["max_output_tokens"]) == ("x", 5)


def test_what_was_not_asked_has_openais_own_defaults_or_none() -> None:
    response = told(Request("m", []))
    assert (response["tool_choice"], response["tools"], response["parallel_tool_calls"]) == ("auto", [], True)
    assert (response["temperature"], response["text"]) == (None, {"format": {"type": "text"}})


def test_an_id_of_this_vendor_is_kept_and_any_other_is_made() -> None:
    request = Request("m", [])
    assert told(request, StreamStart("resp_9", extras={NAME: {}}))["id"] == "resp_9"
    assert told(request, StreamStart("chatcmpl-9"))["id"] == "resp_gen_1"
    assert told(request, StreamStart(extras={NAME: {}}))["id"] == "resp_gen_1"


def test_what_the_upstream_said_goes_before_what_is_known_here() -> None:
    start = StreamStart("resp_9", "m-1", 3, {NAME: {"service_tier": "auto"}})
    response = told(Request("m", []), start, extras={"service_tier": "default", "completed_at": 5})
    assert (response["model"], response["created_at"]) == ("m-1", 3)
    assert (response["service_tier"], response["completed_at"]) == ("default", 5)


def test_what_the_upstream_left_out_is_filled_in() -> None:
    response = told(Request("m", []), StreamStart())
    assert (response["model"], response["created_at"], response["usage"]) == ("asked", 7, None)


def test_the_end_is_told_with_its_usage_and_details() -> None:
    response = told(Request("m", []), usage=Usage(1, 2), details={"reason": "max_output_tokens"})
    assert response["usage"]["total_tokens"] == 3
    assert response["incomplete_details"] == {"reason": "max_output_tokens"}
