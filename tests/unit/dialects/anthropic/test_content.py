from __future__ import annotations

import json
from collections.abc import Mapping

import msgspec
import pytest

from sluiceway.dialects.anthropic.content import encode_block, encode_block_start, is_redacted
from sluiceway.events import BlockKind, BlockStart
from sluiceway.fold import Block

REDACTED: dict[str, object] = {"type": "redacted_thinking", "data": "secret"}
SEARCH: dict[str, object] = {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}}


def own(record: Mapping[str, object]) -> dict[str, dict[str, object]]:
    return {"anthropic": dict(record), "elsewhere": {"type": "note"}}


def whole(block: Block) -> object:
    return json.loads(msgspec.json.encode(encode_block(block)))


@pytest.mark.parametrize(
    ("start", "record"),
    [
        (BlockStart(0, BlockKind.TEXT), {"type": "text", "text": ""}),
        (BlockStart(0, BlockKind.REFUSAL), {"type": "text", "text": ""}),
        (BlockStart(0, BlockKind.REASONING), {"type": "thinking", "thinking": "", "signature": ""}),
        (BlockStart(0, BlockKind.REASONING, extras=own(REDACTED)), REDACTED),
        (
            BlockStart(0, BlockKind.TOOL, 0, "t", "f", own({"caller": {"type": "direct"}})),
            {"type": "tool_use", "id": "t", "name": "f", "input": {}, "caller": {"type": "direct"}},
        ),
        (BlockStart(0, BlockKind.VENDOR, extras=own(SEARCH)), SEARCH),
        (BlockStart(0, BlockKind.VENDOR, extras={"elsewhere": {}}), None),
    ],
)
def test_every_kind_of_block_begins_as_its_vendor_has_it(start: BlockStart, record: object) -> None:
    assert encode_block_start(start) == record


@pytest.mark.parametrize(
    ("block", "record"),
    [
        (Block(BlockStart(0, BlockKind.TEXT), "Hi"), {"type": "text", "text": "Hi"}),
        (Block(BlockStart(0, BlockKind.REFUSAL), "No"), {"type": "text", "text": "No"}),
        (
            Block(BlockStart(0, BlockKind.REASONING), "so", "sig"),
            {"type": "thinking", "thinking": "so", "signature": "sig"},
        ),
        (
            Block(BlockStart(0, BlockKind.REASONING), "so"),
            {"type": "thinking", "thinking": "so", "signature": ""},
        ),
        (Block(BlockStart(0, BlockKind.REASONING, extras=own(REDACTED)), "", "secret"), REDACTED),
        (
            Block(BlockStart(0, BlockKind.TOOL, 0, "t", "f"), '{"a":1}'),
            {"type": "tool_use", "id": "t", "name": "f", "input": {"a": 1}},
        ),
        (Block(BlockStart(0, BlockKind.VENDOR, extras=own(SEARCH))), SEARCH),
        (Block(BlockStart(0, BlockKind.VENDOR)), None),
    ],
)
def test_every_kind_of_block_stands_whole(block: Block, record: object) -> None:
    assert whole(block) == record


def test_citations_stand_in_their_text() -> None:
    citation = {"type": "citations_delta", "citation": {"url": "u"}}
    block = Block(BlockStart(0, BlockKind.TEXT), "Hi", extras=[own(citation), {"elsewhere": {}}, own({"type": "x"})])
    assert whole(block) == {"type": "text", "text": "Hi", "citations": [{"url": "u"}]}


def test_the_input_of_a_vendors_tool_is_put_together() -> None:
    pieces = [{"type": "input_json_delta", "partial_json": piece} for piece in ('{"q":', 7, '"sun"}')]
    block = Block(BlockStart(0, BlockKind.VENDOR, extras=own(SEARCH)), extras=[own(piece) for piece in pieces])
    assert whole(block) == {**SEARCH, "input": {"q": "sun"}}


def test_a_compaction_is_put_together() -> None:
    delta: dict[str, object] = {"type": "compaction_delta", "content": "Earlier", "encrypted_content": "Epw"}
    start = BlockStart(0, BlockKind.VENDOR, extras=own({"type": "compaction", "content": None}))
    assert whole(Block(start, extras=[own(delta)])) == {**delta, "type": "compaction"}


def test_only_what_the_vendor_alone_can_read_is_redacted() -> None:
    assert is_redacted(BlockStart(0, BlockKind.REASONING, extras=own(REDACTED)))
    assert not is_redacted(BlockStart(0, BlockKind.REASONING))
