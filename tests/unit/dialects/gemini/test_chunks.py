from __future__ import annotations

import json

import pytest
from support.geminichunks import call, options, text

from sluiceway.dialects.gemini.chunks import ChunkWriter, encode_candidate, encode_end, encode_head
from sluiceway.events import (
    BlockEnd,
    BlockKind,
    BlockStart,
    ChoiceEnd,
    Event,
    ExtrasDelta,
    ReasoningDelta,
    StreamEnd,
    StreamError,
    StreamStart,
    TextDelta,
    TokenLogprob,
    ToolInputDelta,
    UsageReport,
)
from sluiceway.usage import FinishReason, Stop, Usage

Extras = dict[str, dict[str, object]]

START = StreamStart("r", "m")
HEAD = {"modelVersion": "m", "responseId": "r"}
ENDED: list[Event] = [ChoiceEnd(0, FinishReason(Stop.END)), StreamEnd()]
LAST = {
    "candidates": [{"content": {"parts": [text("")], "role": "model"}, "index": 0, "finishReason": "STOP"}],
    **HEAD,
}


def told(*events: Event) -> list[dict[str, object]]:
    return [json.loads(payload) for payload in ChunkWriter(options()).encode([START, *events])]


def said(*parts: dict[str, object], index: int = 0, **more: object) -> dict[str, object]:
    content = {"content": {"parts": list(parts), "role": "model"}} if parts else {}
    return {"candidates": [{**content, "index": index, **more}], **HEAD}


@pytest.mark.parametrize(
    ("kind", "delta", "part"),
    [
        (BlockKind.TEXT, TextDelta(0, 'a"'), text('a"')),
        (BlockKind.REFUSAL, TextDelta(0, "no"), text("no")),
        (BlockKind.REASONING, ReasoningDelta(0, "a"), text("a", thought=True)),
        (BlockKind.REASONING, ReasoningDelta(0, "", "c2ln"), text("", thought=True, thoughtSignature="c2ln")),
    ],
)
def test_a_delta_is_a_part(kind: BlockKind, delta: Event, part: dict[str, object]) -> None:
    assert told(BlockStart(0, kind, 1), delta, BlockEnd(0)) == [said(part, index=1)]


def test_an_empty_delta_is_not_told() -> None:
    assert told(BlockStart(0, BlockKind.TEXT), TextDelta(0, ""), TextDelta(0, "", [])) == []


def test_a_call_is_told_when_it_is_whole() -> None:
    pieces = [ToolInputDelta(0, '{"x"'), ToolInputDelta(0, ":1}")]
    start = BlockStart(0, BlockKind.TOOL, 0, "1", "f")
    assert told(start, *pieces) == []
    assert told(start, *pieces, BlockEnd(0)) == [said(call("f", id="1", args={"x": 1}))]


def test_log_probabilities_go_with_their_text() -> None:
    result = {"chosenCandidates": [{"token": "a", "logProbability": -1.0}]}
    delta = TextDelta(0, "a", [TokenLogprob("a", -1.0)])
    assert told(BlockStart(0, BlockKind.TEXT), delta) == [said(text("a"), logprobsResult=result)]


def test_a_vendor_block_of_ours_is_its_part() -> None:
    part: dict[str, object] = {"executableCode": {"code": "1"}}
    assert told(BlockStart(0, BlockKind.VENDOR, extras={"gemini": part}), BlockEnd(0)) == [said(part)]


def test_another_vendors_data_is_not_told() -> None:
    other: Extras = {"elsewhere": {"x": 1}}
    assert told(BlockStart(0, BlockKind.VENDOR, extras=other), ExtrasDelta(0, other), BlockEnd(0)) == []


def test_a_signature_of_text_is_a_part_of_its_own() -> None:
    extras: Extras = {"gemini": {"thoughtSignature": "c2ln"}}
    assert told(BlockStart(0, BlockKind.TEXT), ExtrasDelta(0, extras)) == [said(text("", thoughtSignature="c2ln"))]


def test_what_google_says_of_content_is_a_field_of_the_candidate() -> None:
    extras: Extras = {"gemini": {"groundingMetadata": {"x": 1}}}
    assert told(BlockStart(0, BlockKind.TEXT), ExtrasDelta(0, extras)) == [said(groundingMetadata={"x": 1})]


def test_the_ends_come_together_with_the_counts() -> None:
    usage = UsageReport(Usage(1, 2))
    ends = [ChoiceEnd(0, FinishReason(Stop.END)), ChoiceEnd(1, FinishReason(Stop.LENGTH))]
    (last,) = told(*ends, usage, StreamEnd())
    candidates = last["candidates"]
    assert isinstance(candidates, list)
    assert [candidate["finishReason"] for candidate in candidates] == ["STOP", "MAX_TOKENS"]
    assert last["usageMetadata"] == {"promptTokenCount": 1, "candidatesTokenCount": 2, "totalTokenCount": 3}


def test_the_end_without_counts_has_none() -> None:
    assert told(*ENDED) == [LAST]


def test_a_blocked_prompt_has_no_candidate() -> None:
    feedback: dict[str, object] = {"promptFeedback": {"blockReason": "SAFETY"}}
    end = ChoiceEnd(0, FinishReason(Stop.CONTENT_FILTER, "SAFETY"), {"gemini": feedback})
    assert told(end, StreamEnd()) == [{**feedback, **HEAD}]


def test_an_error_is_the_last_word() -> None:
    (payload,) = told(StreamError("upstream_failed", "no", "UNAVAILABLE"))
    assert payload == {"error": {"code": 503, "message": "no", "status": "UNAVAILABLE"}}
    ended = told(ENDED[0], StreamError("upstream_failed", "no"))
    assert [*ended[0], *ended[1]] == [*LAST, "error"]


def test_the_head_falls_back_on_what_was_asked() -> None:
    assert encode_head(StreamStart(), options()) == {"modelVersion": "asked", "responseId": "gen_1"}


def test_the_head_knows_the_time_when_the_upstream_told_it() -> None:
    assert encode_head(StreamStart("r", "m", 7), options()) == {**HEAD, "createTime": "1970-01-01T00:00:07Z"}
    assert encode_head(StreamStart("r", "m", 253_402_300_800), options()) == HEAD


def test_a_candidate_without_parts_has_no_content() -> None:
    assert encode_candidate(1, []) == {"index": 1}
    assert encode_end([], None) == {}


def test_what_reached_the_reader_otherwise_goes_on() -> None:
    writer = ChunkWriter(options())
    seen: list[Event] = [
        START,
        BlockStart(0, BlockKind.TEXT),
        TextDelta(0, "a"),
        BlockEnd(0),
        BlockStart(1, BlockKind.TOOL, 0, "1", "f"),
        ToolInputDelta(1, '{"x'),
    ]
    for event in seen:
        writer.follow(event)
    payloads = writer.encode([BlockEnd(1), *ENDED])
    assert [json.loads(payload) for payload in payloads] == [said(call()), LAST]
