"""Ollama: what is told comes back, for us and in the official client's own types, however it is cut."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ollama import ChatResponse, Client, GenerateResponse, ResponseError
from support.decoder_laws import check_every_cut, check_one_end, check_short_way, decode_events
from support.event_sequences import event_sequences
from support.ollama_grammar import check_answer, check_stream
from support.ollamalines import (
    UPSTREAM,
    call,
    chat,
    chat_done,
    generate,
    ndjson,
    options,
    values_of,
)

from sluiceway.dialects.base import Framing
from sluiceway.dialects.ollama.encode import encoder as encoder_for
from sluiceway.dialects.ollama.errors import encode_stream_error
from sluiceway.dialects.ollama.shapes import Form
from sluiceway.errors import UpstreamFailed
from sluiceway.events import BlockKind, BlockStart, Event, Frame, StreamError, StreamStart, TokenLogprob
from sluiceway.fold import Block, Choice, Completion, fold, unfold
from sluiceway.usage import FinishReason, Stop, Usage

FORMS = pytest.mark.parametrize("form", list(Form))
WORDS = {Stop.STOP_SEQUENCE: Stop.END, Stop.CANCELLED: Stop.END, Stop.TOOL_CALL: Stop.END}
UNTOLD = {Stop.CONTENT_FILTER, Stop.PAUSED, Stop.OTHER}


def encode(events: Iterable[Event], form: Form, framing: Framing = Framing.NDJSON) -> bytes:
    encoder = encoder_for(form, options(framing))
    return b"".join(encoder.encode(Frame([event])) for event in events)


def decode(body: bytes, *, is_stream: bool = True) -> list[Event]:
    return decode_events(UPSTREAM, body, is_stream=is_stream)


def plain(completion: Completion) -> Completion:
    """Return what the wire can carry of a completion.

    It carries the first choice, no id, no borders between neighbouring blocks of one kind, no empty blocks, no
    signatures, refusals as text, tool calls where they ended, two reasons and the counts of prompt and answer. Where
    the answer broke off it carries no usage and no id of the error.
    """
    start = completion.start
    choices = [choice for choice in completion.choices if choice.index == 0] or [Choice(0)]
    error = completion.error
    return Completion(
        StreamStart("", start.model, start.created_at_unix_s or 1_700_000_000),
        [_plain_choice(choices[0], is_complete=completion.is_complete)],
        None if error else _plain_usage(completion.usage),
        error and StreamError(UpstreamFailed.code, json.loads(encode_stream_error(error))["error"]),
        completion.is_complete,
    )


def _plain_usage(usage: Usage | None) -> Usage | None:
    told = Usage(usage.input_tokens, usage.output_tokens) if usage else Usage()
    return None if told == Usage() else told


def _plain_choice(choice: Choice, *, is_complete: bool) -> Choice:
    blocks: list[Block] = []
    for block in choice.blocks:
        kind = BlockKind.TEXT if block.start.kind is BlockKind.REFUSAL else block.start.kind
        is_told = block.is_complete if kind is BlockKind.TOOL else bool(block.text or block.logprobs)
        if kind is BlockKind.VENDOR or not is_told:
            continue
        if blocks and kind is not BlockKind.TOOL and blocks[-1].start.kind is kind:
            blocks[-1].text += block.text
            blocks[-1].logprobs = (blocks[-1].logprobs or []) + _bare(block.logprobs) or None
        else:
            start = BlockStart(0, kind, 0, block.start.tool_id, block.start.tool_name)
            blocks.append(Block(start, block.text, None, _bare(block.logprobs) or None))
    return Choice(0, blocks, _plain_reason(choice.reason, blocks) if is_complete else None)


def _bare(tokens: list[TokenLogprob] | None) -> list[TokenLogprob]:
    return list(tokens or ())


def _plain_reason(reason: FinishReason | None, blocks: list[Block]) -> FinishReason:
    has_calls = any(block.start.kind is BlockKind.TOOL for block in blocks)
    if reason is None or reason.stop in UNTOLD:
        return FinishReason(Stop.TOOL_CALL if has_calls else Stop.OTHER)
    stop = WORDS.get(reason.stop, reason.stop)
    return FinishReason(Stop.TOOL_CALL if has_calls and stop is Stop.END else stop)


def by_kind(completion: Completion) -> Completion:
    """Sort blocks as a whole message does, which has one field for each kind."""
    order = {BlockKind.REASONING: 0, BlockKind.TEXT: 1, BlockKind.REFUSAL: 1, BlockKind.TOOL: 2, BlockKind.VENDOR: 3}
    for choice in completion.choices:
        choice.blocks.sort(key=lambda block: order[block.start.kind])
    return plain(completion)


@FORMS
@given(events=event_sequences())
def test_what_is_told_as_a_stream_comes_back(form: Form, events: list[Event]) -> None:
    completion = fold(events)
    body = encode(unfold(completion), form)
    check_stream(body, form)
    told, expected = plain(fold(decode(body))), plain(completion)
    if told.start == plain(Completion()).start:
        told.start = expected.start
    assert told == expected


@FORMS
@given(events=event_sequences(is_complete=True))
def test_interleaved_blocks_are_told_in_order(form: Form, events: list[Event]) -> None:
    body = encode(events, form)
    check_stream(body, form)
    assert by_kind(fold(decode(body))).usage == plain(fold(events)).usage


@FORMS
@given(events=event_sequences(is_complete=True))
def test_what_is_told_whole_comes_back(form: Form, events: list[Event]) -> None:
    completion = fold(events)
    body = encode(events, form, Framing.JSON)
    check_answer(json.loads(body), form)
    told = by_kind(fold(decode(body, is_stream=False)))
    assert told == _with_thoughts_probabilities(by_kind(completion))


def _with_thoughts_probabilities(completion: Completion) -> Completion:
    """Leave out log probabilities of an answer that thinks and does not speak: they are those of the thinking."""
    blocks = completion.choices[0].blocks
    if blocks and blocks[0].start.kind is BlockKind.REASONING:
        completion.choices[0].blocks = [block for block in blocks if block.text or block.start.kind is BlockKind.TOOL]
    return completion


@given(event_sequences())
def test_every_legal_sequence_can_be_told_in_every_framing(events: list[Event]) -> None:
    for form in Form:
        for framing in Framing:
            encode(events, form, framing)


@given(event_sequences(is_complete=True))
def test_the_official_clients_types_take_every_line(events: list[Event]) -> None:
    text = "".join(ChatResponse(**line).message.content or "" for line in values_of(encode(events, Form.CHAT)))
    lines = values_of(encode(events, Form.GENERATE))
    assert "".join(GenerateResponse(**line).response or "" for line in lines) == text
    whole = ChatResponse(**json.loads(encode(unfold(fold(events)), Form.CHAT, Framing.JSON)))
    assert sorted(whole.message.content or "") == sorted(text)


class Reader:
    """Ollama's client, whose every request is answered with the body at hand."""

    def __init__(self) -> None:
        self._body = b""
        self._client = Client(transport=httpx.MockTransport(self._answer), verify=False)

    def _answer(self, _request: object) -> httpx.Response:
        return httpx.Response(200, content=self._body, headers={"content-type": Framing.NDJSON.value})

    def chat(self, body: bytes) -> list[ChatResponse]:
        self._body = body
        return list(self._client.chat("m", [], stream=True))

    def close(self) -> None:
        self._client.close()  # type: ignore[no-untyped-call]


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    one = Reader()
    yield one
    one.close()


