"""Legacy Completions: a stream for each server's quirks, and recorded chats told to a reader of this dialect."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import msgspec
import pytest
from support.chatchunks import UPSTREAM as CHAT
from support.comparing import without_raw_usage
from support.completionchunks import DONE, UPSTREAM, events_of, options, sse
from support.cuts import cut_everywhere, cut_in_two, decode_pieces
from support.openai_completions_grammar import check_completions

from sluiceway.dialects.base import Framing
from sluiceway.dialects.openai_completions.encode import encoder as encoder_for
from sluiceway.events import BlockKind, Event, Frame, StreamEnd, StreamError
from sluiceway.fold import Completion, fold
from sluiceway.order import StreamState, check_order
from sluiceway.usage import Stop

CORPORA = Path(__file__).parent.parent / "corpora"
STREAMS = sorted((CORPORA / "openai-completions").glob("*.sse"))
CHATS = sorted([*(CORPORA / "openai-chat").glob("**/*.sse"), *(CORPORA / "openai-chat").glob("**/*.bin")])
BROKEN = {"vllm-error.sse", "cut.sse"}
ENDLESS = {"cut.sse"}

STREAM = pytest.mark.parametrize("path", STREAMS, ids=lambda path: path.name)


def decode(pieces: Iterable[bytes]) -> list[Frame]:
    return decode_pieces(UPSTREAM.decoder(True, 1 << 20), pieces)


def completion_of(name: str) -> Completion:
    return fold(events_of(decode([(CORPORA / "openai-completions" / name).read_bytes()])))


def encode(frames: Iterable[Frame], framing: Framing = Framing.SSE) -> bytes:
    encoder = encoder_for(options(framing, include_usage=True))
    return b"".join(encoder.encode(frame) for frame in frames)


def comparable(events: Iterable[Event]) -> Completion:
    """Fold, without the vendor's own usage record, which is written anew; an error's code becomes ours."""
    folded = fold(without_raw_usage(events))
    for choice in folded.choices:
        choice.reason = choice.reason and msgspec.structs.replace(choice.reason, raw=None)
    folded.error = folded.error and StreamError("", folded.error.message)
    return folded


def test_the_corpus_is_there() -> None:
    assert (len(STREAMS), len(CHATS)) == (7, 34)


@STREAM
def test_events_come_in_legal_order_and_the_end_is_right(path: Path) -> None:
    events = events_of(decode([path.read_bytes()]))
    assert check_order(events) is StreamState.ENDED
    assert type(events[-1]) is (StreamError if path.name in BROKEN else StreamEnd)


@STREAM
def test_no_cut_makes_a_difference(path: Path) -> None:
    body = path.read_bytes()
    whole = decode([body])
    assert decode(cut_everywhere(body)) == whole
    assert all(decode(pieces) == whole for pieces in cut_in_two(body))


@STREAM
def test_the_same_dialect_gets_the_same_bytes(path: Path) -> None:
    body = path.read_bytes()
    told = encode(decode([body]))
    assert told.startswith(body) if path.name in ENDLESS else told == body


@STREAM
def test_ndjson_carries_the_same_payloads(path: Path) -> None:
    lines = encode(decode([path.read_bytes()]), Framing.NDJSON).splitlines()
    sent = [line[6:] for line in path.read_bytes().splitlines() if line.startswith(b"data: {")]
    assert lines[: len(sent)] == sent


@STREAM
def test_what_is_told_from_events_means_the_same(path: Path) -> None:
    frames = decode([path.read_bytes()])
    told = encode(Frame(frame.events) for frame in frames)
    check_completions(told)
    assert comparable(events_of(decode([told]))) == comparable(events_of(frames))


@STREAM
def test_a_whole_answer_means_the_same_as_its_stream(path: Path) -> None:
    frames = decode([path.read_bytes()])
    body = encode(frames, Framing.JSON)
    if path.name in BROKEN:
        assert body == b""
        return
    unary = events_of(decode_pieces(UPSTREAM.decoder(False, 1 << 20), [body]))
    told, expected = comparable(unary), comparable(events_of(frames))
    assert [choice.blocks[0].text for choice in told.choices] == [
        choice.blocks[0].text for choice in expected.choices
    ]
    assert (told.start, told.usage) == (expected.start, expected.usage)
    assert [choice.reason for choice in told.choices] == [choice.reason for choice in expected.choices]


@pytest.mark.parametrize("path", CHATS, ids=lambda path: path.name[:60])
def test_a_recorded_chat_is_told_as_a_completion(path: Path) -> None:
    frames = decode_pieces(CHAT.decoder(True, 1 << 20), [path.read_bytes()])
    body = encode(frames)
    check_completions(body)
    expected, told = fold(events_of(frames)), fold(events_of(decode([body])))
    kinds = (BlockKind.TEXT, BlockKind.REFUSAL)
    for choice in expected.choices:
        text = "".join(block.text for block in choice.blocks if block.start.kind in kinds)
        found = [block.text for one in told.choices if one.index == choice.index for block in one.blocks]
        assert "".join(found) == text


def test_two_prompts_are_two_choices() -> None:
    choices = completion_of("vllm-two-prompts.sse").choices
    assert [choice.blocks[0].text for choice in choices] == ["ab", "xy"]
    assert [choice.reason and choice.reason.stop for choice in choices] == [Stop.END, Stop.LENGTH]
    assert choices[0].extras == {"openai_completions": {"stop_reason": "\n\n"}}


def test_log_probabilities_cover_the_text() -> None:
    (block,) = completion_of("openai-logprobs.sse").choices[0].blocks
    assert "".join(token.token for token in block.logprobs or ()) == block.text


def test_text_offsets_run_on_as_they_came() -> None:
    frames = decode([(CORPORA / "openai-completions" / "openai-logprobs.sse").read_bytes()])
    told = check_completions(encode(Frame(frame.events) for frame in frames))
    assert [value["choices"][0]["logprobs"]["text_offset"] for value in told[:2]] == [[0], [2]]


def test_usage_beside_choices_and_zero_counts_are_both_understood() -> None:
    for name, counts in (("llama-cpp.sse", (3, 2)), ("ollama.sse", (10, 2))):
        usage = completion_of(name).usage
        assert usage is not None
        assert (usage.input_tokens, usage.output_tokens) == counts


def test_an_error_keeps_its_code() -> None:
    error = completion_of("vllm-error.sse").error
    assert error == StreamError("upstream_failed", "Internal server error", "500")


def test_the_mark_at_the_end_is_told_once_after_an_error() -> None:
    frames = decode([(CORPORA / "openai-completions" / "vllm-error.sse").read_bytes()])
    assert encode(frames).count(sse(DONE)) == 1
    assert json.loads(encode(frames, Framing.NDJSON).splitlines()[-1])["error"]["code"] == 500
