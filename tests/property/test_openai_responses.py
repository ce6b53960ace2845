"""Responses: what is told keeps the grammar, comes back, and is what OpenAI's own client gathers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

import msgspec
import openai
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openai.lib._parsing._responses import parse_response
from openai.types.responses import Response, ResponseStreamEvent
from support.canned import CannedHttp
from support.comparing import plain_error
from support.cuts import decode_pieces
from support.decoder_laws import check_every_cut, check_one_end, check_short_way, decode_events
from support.event_sequences import event_sequences
from support.openai_responses_grammar import check_grammar
from support.responsesevents import (
    COMPLETED,
    CREATED,
    TEXT_STREAM,
    UPSTREAM,
    added,
    delta,
    done,
    ended,
    event,
    events_of,
    message,
    new_encoder,
    part_added,
    payloads_of,
    sse,
)

from sluiceway.delivery.outline import Outline
from sluiceway.dialects.base import Framing
from sluiceway.dialects.openai_responses.shapes import WIRE_SSE
from sluiceway.dialects.openai_responses.usage import encode_finish_reason
from sluiceway.events import BlockKind, Event, Frame, StreamStart
from sluiceway.fold import Block, Choice, Completion, fold
from sluiceway.usage import FinishReason, Stop, Usage

STOPS = {"max_output_tokens": Stop.LENGTH, "content_filter": Stop.CONTENT_FILTER}


def encode(events: Iterable[Event], framing: Framing = Framing.SSE) -> bytes:
    encoder = new_encoder(framing)
    return b"".join(encoder.encode(Frame([event])) for event in events)


def decode(body: bytes, *, is_stream: bool = True) -> list[Event]:
    return decode_events(UPSTREAM, body, is_stream=is_stream)


def plain(completion: Completion) -> Completion:
    """Return what the wire can carry of a completion.

    It carries one choice, no vendor's blocks but its own, no log probabilities of refusals, no id of another vendor
    and one of four ends. Where the answer broke off it carries no usage, and no proof of unfinished reasoning.
    """
    start = completion.start
    error = completion.error
    blocks = [block for choice in completion.choices if choice.index == 0 for block in choice.blocks]
    reason = next((choice.reason for choice in completion.choices if choice.index == 0), None)
    told = [_plain_block(block) for block in blocks if block.start.kind is not BlockKind.VENDOR]
    return Completion(
        StreamStart("resp_gen_1", start.model, start.created_at_unix_s or 1_700_000_000),
        [Choice(0, told, None if error else _plain_reason(reason, told))],
        None if error or completion.usage is None else _plain_usage(completion.usage),
        plain_error(error),
        completion.is_complete,
    )


def _plain_usage(usage: Usage) -> Usage | None:
    known = msgspec.structs.replace(usage, raw=None)
    return None if known in (Usage(), Usage(is_estimate=True)) else known


def _plain_block(block: Block) -> Block:
    start = msgspec.structs.replace(block.start, block=0, extras={})
    logprobs = block.logprobs if start.kind is BlockKind.TEXT else None
    signature = block.signature if block.is_complete else None
    return Block(start, block.text, signature, logprobs or None, is_complete=block.is_complete)


def _plain_reason(reason: FinishReason | None, blocks: list[Block]) -> FinishReason:
    status, details = encode_finish_reason(reason or FinishReason(Stop.OTHER))
    if status == "cancelled":
        return FinishReason(Stop.CANCELLED)
    if details is not None:
        return FinishReason(STOPS[str(details["reason"])])
    has_calls = any(block.start.kind is BlockKind.TOOL for block in blocks)
    return FinishReason(Stop.TOOL_CALL if has_calls else Stop.END)


def told_of(events: list[Event]) -> Completion:
    completion = fold(events)
    for choice in completion.choices:
        choice.blocks = [_plain_block(block) for block in choice.blocks]
        choice.reason = choice.reason and msgspec.structs.replace(choice.reason, raw=None)
        choice.extras = {}
    completion.choices = completion.choices or [Choice(0)]
    completion.usage = completion.usage and _plain_usage(completion.usage)
    completion.start = msgspec.structs.replace(completion.start, extras={})
    return completion


@given(event_sequences())
def test_what_is_told_keeps_the_grammar(events: list[Event]) -> None:
    check_grammar(payloads_of(encode(events)))


@given(event_sequences())
def test_what_is_told_as_a_stream_comes_back(events: list[Event]) -> None:
    told = told_of(decode(encode(events)))
    assert told == plain(fold(events))


@given(event_sequences(is_complete=True))
def test_what_is_told_whole_comes_back(events: list[Event]) -> None:
    told = told_of(decode(encode(events, Framing.JSON), is_stream=False))
    assert told == plain(fold(events))


@given(event_sequences())
def test_every_legal_sequence_can_be_told_in_every_framing(events: list[Event]) -> None:
    for framing in Framing:
        encode(events, framing)


@given(event_sequences(is_complete=True), st.data())
def test_an_answer_told_as_its_own_bytes_can_be_stopped_anywhere(events: list[Event], data: st.DataObject) -> None:
    frames = decode_pieces(UPSTREAM.decoder(True, 1 << 20), [encode(events)])
    seen = frames[: data.draw(st.integers(2, len(frames) - 1))]
    encoder = new_encoder()
    outline = Outline()
    for frame in seen:
        assert frame.wire == WIRE_SSE
        for event_ in frame.events:
            outline.feed(event_)
    body = b"".join(encoder.encode(frame) for frame in seen)
    payloads = payloads_of(body + encoder.encode(Frame(outline.stop(Usage(None, 1)))))
    check_grammar(payloads)
    assert payloads[-1]["response"]["status"] == "cancelled"


class Reader:
    """OpenAI's client, whose every request is answered with the body at hand."""

    def __init__(self, http: CannedHttp) -> None:
        self._http = http
        self._responses = http.openai().responses

    def stream(self, body: bytes) -> list[ResponseStreamEvent]:
        self._http.set(body)
        with self._responses.create(model="m", input="", stream=True) as stream:
            return list(stream)

    def gather(self, body: bytes) -> Response | None:
        self._http.set(body)
        with self._responses.stream(model="m", input="") as stream:
            stream.until_done()
            return stream._state._completed_response

    def whole(self, body: bytes) -> Response:
        self._http.set(body, Framing.JSON)
        return self._responses.create(model="m", input="")


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    http = CannedHttp()
    yield Reader(http)
    http.close()