def encode_with_heartbeats(events: Iterable[Event]) -> bytes:
    encoder = encoder_for(Form.CHAT, options())
    return b"".join(encoder.heartbeat() + encoder.encode(Frame([event])) for event in events)


@settings(max_examples=50)
@given(events=event_sequences(is_complete=True))
def test_the_official_client_reads_a_stream_with_heartbeats(reader: Reader, events: list[Event]) -> None:
    *_, last = read = reader.chat(encode_with_heartbeats(events))
    assert read == [ChatResponse(**line) for line in values_of(encode(events, Form.CHAT))]
    assert last.done


@settings(max_examples=50)
@given(events=event_sequences(is_complete=False))
def test_the_official_client_raises_on_what_broke_off(reader: Reader, events: list[Event]) -> None:
    with pytest.raises(ResponseError):
        reader.chat(encode_with_heartbeats(events))


texts = st.text(max_size=4) | st.sampled_from(['"', "\\", "\n", "\x00", "é", "\u2028", "", "a"])
tokens = st.lists(
    st.just({"token": "a", "logprob": -1, "bytes": [97], "top_logprobs": [{"token": "b", "logprob": -2}]})
)
lines = st.lists(
    st.one_of(
        st.builds(chat, texts),
        st.builds(generate, texts),
        st.builds(lambda text, thinking: chat(text, thinking=thinking), texts, texts),
        st.builds(lambda text, thinking: generate(text, thinking=thinking), texts, texts),
        st.builds(lambda text, logprobs: chat(text, beside={"logprobs": logprobs}), texts, tokens),
        st.builds(lambda thinking, logprobs: chat(thinking=thinking, beside={"logprobs": logprobs}), texts, tokens),
        st.builds(lambda text, name: chat(text, tool_calls=[call(name), call()]), texts, texts),
        st.builds(lambda text: chat(text, done=True, beside={"eval_count": 3}), texts),
        st.sampled_from([b"", b"{", b"{}", b'{"error":"x"}', b'{"status":"y"}', chat_done(), generate(done=True)]),
    ),
    max_size=12,
)


