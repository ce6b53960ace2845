"""Messages: what is told comes back, for us and for Anthropic's own client; the short way is the long way."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import cast

import msgspec
from anthropic.lib.streaming._messages import accumulate_event
from anthropic.types import Message, RawMessageStreamEvent
from anthropic.types.parsed_message import ParsedMessage
from hypothesis import given, settings
from hypothesis import strategies as st
from support.decoder_laws import check_every_cut, check_one_end, check_short_way, decode_events
from support.event_sequences import event_sequences
from support.messages import (
    UPSTREAM,
    block_delta,
    block_start,
    block_stop,
    message_delta,
    message_start,
    options,
    payload,
    payloads_of,
    sse,
)
from support.messages_grammar import check_messages_grammar

from sluiceway.dialects.anthropic.encode import encoder as encoder_for
from sluiceway.dialects.anthropic.errors import encode_stream_error
from sluiceway.dialects.anthropic.tool_input import encode_input
from sluiceway.dialects.anthropic.usage import decode_finish_reason, encode_finish_reason
from sluiceway.dialects.base import Framing
from sluiceway.errors import UpstreamFailed
from sluiceway.events import BlockKind, Event, Frame, StreamError, StreamStart
from sluiceway.fold import Block, Choice, Completion, fold, unfold
from sluiceway.usage import FinishReason, Stop, Usage


def encode(events: Iterable[Event], framing: Framing = Framing.SSE) -> bytes:
    encoder = encoder_for(options(framing))
    return b"".join(encoder.encode(Frame([event])) for event in events)


def decode(body: bytes, *, is_stream: bool = True) -> list[Event]:
    return decode_events(UPSTREAM, body, is_stream=is_stream)


def plain(completion: Completion, *, is_whole: bool = False) -> Completion:
    """Return what the wire can carry of a completion.

    It carries no time stamp, the first choice only, no log probabilities, no blocks of other vendors, no difference
    between a refusal and text, one of a few reasons, counts that may be 0 where none was known, and an error of one
    of a few types. Where the answer broke off it carries neither reason nor counts.
    """
    start = completion.start
    first = next((choice for choice in completion.choices if choice.index == 0), Choice(0))
    error = completion.error
    choice = _plain_choice(first, is_whole=is_whole, is_cut=error is not None)
    return Completion(
        StreamStart(start.id, start.model),
        [choice] if choice.blocks or choice.reason else [],
        None if error else _plain_usage(completion.usage or Usage(), is_whole=is_whole),
        error and _plain_error(error),
        completion.is_complete,
    )


def _plain_choice(choice: Choice, *, is_whole: bool, is_cut: bool) -> Choice:
    blocks: list[Block] = []
    for block in choice.blocks:
        kind = BlockKind.TEXT if block.start.kind is BlockKind.REFUSAL else block.start.kind
        if kind is BlockKind.VENDOR:
            continue
        start = msgspec.structs.replace(block.start, block=len(blocks), kind=kind, extras={})
        text = bytes(encode_input(block.text)).decode() if is_whole and kind is BlockKind.TOOL else block.text
        blocks.append(
            Block(start, "" if text == "{}" else text, block.signature or None, None, [], block.is_complete)
        )
    return Choice(0, blocks, None if is_cut else _plain_reason(choice))


def _plain_reason(choice: Choice) -> FinishReason | None:
    kinds = {block.start.kind for block in choice.blocks}
    return choice.reason and decode_finish_reason(
        encode_finish_reason(
            choice.reason, has_tool_call=BlockKind.TOOL in kinds, has_refusal=BlockKind.REFUSAL in kinds
        )
    )


def _plain_usage(usage: Usage, *, is_whole: bool) -> Usage:
    cached = (usage.cache_read_tokens or 0) + (usage.cache_write_tokens or 0)
    known = usage.input_tokens if usage.input_tokens is not None or not is_whole else 0
    is_guess = usage.output_tokens is None or (is_whole and usage.input_tokens is None)
    return Usage(
        None if known is None else max(known, cached),
        usage.output_tokens or 0,
        usage.cache_read_tokens,
        usage.cache_write_tokens,
        usage.reasoning_tokens,
        usage.is_estimate or is_guess,
    )


def _plain_error(error: StreamError) -> StreamError:
    kind = json.loads(encode_stream_error(error))["error"]["type"]
    return StreamError(UpstreamFailed.code, error.message or "the upstream reported an error", kind)


def came_back(completion: Completion) -> Completion:
    usage = completion.usage and msgspec.structs.replace(completion.usage, raw=None)
    if completion.error is not None:
        usage = None
    for choice in completion.choices:
        for block in choice.blocks:
            block.text = "" if block.text == "{}" else block.text
            block.signature = block.signature or None
    return msgspec.structs.replace(completion, usage=usage)


@given(event_sequences())
def test_what_is_told_as_a_stream_comes_back(events: list[Event]) -> None:
    told = encode(events)
    check_messages_grammar(payloads_of(told))
    assert came_back(fold(decode(told))) == plain(fold(events))


@given(event_sequences(is_complete=True))
def test_what_is_told_whole_comes_back(events: list[Event]) -> None:
    completion = fold(events)
    told = came_back(fold(decode(encode(events, Framing.JSON), is_stream=False)))
    assert told == plain(completion, is_whole=True)


@given(event_sequences())
def test_every_legal_sequence_can_be_told_in_every_framing(events: list[Event]) -> None:
    for framing in Framing:
        encode(events, framing)
    assert json.loads(b"[" + b",".join(encode(events, Framing.NDJSON).splitlines()) + b"]") == payloads_of(
        encode(events)
    )


@given(event_sequences(is_complete=True))
def test_anthropics_client_gathers_what_was_told(events: list[Event]) -> None:
    snapshot: ParsedMessage[object] | None = None
    buffers: dict[int, bytes] = {}
    for value in payloads_of(encode(events)):
        event = cast("RawMessageStreamEvent", value)
        snapshot = accumulate_event(event=event, current_snapshot=snapshot, json_bufs=buffers)
    expected = Message.model_validate_json(encode(events, Framing.JSON), strict=True)
    assert snapshot is not None
    assert snapshot.stop_reason == expected.stop_reason
    assert [said(block) for block in snapshot.content] == [said(block) for block in expected.content]
    assert snapshot.usage.output_tokens == expected.usage.output_tokens
    assert (snapshot.usage.input_tokens or 0) == expected.usage.input_tokens


def said(block: msgspec.Struct | object) -> dict[str, object]:
    """Return what a client's block says."""
    names = ("type", "text", "thinking", "signature", "id", "name", "input")
    return {name: value for name in names if (value := getattr(block, name, None)) is not None}


