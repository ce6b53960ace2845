"""Recorded Chat Completions: every stream, whole and however it is cut, there and back again."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import msgspec
import pytest
from support.chatchunks import DONE, UPSTREAM, events_of, options, sse
from support.comparing import without_raw_usage
from support.cuts import cut_at_places, cut_everywhere, decode_pieces

from sluiceway.dialects.base import Framing
from sluiceway.dialects.openai_chat.decode_request import decode_request
from sluiceway.dialects.openai_chat.encode import encoder as encoder_for
from sluiceway.dialects.openai_chat.encode_request import encode_request
from sluiceway.events import BlockKind, Event, Frame, StreamEnd, StreamError, StreamStart
from sluiceway.fold import Completion, fold
from sluiceway.order import StreamState, check_order
from sluiceway.usage import Stop

CORPUS = Path(__file__).parent.parent / "corpora" / "openai-chat"
STREAMS = sorted([*CORPUS.glob("**/*.sse"), *CORPUS.glob("**/*.bin")])
ERRORS = sorted(path for path in CORPUS.glob("**/*.json") if path.name != "index.json")
BROKEN = {"test_tool_use_failed_error_streaming.0.sse"}
ENDLESS = {"test_snowflake_model_streaming.0.sse", "test_snowflake_thinking_streaming.0.sse"}

STREAM = pytest.mark.parametrize("path", STREAMS, ids=lambda path: path.name[:60])


def decode(pieces: Iterable[bytes]) -> list[Frame]:
    return decode_pieces(UPSTREAM.decoder(True, 1 << 20), pieces)


@cache
def frames_of(path: Path) -> list[Frame]:
    return decode([path.read_bytes()])


def completion_of(name: str) -> Completion:
    (path,) = (path for path in STREAMS if path.name.startswith(name))
    return fold(events_of(frames_of(path)))


def encode(frames: Iterable[Frame], framing: Framing = Framing.SSE) -> bytes:
    encoder = encoder_for(options(framing, include_usage=True))
    return b"".join(encoder.encode(frame) for frame in frames)


def comparable(events: Iterable[Event]) -> Completion:
    """Fold, without what the wire cannot carry, and with what the encoder puts where the upstream said nothing."""
    folded = fold(without_raw_usage(events))
    start = folded.start
    folded.start = StreamStart(
        start.id or "gen_1", start.model, start.created_at_unix_s or 1_700_000_000, start.extras
    )
    for choice in folded.choices:
        choice.reason = choice.reason and msgspec.structs.replace(choice.reason, raw=None)
        if choice.reason and choice.reason.stop is Stop.OTHER:
            choice.reason = msgspec.structs.replace(choice.reason, stop=Stop.END)
        choice.blocks = [block for block in choice.blocks if block.text or block.logprobs]
        for number, block in enumerate(choice.blocks):
            block.signature = None
            block.start = msgspec.structs.replace(block.start, block=number)
    folded.error = folded.error and StreamError("", folded.error.message, folded.error.upstream_code)
    return folded


def test_the_corpus_is_there() -> None:
    assert (len(STREAMS), len(ERRORS)) == (34, 5)


@STREAM
def test_events_come_in_legal_order_and_the_end_is_right(path: Path) -> None:
    events = events_of(frames_of(path))
    assert check_order(events) is StreamState.ENDED
    assert type(events[-1]) is (StreamError if path.name in BROKEN else StreamEnd)


@STREAM
def test_no_cut_makes_a_difference(path: Path) -> None:
    body = path.read_bytes()
    whole = frames_of(path)
    assert decode(cut_everywhere(body)) == whole
    assert all(decode(pieces) == whole for pieces in cut_at_places(body))


@STREAM
def test_the_same_dialect_gets_the_same_bytes(path: Path) -> None:
    body = path.read_bytes()
    assert encode(frames_of(path)).removesuffix(sse(DONE)) == body.removesuffix(sse(DONE))


@STREAM
def test_ndjson_carries_the_same_payloads(path: Path) -> None:
    lines = encode(frames_of(path), Framing.NDJSON).splitlines()
    sent = [line[6:] for line in path.read_bytes().splitlines() if line.startswith(b"data: {")]
    assert lines == sent


@STREAM
def test_what_is_told_from_events_means_the_same(path: Path) -> None:
    frames = frames_of(path)
    told = encode(Frame(frame.events) for frame in frames)
    assert comparable(events_of(decode([told]))) == comparable(events_of(frames))


@STREAM
def test_a_whole_answer_means_the_same_as_its_stream(path: Path) -> None:
    frames = frames_of(path)
    body = encode(frames, Framing.JSON)
    if path.name in BROKEN:
        assert body == b""
        return
    unary = decode_pieces(UPSTREAM.decoder(False, 1 << 20), [body])
    assert comparable(events_of(unary)) == comparable(events_of(frames))


@pytest.mark.parametrize("path", ERRORS, ids=lambda path: path.name)
def test_an_error_body_gives_its_message(path: Path) -> None:
    body = path.read_bytes()
    assert UPSTREAM.decode_error(body) == json.loads(body)["error"]["message"]


@pytest.mark.parametrize(
    "request_body",
    [item["request"] for item in json.loads((CORPUS / "pydantic-ai" / "index.json").read_bytes())["items"]],
)
def test_recorded_requests_are_understood_and_leave_as_they_came(request_body: dict[str, object]) -> None:
    body = json.dumps(request_body).encode()
    request = decode_request(body)
    assert request.model == request_body["model"]
    sent = json.loads(encode_request(request))
    asked = {"stream_options": {"include_usage": True}} if request.stream else {}
    assert sent == {**request_body, **asked}


def test_three_choices_are_told_apart() -> None:
    choices = completion_of("a491adda").choices
    assert [choice.index for choice in choices] == [0, 1, 2]
    assert all(json.loads(choice.blocks[0].text)["city"] == "San Francisco" for choice in choices)


def test_two_calls_are_two_blocks() -> None:
    blocks = completion_of("f82268f2").choices[0].blocks
    assert [block.start.tool_name for block in blocks] == ["GetWeatherArgs", "get_stock_price"]
    assert [json.loads(block.text) for block in blocks] == [
        {"city": "Edinburgh", "country": "GB", "units": "c"},
        {"ticker": "AAPL", "exchange": "NASDAQ"},
    ]


def test_a_refusal_and_its_log_probabilities_are_kept() -> None:
    (block,) = completion_of("569c877e").choices[0].blocks
    assert block.start.kind is BlockKind.REFUSAL
    assert block.logprobs is not None
    assert "".join(token.token for token in block.logprobs) == block.text


def test_reasoning_comes_before_the_answer() -> None:
    for name in ("test_deepseek", "test_zai", "test_snowflake_thinking"):
        blocks = completion_of(name).choices[0].blocks
        assert [block.start.kind for block in blocks] == [BlockKind.REASONING, BlockKind.TEXT]


def test_encrypted_reasoning_is_kept_as_its_proof() -> None:
    block = completion_of("test_openrouter_stream_with_reasoning").choices[0].blocks[0]
    assert (block.start.kind, block.text) == (BlockKind.REASONING, "")
    assert block.signature is not None
    assert block.signature.startswith("gAAAA")


def test_groqs_own_usage_is_found() -> None:
    usage = completion_of("test_groq_model_thinking_part_iter").usage
    assert usage is not None
    assert (usage.input_tokens, usage.output_tokens) == (21, 988)


def test_groqs_error_keeps_its_code() -> None:
    error = completion_of("test_tool_use_failed_error_streaming.0").error
    assert error is not None
    assert (error.code, error.upstream_code) == ("upstream_failed", "tool_use_failed")


def test_snowflakes_answers_end_for_no_known_reason() -> None:
    for name in ENDLESS:
        reason = completion_of(name).choices[0].reason
        assert reason is not None
        assert (reason.stop, reason.raw) == (Stop.OTHER, None)
