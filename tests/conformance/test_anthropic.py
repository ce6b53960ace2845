"""Recorded messages: every answer, whole and however it is cut, there and back again."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import cast

import msgspec
import pytest
from anthropic.lib.streaming._beta_messages import accumulate_event
from anthropic.types.beta import BetaRawMessageStreamEvent
from anthropic.types.beta.parsed_beta_message import ParsedBetaMessage
from httpx2 import Headers
from support.comparing import without_raw_usage
from support.cuts import cut_at_places, cut_everywhere, decode_pieces
from support.messages import UPSTREAM, events_of, options, payloads_of
from support.messages_grammar import check_messages_grammar

from sluiceway.dialects.anthropic.content import encode_block
from sluiceway.dialects.anthropic.decode import MESSAGE_STOP
from sluiceway.dialects.anthropic.decode_request import decode_request
from sluiceway.dialects.anthropic.encode import encoder as encoder_for
from sluiceway.dialects.anthropic.encode_request import encode_request
from sluiceway.dialects.base import Framing, Target
from sluiceway.events import BlockKind, Event, Frame, StreamEnd
from sluiceway.fold import Completion, fold
from sluiceway.order import StreamState, check_order
from sluiceway.usage import Stop
from sluiceway.wire.sse import SSEDecoder, encode_event

CORPUS = Path(__file__).parent.parent / "corpora" / "anthropic"
EXCHANGES = [
    (f"{path.stem[:8]}.{number}", exchange)
    for path in sorted((CORPUS / "anthropic-sdk-python").glob("**/*.json"))
    for number, exchange in enumerate(json.loads(path.read_bytes()))
]
BODIES = {name: exchange["response"]["body"] for name, exchange in EXCHANGES}
STREAMS = {path.stem: path.read_bytes() for path in sorted([*CORPUS.glob("**/*.sse"), *CORPUS.glob("**/*.txt")])}
STREAMS |= {name: body.encode() for name, body in BODIES.items() if isinstance(body, str)}
WHOLE = {name: body for name, body in BODIES.items() if isinstance(body, dict) and body["type"] == "message"}
ERRORS = {name: body for name, body in BODIES.items() if isinstance(body, dict) and body["type"] == "error"}
ERRORS |= {path.stem: json.loads(path.read_bytes()) for path in CORPUS.glob("pydantic-ai/models/**/*.json")}
RECORDED = json.loads((CORPUS / "pydantic-ai" / "index.json").read_bytes())["items"]
REQUESTS = [exchange["request"]["body"] for _, exchange in EXCHANGES] + [item["request"] for item in RECORDED]

STREAM = pytest.mark.parametrize("name", STREAMS)


def decode(pieces: Iterable[bytes], *, is_stream: bool = True) -> list[Frame]:
    return decode_pieces(UPSTREAM.decoder(is_stream, 1 << 20), pieces)


@cache
def frames_of(name: str) -> list[Frame]:
    return decode([STREAMS[name]])


def completion_of(name: str) -> Completion:
    return fold(events_of(frames_of(name)))


def encode(frames: Iterable[Frame], framing: Framing = Framing.SSE) -> bytes:
    encoder = encoder_for(options(framing))
    return b"".join(encoder.encode(frame) for frame in frames)


def told(name: str, framing: Framing = Framing.SSE) -> bytes:
    return encode((Frame(frame.events) for frame in frames_of(name)), framing)


def comparable(events: Iterable[Event]) -> Completion:
    """Fold, without the vendor's own record of usage, which is written anew."""
    return fold(without_raw_usage(events))


def contents(completion: Completion) -> object:
    """Return what a whole message says: blocks as they are at their end, what ended them, and counts."""
    (choice,) = completion.choices
    blocks = [(block.start.kind, block.start.tool_id, block.text, encode_block(block)) for block in choice.blocks]
    said = [blocks, choice.reason, choice.extras, completion.start, completion.usage]
    return json.loads(msgspec.json.encode(said))


def test_the_corpus_is_there() -> None:
    assert (len(STREAMS), len(WHOLE), len(ERRORS), len(REQUESTS)) == (24, 21, 6, 41)