texts = st.text(max_size=4) | st.sampled_from(['"', "\\", "\n", "\x00", "é", "\u2028", "", "a"])
indices = st.integers(0, 2)
payloads = st.lists(
    st.one_of(
        st.builds(block_start, indices),
        st.builds(lambda index: block_start(index, type="thinking", thinking="", signature=""), indices),
        st.builds(lambda index: block_start(index, type="tool_use", id="t", name="f", input={"a": 1}), indices),
        st.builds(lambda index: block_start(index, type="server_tool_use", input={}), indices),
        st.builds(lambda index, text: block_delta(index, "text_delta", text=text), indices, texts),
        st.builds(lambda index, text: block_delta(index, "thinking_delta", thinking=text), indices, texts),
        st.builds(lambda index, text: block_delta(index, "signature_delta", signature=text), indices, texts),
        st.builds(lambda index, text: block_delta(index, "input_json_delta", partial_json=text), indices, texts),
        st.builds(lambda index, text: block_delta(index, "text_delta", text=text)[:-1] + b"  }", indices, texts),
        st.builds(block_stop, indices),
        st.sampled_from([message_delta(), message_delta(None), message_start(), payload("ping"), b"{"]),
        st.just(payload("message_stop")),
    ),
    max_size=24,
)


def stream_of(payloads: list[bytes]) -> bytes:
    return sse(message_start(usage={"input_tokens": 3}), block_start(0), *payloads)


@given(payloads)
def test_the_short_way_gives_what_the_long_way_gives(payloads: list[bytes]) -> None:
    check_short_way(UPSTREAM, stream_of(payloads))


@given(payloads, st.data())
def test_no_cut_makes_a_difference(payloads: list[bytes], data: st.DataObject) -> None:
    check_every_cut(UPSTREAM, stream_of(payloads), data)


@given(payloads)
def test_what_was_decoded_is_told_again_the_same(payloads: list[bytes]) -> None:
    first = came_back(fold(decode(stream_of(payloads))))
    again = came_back(fold(decode(encode(unfold(first)))))
    if first.error is not None:
        first.choices = [msgspec.structs.replace(choice, reason=None, extras={}) for choice in first.choices]
    assert [choice for choice in first.choices if choice.blocks or choice.reason] == again.choices


@settings(max_examples=200)
@given(st.binary(max_size=200) | st.builds(lambda tail: stream_of([]) + b"data: {" + tail, st.binary()))
def test_no_bytes_raise_and_every_answer_ends_once(body: bytes) -> None:
    check_one_end(UPSTREAM, body)


def test_a_cancelled_answer_is_a_proper_end() -> None:
    assert _plain_reason(Choice(0, [], FinishReason(Stop.CANCELLED))) == FinishReason(Stop.END, "end_turn")
