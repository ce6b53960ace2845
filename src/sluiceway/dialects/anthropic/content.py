"""Canonical blocks → content blocks: how one begins in a stream, and how it stands in a whole message.

What only another vendor says is left out: its own blocks, which are no blocks here, and its extras.

Source: Anthropic's API reference, "Messages" (August 2026).
"""

from __future__ import annotations

from typing import assert_never

from sluiceway.dialects.anthropic.shapes import NAME
from sluiceway.dialects.anthropic.tool_input import encode_input
from sluiceway.events import BlockKind, BlockStart
from sluiceway.fold import Block

__all__ = ["encode_block", "encode_block_start", "is_redacted"]


def encode_block_start(start: BlockStart) -> dict[str, object] | None:
    """Return a block as it begins, or None for one that this dialect cannot say."""
    own = start.extras.get(NAME, {})
    match start.kind:
        case BlockKind.TEXT | BlockKind.REFUSAL:
            return {"type": "text", "text": "", **own}
        case BlockKind.REASONING if is_redacted(start):
            return own
        case BlockKind.REASONING:
            return {"type": "thinking", "thinking": "", "signature": "", **own}
        case BlockKind.TOOL:
            return {"type": "tool_use", "id": start.tool_id, "name": start.tool_name, "input": {}, **own}
        case BlockKind.VENDOR:
            return own or None
        case _:
            assert_never(start.kind)


def encode_block(block: Block) -> dict[str, object] | None:
    """Return a finished block, or None for one that this dialect cannot say."""
    record = encode_block_start(block.start)
    deltas = [extras[NAME] for extras in block.extras if NAME in extras]
    match block.start.kind:
        case BlockKind.TEXT | BlockKind.REFUSAL:
            citations = [delta["citation"] for delta in deltas if "citation" in delta]
            return {**(record or {}), "text": block.text, **({"citations": citations} if citations else {})}
        case BlockKind.REASONING if not is_redacted(block.start):
            return {**(record or {}), "thinking": block.text, "signature": block.signature or ""}
        case BlockKind.TOOL:
            return {**(record or {}), "input": encode_input(block.text)}
        case _:
            return record and _with_deltas(record, deltas)


def is_redacted(start: BlockStart) -> bool:
    """Return whether a block is reasoning that only the vendor can read; all of it is in its extras."""
    return start.extras.get(NAME, {}).get("type") == "redacted_thinking"


def _with_deltas(record: dict[str, object], deltas: list[dict[str, object]]) -> dict[str, object]:
    """Return a vendor's block with what was added to it."""
    # "delta":{"type":"compaction_delta","content":"Earlier …","encrypted_content":"Epw…"}
    for delta in deltas:
        if delta.get("type") == "compaction_delta":
            record = {**record, **delta, "type": record.get("type")}
    # "delta":{"type":"input_json_delta","partial_json":"{\"query\": \"s"}
    pieces = [delta["partial_json"] for delta in deltas if delta.get("type") == "input_json_delta"]
    text = "".join(piece for piece in pieces if isinstance(piece, str))
    return {**record, "input": encode_input(text)} if text else record
