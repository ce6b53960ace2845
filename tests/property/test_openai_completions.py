"""Legacy Completions: what is told comes back, for us and for OpenAI's own client; the short way is the long way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec
import openai
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openai.types import Completion as TextCompletion
from support.canned import CannedHttp
from support.comparing import plain_error
from support.completionchunks import UPSTREAM, choice, chunk, options, sse
from support.cuts import decode_pieces
from support.decoder_laws import check_every_cut, check_one_end, check_short_way, decode_events
from support.event_sequences import event_sequences
from support.openai_completions_grammar import check_completions

from sluiceway.dialects.base import Framing
from sluiceway.dialects.openai_completions.encode import encoder as encoder_for
from sluiceway.dialects.openai_completions.usage import encode_finish_reason
from sluiceway.events import BlockKind, BlockStart, Event, Frame, StreamEnd, StreamError, StreamStart, TokenLogprob
from sluiceway.fold import Block, Choice, Completion, fold, unfold
from sluiceway.usage import FinishReason, Stop, Usage

WORDS = {"stop": Stop.END, "length": Stop.LENGTH, "content_filter": Stop.CONTENT_FILTER}
TEXTS = (BlockKind.TEXT, BlockKind.REFUSAL)


def encode(events: Iterable[Event], framing: Framing = Framing.SSE) -> bytes:
    encoder = encoder_for(options(framing, include_usage=True))
    return b"".join(encoder.encode(Frame([event])) for event in events)


def decode(body: bytes, *, is_stream: bool = True) -> list[Event]:
    return decode_events(UPSTREAM, body, is_stream=is_stream)


def plain(completion: Completion) -> Completion:
    """Return what the wire can carry of a completion.

    It carries one text a choice, one of three reasons, tokens without bytes, and alternatives by their spelling; no
    usage where the answer broke off, and no start where there was nothing else. Counts of zero mean that there are
    none.
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


def _plain_usage(usage: Usage) -> Usage | None:
    if usage.input_tokens == 0 and usage.output_tokens == 0:
        return None
    return msgspec.structs.replace(usage, is_estimate=False, raw=None)


def _plain_choice(choice: Choice) -> Choice:
    blocks = [block for block in choice.blocks if block.start.kind in TEXTS]
    tokens = [_plain_token(token) for block in blocks for token in block.logprobs or ()] or None
    text = "".join(block.text for block in blocks)
    told = [Block(BlockStart(0, BlockKind.TEXT, choice.index), text, None, tokens)] if text or tokens else []
    stop = choice.reason and WORDS[encode_finish_reason(choice.reason)]
    return Choice(choice.index, told, stop and FinishReason(stop))


def _plain_token(token: TokenLogprob) -> TokenLogprob:
    top = {other.token: other.logprob for other in token.top}
    alternatives = sorted((TokenLogprob(*item) for item in top.items()), key=lambda other: -other.logprob)
    return TokenLogprob(token.token, token.logprob, None, alternatives)


@given(event_sequences())
def test_what_is_told_as_a_stream_comes_back(events: list[Event]) -> None:
    check_completions(encode(events))
    completion = fold(events)
    told, expected = plain(fold(decode(encode(unfold(completion))))), plain(completion)
    if not expected.choices:
        told.start = expected.start
    assert told == expected


@given(event_sequences(is_complete=True))
def test_what_is_told_whole_comes_back(events: list[Event]) -> None:
    told = fold(decode(encode(events, Framing.JSON), is_stream=False))
    assert plain(told) == plain(fold(events))


@given(event_sequences())
def test_every_legal_sequence_can_be_told_in_every_framing(events: list[Event]) -> None:
    for framing in Framing:
        encode(events, framing)


@given(event_sequences(kinds=[BlockKind.TEXT]), st.integers(0, 30))
def test_a_reader_of_bytes_may_be_told_the_rest(events: list[Event], border: int) -> None:
    frames = decode_pieces(UPSTREAM.decoder(True, 1 << 20), [encode(events)])
    before = [frame for frame in frames if not {type(event) for event in frame.events} & {StreamEnd, StreamError}]
    encoder = encoder_for(options(include_usage=True))
    body = b"".join(encoder.encode(frame) for frame in before[:border])
    check_completions(body + encoder.encode(Frame([StreamError("gone", "it went away")])))


class Reader:
    """OpenAI's client, whose every request is answered with the body at hand."""

    def __init__(self, http: CannedHttp) -> None:
        self._http = http
        self._completions = http.openai().completions

    def stream(self, body: bytes) -> list[TextCompletion]:
        self._http.set(body)
        with self._completions.create(model="m", prompt="a", stream=True) as stream:
            return list(stream)

    def whole(self, body: bytes) -> TextCompletion:
        self._http.set(body, Framing.JSON)
        return self._completions.create(model="m", prompt="a")


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    http = CannedHttp()
    yield Reader(http)
    http.close()


@settings(max_examples=50)
@given(events=event_sequences(is_complete=True))
def test_openais_client_gathers_what_was_told(reader: Reader, events: list[Event]) -> None:
    # One block after the other: a choice has one text here, in which interleaved blocks are told as they come.
    events = unfold(fold(events))
    texts: dict[int, str] = {}
    for one in reader.stream(encode(events)):
        for told in one.choices:
            texts[told.index] = texts.get(told.index, "") + told.text
    whole = reader.whole(encode(events, Framing.JSON))
    assert texts == {told.index: told.text for told in whole.choices}


@settings(max_examples=50)
@given(events=event_sequences(is_complete=False))
def test_openais_client_raises_on_what_broke_off(reader: Reader, events: list[Event]) -> None:
    with pytest.raises(openai.APIError):
        reader.stream(encode(events))


texts = st.text(max_size=4) | st.sampled_from(['"', "\\", "\n", "\x00", "é", "\u2028", "", "a"])
payloads = st.lists(
    st.one_of(
        st.builds(lambda text: chunk(choice(text)), texts),
        st.builds(lambda text, index: chunk(choice(text, index=index)), texts, st.integers(0, 1)),
        st.builds(lambda text: chunk(choice(text, "stop")), texts),
        st.builds(lambda text, other: chunk(choice(text), other=other), texts, texts),
        st.builds(lambda text: chunk(choice(text), usage={"prompt_tokens": 1}), texts),
        st.sampled_from([chunk(usage={"prompt_tokens": 1}), chunk(), b"[DONE]", b"{", b'{"error":"x"}']),
    ),
    max_size=24,
)


@given(payloads)
def test_the_short_way_gives_what_the_long_way_gives(payloads: list[bytes]) -> None:
    check_short_way(UPSTREAM, sse(*payloads))


@given(payloads, st.data())
def test_no_cut_makes_a_difference(payloads: list[bytes], data: st.DataObject) -> None:
    check_every_cut(UPSTREAM, sse(*payloads), data)


@given(st.binary(max_size=200) | st.builds(lambda tail: sse(chunk(choice("a"))) + b"data: {" + tail, st.binary()))
def test_no_bytes_raise_and_every_answer_ends_once(body: bytes) -> None:
    check_one_end(UPSTREAM, body)
