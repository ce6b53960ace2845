"""Gemini: what is told comes back, for us and for Google's own client; the short way is the long way."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, cast

import msgspec
import pytest
from google import genai
from google.genai import errors, types
from hypothesis import given, settings
from hypothesis import strategies as st
from support.canned import CannedHttp
from support.decoder_laws import check_every_cut, check_one_end, check_short_way, decode_events
from support.event_sequences import event_sequences
from support.gemini_grammar import check_payloads
from support.geminichunks import UPSTREAM, call, chunk, options, payloads_of, sse, text

from sluiceway.dialects.base import Framing
from sluiceway.dialects.gemini.arguments import ArgumentsWriter
from sluiceway.dialects.gemini.encode import encoder as encoder_for
from sluiceway.dialects.gemini.errors import encode_stream_error
from sluiceway.dialects.gemini.shapes import PartialArgShape
from sluiceway.dialects.gemini.usage import decode_finish_reason, encode_finish_reason
from sluiceway.errors import RemoteProtocolError, UpstreamFailed
from sluiceway.events import BlockKind, BlockStart, Event, Frame, StreamError, StreamStart, TokenLogprob
from sluiceway.fold import Block, Choice, Completion, fold, unfold
from sluiceway.usage import Usage


def encode(events: Iterable[Event], framing: Framing = Framing.SSE) -> bytes:
    encoder = encoder_for(options(framing))
    return b"".join(encoder.encode(Frame([event])) for event in events)


def decode(body: bytes, *, is_stream: bool = True) -> list[Event]:
    return decode_events(UPSTREAM, body, is_stream=is_stream)


def plain(completion: Completion) -> Completion:
    """Return what the wire can carry of a completion.

    It carries no borders between neighbouring blocks of one kind, no empty blocks and none of other vendors, no
    refusals but as text, no calls that were cut, no signatures that are no base64, no bytes of tokens, one word for
    several reasons, and of the counts none of a cache that was written. Where the answer broke off before any choice
    had ended it carries no usage, and no start when there was nothing else.
    """
    start, error = completion.start, completion.error
    choices = [_plain_choice(choice) for choice in completion.choices]
    has_end = error is None or any(choice.reason for choice in choices)
    return Completion(
        StreamStart(start.id, start.model, start.created_at_unix_s),
        [choice for choice in choices if choice.blocks or choice.reason],
        _plain_usage(completion.usage) if completion.usage and has_end else None,
        error and StreamError(UpstreamFailed.code, error.message or "the upstream reported an error", _word(error)),
        completion.is_complete,
    )


def _word(error: StreamError) -> str:
    if error.code == UpstreamFailed.code and error.upstream_code.isupper():
        return error.upstream_code
    return str(json.loads(encode_stream_error(error))["error"]["status"])


def _plain_usage(usage: Usage) -> Usage:
    reasoning = usage.reasoning_tokens
    output = reasoning if usage.output_tokens is None else max(usage.output_tokens, reasoning or 0)
    return Usage(usage.input_tokens, output, usage.cache_read_tokens, None, reasoning, usage.is_estimate)


def _plain_choice(choice: Choice) -> Choice:
    blocks: list[Block] = []
    for block in filter(None, map(_plain_block, choice.blocks)):
        last = blocks[-1] if blocks else None
        if last is None or block.start.kind is BlockKind.TOOL or last.start.kind is not block.start.kind:
            blocks.append(block)
        else:
            last.text += block.text
            last.signature = block.signature or last.signature
            last.logprobs = [*(last.logprobs or ()), *(block.logprobs or ())] or None
    has_called = any(block.start.kind is BlockKind.TOOL for block in blocks)
    reason = choice.reason
    if reason is not None:
        reason = decode_finish_reason(encode_finish_reason(reason), has_called=has_called)
    return Choice(choice.index, blocks, reason)


def _plain_block(block: Block) -> Block | None:
    kind, choice = block.start.kind, block.start.choice
    if kind is BlockKind.VENDOR:
        return None
    if kind is BlockKind.TOOL:
        start = BlockStart(0, kind, choice, block.start.tool_id, block.start.tool_name)
        return Block(start, block.text or "{}") if block.is_complete else None
    kind = BlockKind.TEXT if kind is BlockKind.REFUSAL else kind
    signature = block.signature if block.signature and _is_base64(block.signature) else None
    logprobs = [_plain_token(token) for token in block.logprobs or ()] or None
    if not (block.text or signature or logprobs):
        return None
    return Block(BlockStart(0, kind, choice), block.text, signature, logprobs)


def _is_base64(text: str) -> bool:
    padded = text + "=" * (-len(text) % 4)
    try:
        return base64.urlsafe_b64encode(base64.urlsafe_b64decode(padded)).decode() == padded
    except ValueError:
        return False


def _plain_token(token: TokenLogprob) -> TokenLogprob:
    return TokenLogprob(token.token, token.logprob, None, [TokenLogprob(top.token, top.logprob) for top in token.top])


def heard(events: Iterable[Event]) -> Completion:
    """Return the fold of what was decoded, without what is new on each way: numbers, raw usage, complete blocks."""
    folded = fold(events)
    if folded.usage is not None:
        folded.usage = msgspec.structs.replace(folded.usage, raw=None)
    for choice in folded.choices:
        for block in choice.blocks:
            block.start = msgspec.structs.replace(block.start, block=0)
            block.is_complete = False
    folded.choices = [choice for choice in folded.choices if choice.blocks or choice.reason]
    return folded


@given(event_sequences())
def test_what_is_told_as_a_stream_comes_back(events: list[Event]) -> None:
    completion = fold(events)
    told = heard(decode(encode(unfold(completion))))
    expected = plain(completion)
    if not expected.choices:
        expected.start = told.start
    assert told == expected


@given(event_sequences(is_complete=True))
def test_what_is_told_whole_comes_back(events: list[Event]) -> None:
    told = heard(decode(encode(events, Framing.JSON), is_stream=False))
    assert _gathered(told) == _gathered(plain(fold(events)))


def _gathered(completion: Completion) -> tuple[Completion, list[list[TokenLogprob]]]:
    """Take the log probabilities out of their blocks: a whole candidate has one list of them."""
    tokens = [[token for block in choice.blocks for token in block.logprobs or ()] for choice in completion.choices]
    for choice in completion.choices:
        for block in choice.blocks:
            block.logprobs = None
        choice.blocks = [block for block in choice.blocks if block.text or block.signature]
    return completion, tokens


@given(event_sequences())
def test_what_is_told_follows_the_grammar_in_every_framing(events: list[Event]) -> None:
    payloads = payloads_of(encode(events))
    check_payloads(payloads)
    assert json.loads(encode(events, Framing.JSON_ARRAY)) == payloads
    assert [json.loads(line) for line in encode(events, Framing.NDJSON).splitlines()] == payloads
    encode(events, Framing.JSON)


class Reader:
    """Google's client, whose every request is answered with the body at hand."""

    def __init__(self, http: CannedHttp) -> None:
        self._http = http
        http_options = types.HttpOptions(base_url="http://x", httpx_client=cast("Any", http.client))
        self._client = genai.Client(api_key="k", http_options=http_options)

    def stream(self, body: bytes) -> list[types.GenerateContentResponse]:
        self._http.set(body)
        return list(self._client.models.generate_content_stream(model="m", contents="hi"))

    def whole(self, body: bytes) -> types.GenerateContentResponse:
        self._http.set(body, Framing.JSON)
        return self._client.models.generate_content(model="m", contents="hi")

    def close(self) -> None:
        self._client.close()


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    http = CannedHttp()
    one = Reader(http)
    yield one
    one.close()
    http.close()


