"""Recorded Gemini answers: every stream, whole and however it is cut, there and back again."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from types import MappingProxyType

import msgspec
import pytest
from google.genai import types
from support.comparing import without_raw_usage
from support.cuts import cut_at_places, cut_everywhere, decode_pieces
from support.gemini_grammar import check_payloads
from support.geminichunks import UPSTREAM, events_of, options, payloads_of

from sluiceway.dialects.base import Framing, Target
from sluiceway.dialects.gemini.decode_request import decode_request
from sluiceway.dialects.gemini.encode import encoder as encoder_for
from sluiceway.dialects.gemini.encode_request import encode_path, encode_request
from sluiceway.events import BlockKind, Event, Frame, StreamEnd
from sluiceway.fold import Completion, fold
from sluiceway.order import StreamState, check_order
from sluiceway.request import Request, ToolCallPart, ToolResultPart
from sluiceway.usage import Stop

CORPUS = Path(__file__).parent.parent / "corpora" / "gemini" / "pydantic-ai"
STREAMS = sorted(CORPUS.glob("**/*.sse"))
(ERROR,) = (path for path in CORPUS.glob("**/*.json") if path.name != "index.json")
ITEMS = json.loads((CORPUS / "index.json").read_bytes())["items"]

STREAM = pytest.mark.parametrize("path", STREAMS, ids=lambda path: path.name[:60])
RECORDED = pytest.mark.parametrize("item", ITEMS, ids=lambda item: item["file"].rsplit("/")[-1][:60])


def decode(pieces: Iterable[bytes]) -> list[Frame]:
    return decode_pieces(UPSTREAM.decoder(True, 1 << 20), pieces)


@cache
def frames_of(path: Path) -> list[Frame]:
    return decode([path.read_bytes()])


def completion_of(name: str) -> Completion:
    (path,) = (path for path in STREAMS if path.name.startswith(name))
    return fold(events_of(frames_of(path)))


def encode(frames: Iterable[Frame], framing: Framing = Framing.SSE) -> bytes:
    encoder = encoder_for(options(framing))
    return b"".join(encoder.encode(frame) for frame in frames)


def comparable(events: Iterable[Event]) -> Completion:
    """Fold, without the vendor's own record of usage, which is written anew."""
    return fold(without_raw_usage(events))


def request_of(item: dict[str, object]) -> Request:
    uri = str(item["uri"])
    model, _, method = uri.rpartition("/models/")[2].partition(":")
    target = Target(MappingProxyType({"model": model}))
    return decode_request(json.dumps(item["request"]).encode(), target, stream=method.startswith("stream"))


def test_the_corpus_is_there() -> None:
    assert (len(STREAMS), len(ITEMS)) == (6, 7)


@STREAM
def test_events_come_in_legal_order_and_the_end_is_right(path: Path) -> None:
    events = events_of(frames_of(path))
    assert check_order(events) is StreamState.ENDED
    assert type(events[-1]) is StreamEnd


@STREAM
def test_no_cut_makes_a_difference(path: Path) -> None:
    body = path.read_bytes()
    whole = frames_of(path)
    assert decode(cut_everywhere(body)) == whole
    assert all(decode(pieces) == whole for pieces in cut_at_places(body))


@STREAM
def test_the_same_dialect_gets_the_same_bytes(path: Path) -> None:
    assert encode(frames_of(path)) == path.read_bytes()


@STREAM
def test_other_framings_carry_the_same_payloads(path: Path) -> None:
    sent = payloads_of(path.read_bytes())
    assert json.loads(encode(frames_of(path), Framing.JSON_ARRAY)) == sent
    assert [json.loads(line) for line in encode(frames_of(path), Framing.NDJSON).splitlines()] == sent


@STREAM
def test_what_is_told_from_events_means_the_same(path: Path) -> None:
    frames = frames_of(path)
    told = encode(Frame(frame.events) for frame in frames)
    check_payloads(payloads_of(told))
    assert comparable(events_of(decode([told]))) == comparable(events_of(frames))


@STREAM
def test_a_whole_answer_means_the_same_as_its_stream(path: Path) -> None:
    frames = frames_of(path)
    body = encode(frames, Framing.JSON)
    unary = decode_pieces(UPSTREAM.decoder(False, 1 << 20), [body])
    assert comparable(events_of(unary)) == comparable(events_of(frames))
    types.GenerateContentResponse.model_validate(json.loads(body))


def test_an_error_body_gives_its_message() -> None:
    body = ERROR.read_bytes()
    assert UPSTREAM.decode_error(body) == json.loads(body)["error"]["message"]


@RECORDED
def test_recorded_requests_are_understood_and_leave_as_they_came(item: dict[str, object]) -> None:
    request = request_of(item)
    assert encode_request(request) == json.dumps(item["request"]).encode()
    assert str(item["uri"]).endswith("/v1beta" + encode_path(request))


@RECORDED
def test_requests_that_are_built_anew_ask_for_the_same(item: dict[str, object]) -> None:
    request = request_of(item)
    body = encode_request(msgspec.structs.replace(request, body=b""))
    target = Target(MappingProxyType({"model": request.model}))
    again = decode_request(body, target, stream=request.stream)
    assert msgspec.structs.replace(again, body=request.body) == request


def test_counts_of_thoughts_and_of_hosted_tools_are_added() -> None:
    usage = completion_of("test_google_model_file_search_grounding").usage
    assert usage is not None
    assert (usage.input_tokens, usage.output_tokens, usage.reasoning_tokens) == (427 + 771, 122 + 447, 447)


def test_hosted_tools_are_vendor_blocks_before_the_text() -> None:
    for name in ("test_google_model_file_search_grounding", "test_native_output_with_builtin_tools"):
        blocks = completion_of(name).choices[0].blocks
        assert [block.start.kind for block in blocks] == [BlockKind.VENDOR, BlockKind.VENDOR, BlockKind.TEXT]
        assert [max(block.start.extras["gemini"]) for block in blocks[:2]] == ["toolCall", "toolResponse"]


def test_grounding_and_the_signature_go_with_the_text() -> None:
    text = completion_of("test_google_model_file_search_grounding").choices[0].blocks[-1]
    assert [list(extras["gemini"]) for extras in text.extras] == [["thoughtSignature"], ["groundingMetadata"]]


def test_a_call_in_the_only_chunk_is_a_whole_answer() -> None:
    (choice,) = completion_of("test_google_model_iter_stream").choices
    (block,) = choice.blocks
    assert (block.start.tool_id, block.start.tool_name) == ("call_0", "get_temperature")
    assert json.loads(block.text) == {"city": "Paris"}
    assert choice.reason is not None
    assert (choice.reason.stop, choice.reason.raw) == (Stop.TOOL_CALL, "STOP")


def test_structured_output_is_json() -> None:
    (block,) = completion_of("test_native_output_with_function_tools").choices[0].blocks
    assert json.loads(block.text) == {"city": "Mexico City", "country": "Mexico"}


def test_calls_and_results_of_a_recorded_conversation_belong_together() -> None:
    (item,) = (item for item in ITEMS if "iter_stream" in item["file"])
    request = request_of(item)
    parts = [part for message in request.messages for part in message.parts]
    (call,) = (part for part in parts if isinstance(part, ToolCallPart))
    (result,) = (part for part in parts if isinstance(part, ToolResultPart))
    assert (call.id, call.name) == (result.id, "get_capital")
    assert [tool.input_schema and tool.input_schema["type"] for tool in request.tools] == ["object", "object"]
