"""Recorded Responses: every stream, whole and however it is cut, there and back again, for us and OpenAI's client."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest
from openai import omit
from openai._models import construct_type_unchecked
from openai.lib.streaming.responses._responses import ResponseStreamState
from openai.types.responses import Response, ResponseStreamEvent
from support.comparing import without_raw_usage
from support.cuts import cut_at_places, cut_everywhere, decode_pieces
from support.openai_responses_grammar import check_grammar
from support.responsesevents import UPSTREAM, events_of, new_encoder, payloads_of

from sluiceway.delivery.outline import Outline
from sluiceway.dialects.base import EncodeOptions, Framing
from sluiceway.dialects.openai_responses.decode_request import decode_request
from sluiceway.dialects.openai_responses.encode import encoder
from sluiceway.dialects.openai_responses.encode_request import encode_request
from sluiceway.events import BlockKind, Event, Frame, StreamEnd
from sluiceway.fold import Completion, fold
from sluiceway.order import StreamState, check_order
from sluiceway.request import Request
from sluiceway.usage import Stop, Usage
from sluiceway.wire.sse import SSEDecoder

CORPUS = Path(__file__).parent.parent / "corpora" / "openai-responses" / "pydantic-ai"
STREAMS = sorted(CORPUS.glob("**/*.sse"))
INDEX = json.loads((CORPUS / "index.json").read_bytes())["items"]
REQUESTS: dict[str, Any] = {
    item["file"]: item["request"] for item in INDEX if item["request"] and "model" in item["request"]
}
MAX_BYTE_BY_BYTE = 50_000

STREAM = pytest.mark.parametrize("path", STREAMS, ids=lambda path: path.name[:60])


def decode(pieces: Iterable[bytes], *, is_stream: bool = True) -> list[Frame]:
    return decode_pieces(UPSTREAM.decoder(is_stream, 1 << 22), pieces)


@cache
def frames_of(path: Path) -> list[Frame]:
    return decode([path.read_bytes()])


@cache
def sent_payloads(path: Path) -> list[dict[str, Any]]:
    decoder = SSEDecoder()
    found = decoder.feed(path.read_bytes()) + decoder.close()
    return [json.loads(event.data) for event in found if event.data != b"[DONE]"]


def completion_of(name: str) -> Completion:
    (path,) = (path for path in STREAMS if path.name.startswith(name))
    return fold(events_of(frames_of(path)))


def tell(frames: Iterable[Frame], framing: Framing = Framing.SSE) -> bytes:
    """Encode from events alone."""
    encoder_ = new_encoder(framing)
    return b"".join(encoder_.encode(Frame(frame.events)) for frame in frames)


def whole_of(path: Path) -> bytes:
    """Return the response that ends a recorded stream."""
    return json.dumps(sent_payloads(path)[-1]["response"]).encode()


def gather(payloads: Iterable[dict[str, Any]]) -> Response | None:
    """Return what OpenAI's client gathers from a stream."""
    state: ResponseStreamState[Any] = ResponseStreamState(input_tools=omit, text_format=omit)
    for payload in payloads:
        state.handle_event(construct_type_unchecked(value=payload, type_=cast("Any", ResponseStreamEvent)))
    return state._completed_response


def test_the_corpus_is_there() -> None:
    assert (len(STREAMS), len(list(CORPUS.glob("**/*.json"))) - 1) == (22, 1)


@STREAM
def test_events_come_in_legal_order_and_the_end_is_right(path: Path) -> None:
    events = events_of(frames_of(path))
    assert check_order(events) is StreamState.ENDED
    assert type(events[-1]) is StreamEnd


@STREAM
def test_no_cut_makes_a_difference(path: Path) -> None:
    body = path.read_bytes()
    whole = frames_of(path)
    if len(body) < MAX_BYTE_BY_BYTE:
        assert decode(cut_everywhere(body)) == whole
    assert all(decode(pieces) == whole for pieces in cut_at_places(body))


@STREAM
def test_the_same_dialect_gets_the_same_bytes(path: Path) -> None:
    encoder_ = new_encoder()
    sent = b"".join(encoder_.encode(frame) for frame in frames_of(path))
    assert sent == path.read_bytes().removesuffix(b"data: [DONE]\n\n")


@STREAM
def test_ndjson_carries_the_same_payloads(path: Path) -> None:
    encoder_ = new_encoder(Framing.NDJSON)
    lines = b"".join(encoder_.encode(frame) for frame in frames_of(path)).splitlines()
    assert [json.loads(line) for line in lines] == sent_payloads(path)


@STREAM
def test_what_is_told_from_events_means_the_same(path: Path) -> None:
    frames = frames_of(path)
    told = events_of(decode([tell(frames)]))
    assert fold(without_raw_usage(told)) == fold(without_raw_usage(events_of(frames)))


@STREAM
def test_what_is_told_from_events_keeps_the_grammar(path: Path) -> None:
    payloads = payloads_of(tell(frames_of(path)))
    if path.name.startswith("test_openai_responses_raw_cot"):
        items = {payload["output_index"] for payload in payloads if payload["type"].endswith("item.added")}
        assert items == {0, 1}
    check_grammar(payloads)


@STREAM
def test_what_is_told_from_events_has_the_recorded_events(path: Path) -> None:
    """All but what was doubled, had no number or was late: nothing is reordered."""
    own = {"response.queued", "response.in_progress"}
    told = [payload["type"] for payload in payloads_of(tell(frames_of(path))) if payload["type"] not in own]
    sent = [payload["type"] for payload in sent_payloads(path) if payload["type"] not in own]
    if path.name.startswith("test_background_mode_streaming_starting_after_vcr.1"):
        sent = ["response.created", *sent]
    if path.name.startswith(("test_openai_responses_model_mcp_list", "test_openai_responses_raw_cot")):
        told, sent = sorted({*told}), sorted({*sent})
    assert told == sent