@STREAM
def test_events_come_in_legal_order_and_the_end_is_right(name: str) -> None:
    events = events_of(frames_of(name))
    assert check_order(events) is StreamState.ENDED
    assert type(events[-1]) is StreamEnd


@STREAM
def test_no_cut_makes_a_difference(name: str) -> None:
    body = STREAMS[name]
    whole = frames_of(name)
    assert decode(cut_everywhere(body)) == whole
    assert all(decode(pieces) == whole for pieces in cut_at_places(body))


@STREAM
def test_the_same_dialect_gets_the_same_bytes(name: str) -> None:
    body = STREAMS[name]
    if not body.endswith(b"\n\n"):
        body = body[: body.rindex(b"event:")] + encode_event(MESSAGE_STOP, "message_stop")
    assert encode(frames_of(name)) == body


@STREAM
def test_ndjson_carries_the_same_payloads(name: str) -> None:
    lines = encode(frames_of(name), Framing.NDJSON).splitlines()
    decoder = SSEDecoder()
    recorded = [event.data for event in decoder.feed(STREAMS[name]) + decoder.flush()]
    assert lines[:-1] == recorded[:-1]
    assert json.loads(lines[-1]) == json.loads(recorded[-1])


@STREAM
def test_what_is_told_from_events_keeps_the_grammar_and_means_the_same(name: str) -> None:
    check_vendors_grammar(payloads_of(told(name)))
    assert comparable(events_of(decode([told(name)]))) == comparable(events_of(frames_of(name)))


def check_vendors_grammar(payloads: list[dict[str, object]]) -> None:
    """Check the grammar; the deltas of blocks that only the vendor has may be anything."""
    vendors = {
        payload["index"]
        for payload in payloads
        if isinstance(block := payload.get("content_block"), dict)
        and block["type"] not in {"text", "thinking", "tool_use"}
    }
    check_messages_grammar(
        payload for payload in payloads if payload["type"] != "content_block_delta" or payload["index"] not in vendors
    )


@STREAM
def test_a_whole_answer_means_the_same_as_its_stream(name: str) -> None:
    unary = decode([told(name, Framing.JSON)], is_stream=False)
    streamed = comparable(events_of(frames_of(name)))
    if "incomplete" in name:
        assert "INVALID_JSON" in fold(events_of(unary)).choices[0].blocks[1].text
    elif name == "fallback_response":
        assert (streamed.start.model, fold(events_of(unary)).start.model) == ("claude-opus-4-7", "claude-sonnet-4-5")
    else:
        assert contents(comparable(events_of(unary))) == contents(streamed)


def gather(payloads: Iterable[dict[str, object]]) -> dict[str, object]:
    """Return the message that Anthropic's own client gathers from a stream."""
    snapshot: ParsedBetaMessage[object] | None = None
    buffers: dict[int, bytes] = {}
    for payload in payloads:
        if payload["type"] == "ping":
            continue
        snapshot = accumulate_event(
            event=cast("BetaRawMessageStreamEvent", payload),
            current_snapshot=snapshot,
            json_bufs=buffers,
            request_headers=Headers(),
        )
    assert snapshot is not None
    return snapshot.model_dump(exclude={"usage"}, warnings=False)


@STREAM
def test_anthropics_client_gathers_the_same_message(name: str) -> None:
    decoder = SSEDecoder()
    recorded = [json.loads(event.data) for event in decoder.feed(STREAMS[name]) + decoder.flush()]
    assert gather(payloads_of(told(name))) == gather(recorded)


@pytest.mark.parametrize("name", WHOLE)
def test_a_whole_answer_comes_back(name: str) -> None:
    body = WHOLE[name]
    frames = decode([json.dumps(body).encode()], is_stream=False)
    again = json.loads(encode([Frame(events_of(frames))], Framing.JSON))
    usage, recorded = again.pop("usage"), body["usage"]
    assert again == {key: value for key, value in body.items() if key != "usage" and (value or key in again)}
    assert all(recorded[name] == count for name, count in usage.items())