@settings(max_examples=50)
@given(events=event_sequences(is_complete=True))
def test_openais_client_gathers_what_was_told(reader: Reader, events: list[Event]) -> None:
    body = encode(events)
    expected = reader.whole(encode(events, Framing.JSON))
    assert [one.type for one in reader.stream(body)] == [payload["type"] for payload in payloads_of(body)]
    gathered = reader.gather(body)
    if expected.status == "completed":
        assert gathered is not None
        parsed = parse_response(text_format=openai.omit, input_tools=openai.omit, response=expected)
        assert gathered.to_dict() == parsed.to_dict()
    else:
        assert gathered is None


@settings(max_examples=50)
@given(events=event_sequences(is_complete=False))
def test_openais_client_raises_on_what_broke_off(reader: Reader, events: list[Event]) -> None:
    with pytest.raises(openai.APIError):
        reader.stream(encode(events))


texts = st.text(max_size=4) | st.sampled_from(['"', "\\", "\n", "é", "\u2028", ""])
indices = st.integers(0, 2)
kinds = st.sampled_from(["output_text", "refusal", "reasoning_summary_text", "reasoning_text"])
inputs = st.sampled_from(["function_call_arguments", "custom_tool_call_input"])
items = st.sampled_from(
    [
        message(),
        message("a", "b", status="incomplete"),
        {"type": "reasoning", "summary": [{"type": "summary_text", "text": "a"}], "encrypted_content": "e"},
        {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"},
        {"type": "custom_tool_call", "id": "ctc_1", "name": "f", "input": "x"},
        {"type": "web_search_call", "id": "ws_1"},
        {},
    ]
)
pieces = st.lists(
    st.one_of(
        st.builds(lambda text, kind, index: delta(text, kind, index=index), texts, kinds, indices),
        st.builds(lambda text, kind, index: delta(text, kind, index=index), texts, inputs, indices),
        st.builds(lambda text, part: delta(text, content_index=part, summary_index=part), texts, indices),
        st.builds(added, items, indices),
        st.builds(done, items, indices),
        st.builds(lambda part, index: part_added(content=part, index=index), indices, indices),
        st.builds(lambda text, index: event("output_text.done", output_index=index, text=text), texts, indices),
        st.builds(lambda index: event("web_search_call.searching", output_index=index), indices),
        st.builds(lambda item: ended("completed", [item, message("z")]), items),
        st.sampled_from([CREATED, COMPLETED, b"{}", b'{"type":"keepalive"}', b'{"type":"error","message":"no"}']),
    ),
    max_size=16,
)


numbers = st.integers(0, 12)
alike = st.lists(
    st.one_of(
        st.builds(lambda text, number: delta(text, sequence_number=number, logprobs=[]), texts, numbers),
        st.builds(
            lambda text, number, padding: delta(text, obfuscation=padding, sequence_number=number),
            texts,
            numbers,
            texts,
        ),
        st.builds(lambda text, number: delta(text, "refusal", sequence_number=number), texts, numbers),
        st.builds(lambda text, part: delta(text, content_index=part), texts, indices),
        st.builds(delta, texts, kinds),
        st.builds(lambda text: event("output_text.done", output_index=0, text=text), texts),
        st.builds(lambda item: done(item, 0), items),
    ),
    max_size=24,
)


@given(alike)
def test_the_short_way_gives_what_the_long_way_gives(payloads: list[bytes]) -> None:
    check_short_way(UPSTREAM, sse(CREATED, added(message(), 0), *payloads, is_named=False))


@given(pieces | alike, st.data())
def test_any_events_give_a_legal_order_however_they_are_cut(payloads: list[bytes], data: st.DataObject) -> None:
    check_every_cut(UPSTREAM, sse(*payloads, is_named=False), data)


@given(pieces)
def test_any_events_can_be_told_again_and_mean_the_same(payloads: list[bytes]) -> None:
    frames = decode_pieces(UPSTREAM.decoder(True, 1 << 20), [sse(*payloads, is_named=False)])
    encoder = new_encoder()
    told = b"".join(encoder.encode(Frame(frame.events)) for frame in frames)
    again = told_of(decode(told)) if told else None
    expected = told_of(events_of(frames))
    if again is not None and expected.error is None:
        assert [block.text for block in again.choices[0].blocks] == [
            block.text for block in expected.choices[0].blocks
        ]


@given(st.binary(max_size=200) | st.builds(lambda tail: sse(*TEXT_STREAM[:4]) + b"data: {" + tail, st.binary()))
def test_no_bytes_raise_and_every_answer_ends_once(body: bytes) -> None:
    check_one_end(UPSTREAM, body, may_be_proper=True)


@given(st.dictionaries(st.sampled_from(["output", "error", "usage", "id", "status", "model"]), st.none() | texts))
def test_no_response_raises(fields: dict[str, object]) -> None:
    decode(json.dumps(fields).encode(), is_stream=False)
    decode(sse(event("completed", response=fields), is_named=False))