def gathered(responses: Iterable[types.GenerateContentResponse]) -> dict[int, tuple[str, str, list[object], object]]:
    """Return text, thoughts, calls and finish reason of each candidate that the client read."""
    found: dict[int, tuple[str, str, list[object], object]] = {}
    for response in responses:
        for candidate in response.candidates or ():
            said, thoughts, calls, reason = found.get(candidate.index or 0, ("", "", [], None))
            for part in (candidate.content and candidate.content.parts) or ():
                said += (part.text or "") if not part.thought else ""
                thoughts += (part.text or "") if part.thought else ""
                if part.function_call is not None:
                    calls.append((part.function_call.id, part.function_call.name, part.function_call.args))
            found[candidate.index or 0] = (said, thoughts, calls, candidate.finish_reason or reason)
    return found


@settings(max_examples=50)
@given(events=event_sequences(is_complete=True))
def test_googles_client_gathers_what_was_told(reader: Reader, events: list[Event]) -> None:
    streamed = reader.stream(encode(unfold(fold(events))))
    whole = reader.whole(encode(events, Framing.JSON))
    assert gathered(streamed) == gathered([whole])
    counts = [response.usage_metadata for response in streamed if response.usage_metadata is not None]
    assert counts[-1:] == [whole.usage_metadata][: len(counts)]