@pytest.mark.parametrize("name", WHOLE)
def test_a_whole_answer_streams(name: str) -> None:
    frames = decode([json.dumps(WHOLE[name]).encode()], is_stream=False)
    streamed = decode([encode([Frame(events_of(frames))])])
    assert contents(comparable(events_of(streamed))) == contents(comparable(events_of(frames)))


@pytest.mark.parametrize("name", ERRORS)
def test_an_error_body_gives_its_message(name: str) -> None:
    body = ERRORS[name]
    assert UPSTREAM.decode_error(json.dumps(body).encode()) == body["error"]["message"]


@pytest.mark.parametrize("request_body", REQUESTS)
def test_recorded_requests_are_understood_and_leave_as_they_came(request_body: dict[str, object]) -> None:
    body = json.dumps(request_body).encode()
    request = decode_request(body, Target())
    assert request.model == request_body["model"]
    assert encode_request(request) == body


@pytest.mark.parametrize("request_body", REQUESTS)
def test_recorded_requests_can_be_built_anew(request_body: dict[str, object]) -> None:
    request = decode_request(json.dumps(request_body).encode(), Target())
    built = json.loads(encode_request(msgspec.structs.replace(request, body=b"")))
    assert plain(built) == plain(request_body)


def plain(request: dict[str, object]) -> object:
    """Leave out what means the same either way: how a text is written, marks, defaults, borders between turns."""
    value = json.loads(json.dumps(request))
    for message in value["messages"]:
        if isinstance(message["content"], str):
            message["content"] = [{"type": "text", "text": message["content"]}]
        for block in message["content"]:
            for mark in ("caller", "citations", "parsed_output"):
                block.pop(mark, None)
            if block.get("is_error") is False:
                del block["is_error"]
            if isinstance(content := block.get("content"), list) and len(content) == 1 and "text" in content[0]:
                block["content"] = content[0]["text"]
    for earlier, later in zip(value["messages"][-2::-1], value["messages"][:0:-1], strict=True):
        if earlier["role"] == later["role"]:
            earlier["content"] = sorted(
                earlier["content"] + later["content"], key=lambda block: block["type"] != "tool_result"
            )
            value["messages"].remove(later)
    value.get("thinking", {}).pop("display", None)
    if value.get("stream") is False:
        del value["stream"]
    return value


def test_thinking_comes_before_the_answer_and_is_signed() -> None:
    first = completion_of("test_anthropic_mcp_servers_stream.0").choices[0].blocks[0]
    assert first.start.kind is BlockKind.REASONING
    assert first.text.startswith("The user")
    assert first.signature


def test_tools_the_vendor_runs_are_its_own_blocks() -> None:
    blocks = completion_of("test_anthropic_model_web_search_tool_stream.0").choices[0].blocks
    used, result, *_ = (block for block in blocks if block.start.kind is BlockKind.VENDOR)
    assert used.start.extras["anthropic"]["type"] == "server_tool_use"
    assert result.start.extras["anthropic"]["type"] == "web_search_tool_result"
    assert any(block.extras for block in blocks if block.start.kind is BlockKind.TEXT)


def test_a_call_that_met_the_token_limit_is_ended_as_far_as_it_goes() -> None:
    choice = completion_of("incomplete_partial_json_response").choices[0]
    assert choice.reason is not None
    assert choice.reason.stop is Stop.LENGTH
    assert choice.blocks[1].text.endswith('\n"Filing taxes')
    assert choice.blocks[1].is_complete


def test_a_refusal_says_what_it_refused() -> None:
    choice = completion_of("refusal_response").choices[0]
    assert choice.reason is not None
    assert choice.reason.stop is Stop.CONTENT_FILTER
    assert choice.extras["anthropic"]["stop_details"] == {
        "type": "refusal",
        "category": "cyber",
        "explanation": "This request was refused due to policy.",
    }


def test_later_counts_take_the_place_of_earlier_ones() -> None:
    usage = completion_of("test_anthropic_code_execution_tool_stream.0").usage
    assert usage is not None
    assert (usage.input_tokens, usage.output_tokens) == (4714, 304)