@STREAM
def test_openais_client_gathers_what_is_told(path: Path) -> None:
    gathered = gather(payloads_of(tell(frames_of(path))))
    recorded = sent_payloads(path)[-1]["response"]
    assert gathered is not None
    assert gathered.output_text == Response.construct(**recorded).output_text
    assert [item.type for item in gathered.output] == [item["type"] for item in recorded["output"]]


@STREAM
def test_a_whole_answer_means_what_its_stream_means(path: Path) -> None:
    whole = fold(without_raw_usage(events_of(decode([whole_of(path)], is_stream=False))))
    streamed = fold(without_raw_usage(events_of(frames_of(path))))
    assert [block.text for block in whole.choices[0].blocks] == [block.text for block in streamed.choices[0].blocks]
    assert (whole.choices[0].reason, whole.usage) == (streamed.choices[0].reason, streamed.usage)


@STREAM
def test_a_whole_answer_told_from_events_means_the_same(path: Path) -> None:
    events = events_of(decode([whole_of(path)], is_stream=False))
    told = events_of(decode([tell([Frame(events)], Framing.JSON)], is_stream=False))
    assert fold(without_raw_usage(told)) == fold(without_raw_usage(events))


@pytest.mark.parametrize("name", sorted(REQUESTS))
def test_recorded_requests_are_understood_and_leave_as_they_came(name: str) -> None:
    body = json.dumps(REQUESTS[name]).encode()
    request = decode_request(body)
    assert (request.model, request.stream) == (REQUESTS[name]["model"], True)
    assert encode_request(request) == body


@pytest.mark.parametrize("name", sorted(REQUESTS))
def test_recorded_requests_can_be_built_anew(name: str) -> None:
    request = decode_request(json.dumps(REQUESTS[name]).encode())
    rebuilt = decode_request(encode_request(msgspec.structs.replace(request, body=b"")))

    def plain(request: Request) -> Request:
        for message in request.messages:
            for index, part in enumerate(message.parts):
                if hasattr(part, "signature") and part.signature is None:
                    del message.parts[index]
        tools = [msgspec.structs.replace(tool, strict=bool(tool.strict)) for tool in request.tools]
        return msgspec.structs.replace(request, body=b"", tools=tools)

    assert plain(rebuilt) == plain(request)


def test_the_response_says_again_what_was_asked() -> None:
    (name,) = (name for name in REQUESTS if "phase_streamed" in name)
    request = decode_request(json.dumps(REQUESTS[name]).encode())
    (path,) = (path for path in STREAMS if str(path).endswith(name))
    encoder_ = encoder(EncodeOptions(Framing.SSE, "gen_1", "asked", 1_700_000_000), request)
    created = payloads_of(b"".join(encoder_.encode(Frame(frame.events)) for frame in frames_of(path)))[0]
    assert created["response"]["instructions"] == REQUESTS[name]["instructions"]
    assert created["response"]["tools"] == REQUESTS[name]["tools"]


def test_an_answer_stopped_anywhere_ends_so_that_openais_client_goes_along() -> None:
    (path,) = (path for path in STREAMS if path.name.startswith("test_openai_responses_thinking_with_code"))
    frames = frames_of(path)
    for stop in range(1, len(frames), 7):
        encoder_ = new_encoder()
        seen = b"".join(encoder_.encode(frame) for frame in frames[:stop])
        payloads = payloads_of(seen + encoder_.encode(Frame(ending_of(frames[:stop]))))
        assert payloads[-1]["type"] == "response.incomplete"
        assert [payload["sequence_number"] for payload in payloads] == list(range(len(payloads)))
        assert gather(payloads) is None


def ending_of(frames: list[Frame]) -> list[Event]:
    outline = Outline()
    for event in events_of(frames):
        outline.feed(event)
    return outline.stop(Usage(None, 1))


def test_reasoning_comes_before_the_answer_and_keeps_its_proof() -> None:
    blocks = completion_of("test_openai_responses_thinking_with_code").choices[0].blocks
    assert blocks[0].start.kind is BlockKind.REASONING
    assert blocks[0].signature is not None
    assert blocks[0].signature.startswith("gAAAA")


def test_the_models_own_reasoning_is_told_apart_from_a_summary() -> None:
    block = completion_of("test_openai_responses_raw_cot_stream_openrouter").choices[0].blocks[0]
    assert block.extras == [{"openai_responses": {"part": "reasoning_text", "end": 0, "start": 0}}]
    assert block.text.startswith("The user asks")


def test_a_call_ends_an_answer_for_its_tool() -> None:
    choice = completion_of("test_openai_client_tool_search_streaming.1").choices[0]
    assert choice.reason is not None
    assert (choice.reason.stop, choice.blocks[0].start.tool_name) == (Stop.TOOL_CALL, "get_exchange_rate")


def test_lists_that_were_never_finished_are_filled_in_from_the_last_response() -> None:
    blocks = completion_of("test_openai_responses_model_mcp_list_tools").choices[0].blocks
    lists = [block.extras[-1]["openai_responses"]["item"] for block in blocks[:3]]
    assert all(isinstance(record, dict) and record["tools"] for record in lists)


def test_log_probabilities_cover_the_text() -> None:
    (block,) = completion_of("test_openai_instructions_with_responses_logprobs").choices[0].blocks
    assert block.logprobs is not None
    assert "".join(token.token for token in block.logprobs) == block.text
