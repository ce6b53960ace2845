from __future__ import annotations

from support.completionchunks import options

from sluiceway.dialects.base import Framing
from sluiceway.dialects.openai_completions.completion import encode_completion, unary_encoder
from sluiceway.events import BlockKind, BlockStart, Frame, StreamEnd, StreamStart, TokenLogprob
from sluiceway.fold import Block, Choice, Completion
from sluiceway.usage import FinishReason, Stop, Usage

TOKENS = [TokenLogprob("ab", -1.0)]


def block(number: int, kind: BlockKind, text: str, logprobs: list[TokenLogprob] | None = None) -> Block:
    return Block(BlockStart(number, kind), text, None, logprobs, is_complete=True)


def test_a_whole_completion_joins_its_texts() -> None:
    blocks = [
        block(0, BlockKind.REASONING, "hm"),
        block(1, BlockKind.TEXT, "ab", TOKENS),
        block(2, BlockKind.REFUSAL, "no", [TokenLogprob("no", -2.0)]),
    ]
    extras: dict[str, dict[str, object]] = {"openai_completions": {"stop_reason": 7}, "other": {"x": 1}}
    choice = Choice(0, blocks, FinishReason(Stop.CONTENT_FILTER), extras)
    completion = Completion(StreamStart("id", "m", 7), [choice], Usage(1, 2), is_complete=True)
    assert encode_completion(completion, options(Framing.JSON)) == {
        "id": "id",
        "object": "text_completion",
        "created": 7,
        "model": "m",
        "choices": [
            {
                "index": 0,
                "text": "abno",
                "logprobs": {
                    "tokens": ["ab", "no"],
                    "token_logprobs": [-1.0, -2.0],
                    "top_logprobs": [{}, {}],
                    "text_offset": [0, 2],
                },
                "finish_reason": "content_filter",
                "stop_reason": 7,
            }
        ],
        "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3},
    }


def test_what_is_not_known_is_left_out() -> None:
    body = encode_completion(Completion(choices=[Choice(0)]), options(Framing.JSON))
    assert "usage" not in body
    assert body["choices"] == [{"index": 0, "text": "", "logprobs": None, "finish_reason": "stop"}]


def test_an_answer_of_this_wire_leaves_as_its_own_bytes() -> None:
    frame = Frame([StreamStart(), StreamEnd()], "openai_completions/json", b"{ }")
    assert unary_encoder(options(Framing.JSON)).encode(frame) == b"{ }"