@settings(max_examples=50)
@given(events=event_sequences(is_complete=False))
def test_googles_client_raises_on_what_broke_off(reader: Reader, events: list[Event]) -> None:
    with pytest.raises(errors.APIError):
        reader.stream(encode(events))


def test_googles_client_skips_heartbeats(reader: Reader) -> None:
    beat = encoder_for(options()).heartbeat()
    body = beat + sse(chunk(text("a"))) + beat + beat + sse(chunk(text("b"), finish="STOP")) + beat
    assert gathered(reader.stream(body))[0][0] == "ab"


texts = st.text(max_size=4) | st.sampled_from(['"', "\\", "\n", "\x00", "é", "\u2028", "", "a"])
counts = st.integers(0, 12)


def spaced(payload: bytes) -> bytes:
    """Return the payload with Google's spaces."""
    return json.dumps(json.loads(payload), ensure_ascii=False, separators=(",", ": ")).encode()


def counted(said: str, told: int, total: int) -> bytes:
    return spaced(chunk(text(said), usageMetadata={"candidatesTokenCount": told, "totalTokenCount": total}))


def recorded(said: str, record: bytes) -> bytes:
    """Return a chunk as Google sends it, whose counts are these very bytes."""
    return spaced(chunk(text(said), usageMetadata={"here": 1})).replace(b'{"here": 1}', record)


LINE_END = b"\0"  # no payload has one, and it stands for a line end in the middle of one

records = st.one_of(
    st.builds(lambda told: b'{"candidatesTokenCount": %d,"details": [{"text": "a"}]}' % told, counts),
    st.builds(
        lambda told, at, other: told[:at] + other + told[at + 1 :],
        st.just(b'{"thoughtsTokenCount": 4}'),
        st.integers(0, 25),
        st.sampled_from([b"", b'"', b"{", b"}", b",", b"\\", b"\xff", b" ", LINE_END]),
    ),
    st.sampled_from(
        [
            b"null",
            b' {"totalTokenCount": 1} ',
            b'{"totalTokenCount": 1},"error": {"code": 5}',
            b'{"totalTokenCount": 1},"usageMetadata": {"totalTokenCount": 2}',
            b'{"totalTokenCount": 1},"candidates": [{"content": {"parts": [{"text": "b"}]}}]',
            b'{"totalTokenCount": 1' + LINE_END + b"}",
            b'{"totalTokenCount": 1}' + LINE_END + b"data: ",
        ]
    ),
)


def body_of(payloads: list[bytes]) -> bytes:
    return sse(*payloads).replace(LINE_END, b"\n")


payloads = st.lists(
    st.one_of(
        st.builds(recorded, texts, records),
        st.builds(lambda said: chunk(text(said)), texts),
        st.builds(counted, texts, counts, counts),
        st.builds(counted, texts, st.just(1), st.just(1)),
        st.builds(lambda said: spaced(chunk(text(said), usageMetadata={})), texts),
        st.builds(lambda said, told: b"[" + counted(said, told, 1) + b"]", texts, counts),
        st.builds(lambda said, index: chunk(text(said), index=index), texts, st.integers(0, 1)),
        st.builds(lambda said: chunk(text(said, thought=True)), texts),
        st.builds(lambda said: chunk(text(said), text("x")), texts),
        st.builds(lambda said: chunk(text(said, thoughtSignature="c2ln")), texts),
        st.builds(lambda said: chunk(text(said), finish="STOP"), texts),
        st.builds(lambda said, count: chunk(text(said), usageMetadata={"promptTokenCount": count}), texts, texts),
        st.builds(lambda said: chunk(text(said), candidate={"groundingMetadata": {"text": said}}), texts),
        st.sampled_from(
            [
                chunk(call("f", willContinue=True)),
                chunk(call(partialArgs=[{"jsonPath": "$.a", "stringValue": "x"}], willContinue=True)),
                chunk(call("g", args={})),
                chunk({"executableCode": {"code": "1"}}),
                b"[DONE]",
                b"{",
            ]
        ),
    ),
    max_size=24,
)