@given(lines, st.data())
def test_no_cut_makes_a_difference(lines: list[bytes], data: st.DataObject) -> None:
    body = ndjson(*lines)
    for is_stream in (True, False):
        check_every_cut(UPSTREAM, body, data, is_stream=is_stream)


alike = st.lists(
    st.one_of(
        st.builds(chat, texts),
        st.builds(lambda text: chat(thinking=text), texts),
        st.builds(lambda text, other: chat(text, beside={"vendor": {"response": other}}), texts, texts),
        st.builds(lambda text, stamp: chat(text, beside={"created_at": stamp}), texts, texts),
        st.builds(lambda text, other: generate(text, vendor={"content": other}), texts, texts),
        st.builds(lambda text, other: generate(text, message={"content": other}), texts, texts),
        st.builds(lambda text: json.dumps({"message": {"content": text}, "created_at": "1"}).encode(), texts),
        st.builds(lambda text: generate(text, logprobs=[{"token": text, "logprob": 0}]), texts),
        lines.filter(bool).map(lambda drawn: drawn[0]),
    ),
    max_size=24,
)


@given(alike)
def test_the_short_way_gives_what_the_long_way_gives(lines: list[bytes]) -> None:
    check_short_way(UPSTREAM, ndjson(*lines))


@given(lines)
def test_what_came_in_the_dialect_means_the_same_told_anew(lines: list[bytes]) -> None:
    events = decode(ndjson(*lines))
    again = decode(encode(events, Form.CHAT))
    expected = fold(events)
    expected.error = expected.error and StreamError(UpstreamFailed.code, expected.error.message)
    if expected.error and not expected.choices:
        expected.start = StreamStart()
    told = fold(again)
    if expected.start != StreamStart() and not told.choices:
        told.start = expected.start
    assert _joined(told) == _joined(expected)


def _joined(completion: Completion) -> object:
    texts = [
        [
            (block.start.kind, block.start.tool_name, block.text, block.logprobs, block.extras)
            for block in choice.blocks
        ]
        for choice in completion.choices
    ]
    return completion.start, texts, completion.usage, completion.error, completion.is_complete


@given(st.binary(max_size=200) | st.builds(lambda tail: ndjson(chat("a")) + b"{" + tail, st.binary()))
def test_no_bytes_raise_and_every_answer_ends_once(body: bytes) -> None:
    check_one_end(UPSTREAM, body, may_be_proper=True)


def test_the_list_of_words_is_complete() -> None:
    assert WORDS.keys() | UNTOLD | {Stop.END, Stop.LENGTH} == set(Stop)
