"""Chat Completions: what is told comes back, for us and for OpenAI's own client; the short way is the long way."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

import msgspec
import openai
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openai.lib.streaming.chat import ChatCompletionStreamState
from openai.types.chat import ChatCompletion, ChatCompletionChunk, ChatCompletionMessageFunctionToolCall
from support.canned import CannedHttp
from support.chatchunks import UPSTREAM, chunk, options, sse
from support.comparing import plain_error
from support.decoder_laws import check_every_cut, check_one_end, check_short_way, decode_events
from support.event_sequences import ALL_KINDS, event_sequences

from sluiceway.dialects.base import Framing
from sluiceway.dialects.openai_chat.encode import encoder as encoder_for
from sluiceway.dialects.openai_chat.finish_reason import encode_finish_reason
from sluiceway.events import (
    BlockEnd,
    BlockKind,
    BlockStart,
    Event,
    ExtrasDelta,
    Frame,
    StreamStart,
)
from sluiceway.fold import Block, Choice, Completion, fold, unfold
from sluiceway.usage import FinishReason, Stop, Usage

WORDS = {"stop": Stop.END, "length": Stop.LENGTH, "tool_calls": Stop.TOOL_CALL, "content_filter": Stop.CONTENT_FILTER}

TOLD = [kind for kind in ALL_KINDS if kind is not BlockKind.VENDOR]


def encode(events: Iterable[Event], framing: Framing = Framing.SSE) -> bytes:
    encoder = encoder_for(options(framing, include_usage=True))
    return b"".join(encoder.encode(Frame([event])) for event in events)


def decode(body: bytes, *, is_stream: bool = True) -> list[Event]:
    return decode_events(UPSTREAM, body, is_stream=is_stream)


def plain(completion: Completion) -> Completion:
    """Return what the wire can carry of a completion.

    It carries no borders between neighbouring blocks of one kind, no empty blocks, no signatures, one of four reasons
    and no word whether usage was an estimate. Where the answer broke off it carries no usage, and no start when there
    was nothing else.
    """
    start = completion.start
    choices = [_plain_choice(choice) for choice in completion.choices]
    error = completion.error
    return Completion(
        StreamStart(start.id, start.model, start.created_at_unix_s or 1_700_000_000),
        [choice for choice in choices if choice.blocks or choice.reason],
        None if error or completion.usage is None else _plain_usage(completion.usage),
        plain_error(error),
        completion.is_complete,
    )


def _plain_usage(usage: Usage) -> Usage:
    return msgspec.structs.replace(usage, is_estimate=False, raw=None)


def _plain_choice(choice: Choice) -> Choice:
    blocks: list[Block] = []
    for block in choice.blocks:
        kind = block.start.kind
        if kind is not BlockKind.TOOL and not block.text and not block.logprobs:
            continue
        if blocks and kind is not BlockKind.TOOL and blocks[-1].start.kind is kind:
            blocks[-1].text += block.text
            blocks[-1].logprobs = ((blocks[-1].logprobs or []) + (block.logprobs or [])) or None
        else:
            start = msgspec.structs.replace(block.start, block=0, extras={})
            blocks.append(Block(start, block.text, None, block.logprobs or None))
    stop = choice.reason and WORDS[encode_finish_reason(choice.reason)]
    return Choice(choice.index, blocks, stop and FinishReason(stop))


@given(event_sequences(kinds=TOLD))
def test_what_is_told_as_a_stream_comes_back(events: list[Event]) -> None:
    completion = fold(events)
    told = plain(fold(decode(encode(unfold(completion)))))
    expected = plain(completion)
    if not completion.choices:
        told.start = expected.start
    assert told == expected


@given(event_sequences(is_complete=True, kinds=TOLD))
def test_what_is_told_whole_comes_back(events: list[Event]) -> None:
    completion = fold(events)
    told = plain(fold(decode(encode(events, Framing.JSON), is_stream=False)))
    assert _by_kind(told) == _by_kind(plain(completion))


def _by_kind(completion: Completion) -> Completion:
    """Sort blocks as a whole message does, which has one field for each kind."""
    order = [BlockKind.REASONING, BlockKind.TEXT, BlockKind.REFUSAL, BlockKind.TOOL]
    for choice in completion.choices:
        choice.blocks.sort(key=lambda block: order.index(block.start.kind))
    for index, choice in enumerate(completion.choices):
        completion.choices[index] = _plain_choice(choice)
    return completion


@given(event_sequences(kinds=[BlockKind.VENDOR]))
def test_what_only_a_vendor_can_say_is_left_out(events: list[Event]) -> None:
    told = encode(events)
    without = [event for event in events if not isinstance(event, BlockStart | ExtrasDelta | BlockEnd)]
    assert told == encode(without)


@given(event_sequences())
def test_every_legal_sequence_can_be_told_in_every_framing(events: list[Event]) -> None:
    for framing in Framing:
        encode(events, framing)


class Reader:
    """OpenAI's client, whose every request is answered with the body at hand."""

    def __init__(self, http: CannedHttp) -> None:
        self._http = http
        self._completions = http.openai().chat.completions

    def stream(self, body: bytes) -> list[ChatCompletionChunk]:
        self._http.set(body)
        with self._completions.create(model="m", messages=[], stream=True) as stream:
            return list(stream)

    def whole(self, body: bytes) -> ChatCompletion:
        self._http.set(body, Framing.JSON)
        return self._completions.create(model="m", messages=[])


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    http = CannedHttp()
    yield Reader(http)
    http.close()


