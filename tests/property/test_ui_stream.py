"""The UI message stream: whatever happens, a client that checks everything gathers what was told."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from support.event_sequences import event_sequences
from support.ui_stream_grammar import check_ui, read_ui

from sluiceway.delivery.outline import Outline
from sluiceway.dialects.base import EncodeOptions, Framing
from sluiceway.dialects.ui_stream.decode_request import decode_request
from sluiceway.dialects.ui_stream.encode import StreamEncoder
from sluiceway.errors import RequestError
from sluiceway.events import BlockKind, Event, Frame
from sluiceway.fold import Block, fold
from sluiceway.request import Request
from sluiceway.usage import Usage

NAMES = {BlockKind.TEXT: "text", BlockKind.REFUSAL: "text", BlockKind.REASONING: "reasoning"}


def encode(events: list[Event], framing: Framing = Framing.SSE) -> bytes:
    encoder = StreamEncoder(EncodeOptions(framing, "gen_1", "asked", 1), Request("m", []))
    return b"".join(encoder.encode(Frame([event])) for event in events)


def told(block: Block) -> dict[str, Any]:
    """Return the part that the client makes of a block."""
    start = block.start
    if start.kind is BlockKind.TOOL:
        named = {"type": f"tool-{start.tool_name}", "toolCallId": start.tool_id, "text": block.text}
        if not block.is_complete:
            return named
        return {**named, "state": "input-available", "input": json.loads(block.text or "{}")}
    part: dict[str, Any] = {"type": NAMES[start.kind], "text": block.text}
    part["state"] = "done" if block.is_complete else "streaming"
    if block.is_complete and block.signature is not None:
        part["providerMetadata"] = {"sluiceway": {"signature": block.signature}}
    return part


@given(event_sequences())
def test_what_is_told_is_what_the_client_gathers(events: list[Event]) -> None:
    message = read_ui(check_ui(encode(events)))
    blocks = [block for choice in fold(events).choices if choice.index == 0 for block in choice.blocks]
    assert message == [told(block) for block in blocks if block.start.kind is not BlockKind.VENDOR]


@given(event_sequences(is_complete=False), st.integers(0, 30))
def test_an_answer_may_be_stopped_anywhere(events: list[Event], border: int) -> None:
    told_before = events[: min(border, len(events) - 1)]
    outline = Outline()
    for event in told_before:
        outline.feed(event)
    check_ui(encode([*told_before, *outline.stop(Usage(output_tokens=1))]))


@given(event_sequences())
def test_ndjson_has_the_same_payloads(events: list[Event]) -> None:
    lines = encode(events, Framing.NDJSON).splitlines()
    assert [json.loads(line) for line in lines] == check_ui(encode(events))


@given(st.binary(max_size=100) | st.builds(lambda value: json.dumps({"messages": value}).encode(), st.from_type(str)))
def test_no_body_raises_anything_but_its_error(body: bytes) -> None:
    try:
        decode_request(body)
    except RequestError:
        return
    raise AssertionError("nothing of this is a request")