@given(payloads)
def test_the_short_way_gives_what_the_long_way_gives(payloads: list[bytes]) -> None:
    check_short_way(UPSTREAM, body_of(payloads))


@given(st.lists(st.builds(recorded, texts, records), min_size=1, max_size=3))
def test_counts_come_by_the_short_way_as_by_the_long_way(payloads: list[bytes]) -> None:
    learned = [recorded("a", b'{"totalTokenCount": 1}'), recorded("b", b'{"totalTokenCount": 2}')]
    check_short_way(UPSTREAM, body_of([*learned, *payloads, *learned]))


@given(payloads, st.sampled_from([b"", b'{\n"error": {"code": 5}\n}\n', b"[{}]", b": x\n"]), st.data())
def test_no_cut_makes_a_difference(payloads: list[bytes], tail: bytes, data: st.DataObject) -> None:
    check_every_cut(UPSTREAM, body_of(payloads) + tail, data)


@given(st.binary(max_size=200) | st.builds(lambda tail: sse(chunk(text("a")))[:-20] + tail, st.binary()))
def test_no_bytes_raise_and_every_answer_ends_once(body: bytes) -> None:
    check_one_end(UPSTREAM, body)


names = st.text("abc.' \"\\[é", min_size=1, max_size=4)
values = st.recursive(
    st.booleans() | st.none() | st.integers(-(2**60), 2**60) | texts,
    lambda inner: st.lists(inner, min_size=1, max_size=3) | st.dictionaries(names, inner, min_size=1, max_size=3),
    max_leaves=8,
)


def edits(value: object, path: str, cut: int) -> Iterator[dict[str, object]]:
    """Give the pieces in which Vertex AI would stream a value."""
    match value:
        case dict():
            for name, inner in value.items():
                is_simple = re.fullmatch(r"[abcé]+", name)
                yield from edits(inner, path + (f".{name}" if is_simple else f"[{json.dumps(name)}]"), cut)
        case list():
            for index, inner in enumerate(value):
                yield from edits(inner, f"{path}[{index}]", cut)
        case bool():
            yield {"jsonPath": path, "boolValue": value}
        case str():
            yield {"jsonPath": path, "stringValue": value[:cut], "willContinue": True}
            yield {"jsonPath": path, "stringValue": value[cut:]}
        case None:
            yield {"jsonPath": path, "nullValue": "NULL_VALUE"}
        case _:
            yield {"jsonPath": path, "numberValue": value}


@given(st.dictionaries(names, values, max_size=3), st.integers(0, 3))
def test_edits_of_a_tree_are_its_text(tree: dict[str, object], cut: int) -> None:
    writer = ArgumentsWriter()
    shapes = msgspec.json.decode(json.dumps(list(edits(tree, "$", cut))), type=list[PartialArgShape])
    written = "".join(writer.write([shape]) for shape in shapes) + writer.close()
    assert json.loads(written) == tree


@given(st.lists(st.tuples(st.text("$.[]ab01'\"\\", max_size=8), texts), max_size=6))
def test_any_edits_give_json_or_are_refused(pieces: list[tuple[str, str]]) -> None:
    writer = ArgumentsWriter()
    try:
        written = "".join(writer.write([PartialArgShape(path, said)]) for path, said in pieces)
    except (RemoteProtocolError, msgspec.DecodeError):
        return
    assert isinstance(json.loads(written + writer.close()), dict)