@settings(max_examples=50)
@given(events=event_sequences(is_complete=True))
def test_openais_client_gathers_what_was_told(reader: Reader, events: list[Event]) -> None:
    state = ChatCompletionStreamState()
    for chunk_ in reader.stream(encode(events)):
        state.handle_chunk(chunk_)
    gathered = state.current_completion_snapshot
    expected = reader.whole(encode(events, Framing.JSON))
    for choice, told in zip(sorted(gathered.choices, key=lambda one: one.index), expected.choices, strict=True):
        assert (choice.message.content or "") == (told.message.content or "")
        assert (choice.message.refusal or "") == (told.message.refusal or "")
        assert choice.message.role == "assistant"
        assert choice.finish_reason == told.finish_reason
        assert calls_of(choice.message.tool_calls) == calls_of(told.message.tool_calls)


def calls_of(calls: Iterable[object] | None) -> list[tuple[str, str, str]]:
    """Return id, name and arguments of the calls that the client gathered."""
    found = [call for call in calls or () if isinstance(call, ChatCompletionMessageFunctionToolCall)]
    return [(call.id, call.function.name, call.function.arguments) for call in found]


@settings(max_examples=50)
@given(events=event_sequences(is_complete=False))
def test_openais_client_raises_on_what_broke_off(reader: Reader, events: list[Event]) -> None:
    with pytest.raises(openai.APIError):
        reader.stream(encode(events))


texts = st.text(max_size=4) | st.sampled_from(['"', "\\", "\n", "\x00", "é", "\u2028", "", "a"])
payloads = st.lists(
    st.one_of(
        st.builds(lambda text: chunk({"content": text}), texts),
        st.builds(lambda text, index: chunk({"content": text}, index=index), texts, st.integers(0, 1)),
        st.builds(lambda text: chunk({"reasoning_content": text, "content": None}), texts),
        st.builds(lambda text: chunk({"reasoning": text, "reasoning_content": text}), texts),
        st.builds(lambda text, other: chunk({"content": text}, obfuscation=other), texts, texts),
        st.builds(lambda text: json.dumps({"choices": [{"delta": {"content": text}}]}).encode(), texts),
        st.builds(lambda text: chunk({"content": text}, finish="stop"), texts),
        st.builds(lambda text: chunk({"refusal": text, "content": ""}), texts),
        st.builds(lambda text: chunk({"content": text}, usage={"prompt_tokens": 1}), texts),
        st.sampled_from([chunk({"tool_calls": [{"function": {"name": "f", "arguments": "{}"}}]}), b"[DONE]", b"{"]),
    ),
    max_size=24,
)


@given(payloads)
def test_the_short_way_gives_what_the_long_way_gives(payloads: list[bytes]) -> None:
    check_short_way(UPSTREAM, sse(*payloads))


@given(payloads, st.data())
def test_no_cut_makes_a_difference(payloads: list[bytes], data: st.DataObject) -> None:
    check_every_cut(UPSTREAM, sse(*payloads), data)


@given(
    st.binary(max_size=200) | st.builds(lambda tail: sse(chunk({"content": "a"})) + b"data: {" + tail, st.binary())
)
def test_no_bytes_raise_and_every_answer_ends_once(body: bytes) -> None:
    check_one_end(UPSTREAM, body)
