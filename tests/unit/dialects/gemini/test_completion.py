from __future__ import annotations

import json

import msgspec
from support.geminichunks import call, options, text

from sluiceway.dialects.base import Framing
from sluiceway.dialects.gemini.completion import encode_completion, unary_encoder
from sluiceway.events import BlockKind, BlockStart, ChoiceEnd, Frame, StreamEnd, StreamStart, TokenLogprob
from sluiceway.fold import Block, Choice, Completion
from sluiceway.usage import FinishReason, Stop, Usage

START = StreamStart("r", "m")
ENDED = FinishReason(Stop.END)
SIGNATURE = {"gemini": {"thoughtSignature": "c2ln"}}


def encode(*blocks: Block, **fields: object) -> dict[str, object]:
    completion = Completion(START, [Choice(0, list(blocks), ENDED)], **fields)  # type: ignore[arg-type]
    body: dict[str, object] = json.loads(msgspec.json.encode(encode_completion(completion, options())))
    return body


def candidate(*blocks: Block) -> dict[str, object]:
    candidates = encode(*blocks)["candidates"]
    assert isinstance(candidates, list)
    (one,) = candidates
    assert isinstance(one, dict)
    return one


def parts(*blocks: Block) -> object:
    content = candidate(*blocks)["content"]
    assert isinstance(content, dict)
    return content["parts"]


def block(kind: BlockKind, said: str = "", **more: object) -> Block:
    return Block(BlockStart(0, kind, 0, "1", "f"), said, **more)  # type: ignore[arg-type]


def test_each_block_is_a_part() -> None:
    assert parts(
        block(BlockKind.REASONING, "a", signature="c2ln"),
        block(BlockKind.TEXT, "b"),
        block(BlockKind.TOOL, "{}"),
        block(BlockKind.REFUSAL, "c"),
        Block(BlockStart(0, BlockKind.VENDOR, extras={"gemini": {"executableCode": {}}})),
    ) == [
        text("a", thought=True, thoughtSignature="c2ln"),
        text("b"),
        call("f", id="1", args={}),
        text("c"),
        {"executableCode": {}},
    ]


def test_an_answer_without_content_has_an_empty_part() -> None:
    empty = [block(BlockKind.TEXT), block(BlockKind.REASONING), block(BlockKind.VENDOR)]
    assert parts() == parts(*empty) == [text("")]


def test_signatures_go_on_their_text() -> None:
    assert parts(block(BlockKind.TEXT, "a", extras=[{"x": {}}, SIGNATURE, SIGNATURE])) == [
        text("a", thoughtSignature="c2ln"),
        text("", thoughtSignature="c2ln"),
    ]


def test_vendor_data_and_tokens_are_gathered() -> None:
    grounded = block(BlockKind.TEXT, extras=[{"gemini": {"groundingMetadata": {}}}], logprobs=[TokenLogprob("a", -1)])
    found = candidate(grounded)
    assert found["groundingMetadata"] == {}
    assert found["logprobsResult"] == {"chosenCandidates": [{"token": "a", "logProbability": -1}]}


def test_head_and_counts_stand_beside_the_candidates() -> None:
    body = encode(usage=Usage(1))
    assert (body["responseId"], body["modelVersion"], body["usageMetadata"]) == ("r", "m", {"promptTokenCount": 1})


def test_each_choice_has_its_reason() -> None:
    completion = Completion(START, [Choice(0, [], ENDED), Choice(2)])
    candidates = encode_completion(completion, options())["candidates"]
    assert isinstance(candidates, list)
    assert [(one["index"], one["finishReason"]) for one in candidates] == [(0, "STOP"), (2, "OTHER")]


def test_a_blocked_prompt_has_no_candidates() -> None:
    feedback: dict[str, object] = {"promptFeedback": {"blockReason": "SAFETY"}}
    choice = Choice(0, [], FinishReason(Stop.CONTENT_FILTER, "SAFETY"), {"gemini": feedback})
    body = encode_completion(Completion(START, [choice]), options())
    assert body == {**feedback, "modelVersion": "m", "responseId": "r"}


def test_the_encoder_writes_one_body_at_the_end() -> None:
    encoder = unary_encoder(options(Framing.JSON))
    assert encoder.encode(Frame([START, ChoiceEnd(0, ENDED)])) == b""
    assert json.loads(encoder.encode(Frame([StreamEnd()])))["responseId"] == "r"
    own = Frame([START, ChoiceEnd(0, ENDED), StreamEnd()], "gemini/json", b'{"own":1}')
    assert unary_encoder(options(Framing.JSON)).encode(own) == b'{"own":1}'
