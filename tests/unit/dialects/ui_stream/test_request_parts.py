from __future__ import annotations

import json

import msgspec
import pytest

from sluiceway.dialects.ui_stream.request_parts import decode_part, decode_result, is_tool
from sluiceway.dialects.ui_stream.request_shapes import PartShape
from sluiceway.errors import RequestError
from sluiceway.request import (
    AudioPart,
    FilePart,
    ImagePart,
    Part,
    ReasoningPart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
    VendorPart,
)

PNG = "data:image/png;base64,AAAA"


def shape(kind: str, **fields: object) -> PartShape:
    return msgspec.json.decode(json.dumps({"type": kind, **fields}), type=PartShape)


def part(kind: str, **fields: object) -> Part | None:
    return decode_part(shape(kind, **fields), "p")


def call(**fields: object) -> Part | None:
    return part("tool-f", toolCallId="c1", **fields)


def test_text_is_text_and_no_text_is_nothing() -> None:
    assert part("text", text="a", state="done") == TextPart("a")
    assert part("text", text="") is None


@pytest.mark.parametrize("vendor", ["sluiceway", "anthropic"])
def test_reasoning_keeps_the_proof_that_came_with_it(vendor: str) -> None:
    metadata = {vendor: {"signature": "sig"}}
    assert part("reasoning", text="hm", providerMetadata=metadata) == ReasoningPart("hm", "sig")
    assert part("reasoning", text="", providerMetadata=metadata) == ReasoningPart("", "sig")


def test_reasoning_that_says_nothing_is_nothing() -> None:
    assert part("reasoning", text="", providerMetadata={"sluiceway": {"signature": 7}}) is None
    assert part("reasoning", text="hm") == ReasoningPart("hm")


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"mediaType": "image/png", "url": PNG}, ImagePart(PNG)),
        ({"url": PNG}, ImagePart(PNG)),
        ({"mediaType": "image/*", "url": "https://x/a.png"}, ImagePart("https://x/a.png")),
        ({"mediaType": "audio/mpeg", "url": "data:audio/mpeg;base64,AAAA"}, AudioPart("AAAA", "mp3")),
        ({"mediaType": "audio/ogg", "url": "data:;base64,AAAA"}, AudioPart("AAAA", "ogg")),
        ({"mediaType": "audio/wav", "url": "data:audio/wav,raw"}, FilePart(data="data:audio/wav,raw")),
        ({"mediaType": "audio/wav", "url": "https://x/a.wav"}, FilePart(url="https://x/a.wav")),
        (
            {"mediaType": "application/pdf", "url": "data:application/pdf;base64,AAAA", "filename": "a.pdf"},
            FilePart(data="data:application/pdf;base64,AAAA", filename="a.pdf"),
        ),
        (
            {"mediaType": "application/pdf", "url": "https://x/a", "filename": "a.pdf"},
            FilePart(url="https://x/a", filename="a.pdf"),
        ),
    ],
)
def test_a_file_is_what_its_type_says(fields: dict[str, object], told: Part) -> None:
    assert part("file", **fields) == told


def test_a_file_must_be_somewhere() -> None:
    with pytest.raises(RequestError) as caught:
        part("file", mediaType="image/png")
    assert caught.value.field == "p.url"


@pytest.mark.parametrize("kind", ["data-weather", "source-url", "source-document", "reasoning-file", "custom"])
def test_parts_for_the_eyes_of_people_say_nothing(kind: str) -> None:
    assert part(kind) is None


def test_a_part_that_is_not_known_is_a_vendors() -> None:
    assert part("hologram") == VendorPart("ui_stream", "hologram", {"type": "hologram"})


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"input": {"a": 1}}, '{"a": 1}'),
        ({"input": "free"}, "free"),
        ({"input": None, "rawInput": '{"a'}, '{"a'),
        ({"input": None}, "{}"),
        ({}, "{}"),
    ],
)
def test_a_call_has_its_arguments_as_the_model_wrote_them(fields: dict[str, object], text: str) -> None:
    assert call(state="input-available", **fields) == ToolCallPart("c1", "f", text)


def test_a_tool_that_the_page_was_not_built_with_has_its_name_beside_it() -> None:
    told = part("dynamic-tool", toolName="g", toolCallId="c1", state="output-available", input={})
    assert told == ToolCallPart("c1", "g", "{}")
    assert is_tool(shape("dynamic-tool"))
    assert not is_tool(shape("text"))


def test_a_call_that_was_cut_is_nothing() -> None:
    assert call(state="input-streaming", input={"a": 1}) is None


@pytest.mark.parametrize(
    ("kind", "fields", "field"),
    [
        ("tool-f", {}, "p.toolCallId"),
        ("tool-", {"toolCallId": "c"}, "p.toolName"),
        ("dynamic-tool", {"toolCallId": "c"}, "p.toolName"),
    ],
)
def test_a_call_needs_an_id_and_a_name(kind: str, fields: dict[str, object], field: str) -> None:
    with pytest.raises(RequestError) as caught:
        part(kind, **fields)
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("fields", "text", "is_error"),
    [
        ({"state": "output-available", "output": "sunny"}, "sunny", False),
        ({"state": "output-available", "output": {"t": 7}}, '{"t": 7}', False),
        ({"state": "output-available"}, "null", False),
        ({"state": "output-error", "errorText": "no"}, "no", True),
        ({"state": "output-error"}, "The tool failed.", True),
        ({"state": "output-denied", "approval": {"id": "a", "reason": "never"}}, "never", True),
        ({"state": "output-denied"}, "The tool was not allowed to run.", True),
    ],
)
def test_a_result_is_text(fields: dict[str, object], text: str, *, is_error: bool) -> None:
    result = decode_result(shape("tool-f", toolCallId="c1", **fields))
    assert result == ToolResultPart("c1", [TextPart(text)], is_error)


@pytest.mark.parametrize("state", ["input-available", "approval-requested", None])
def test_a_call_that_nobody_answered_has_no_result(state: str | None) -> None:
    assert decode_result(shape("tool-f", toolCallId="c1", state=state)) is None
