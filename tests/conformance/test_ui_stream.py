"""The UI message stream: every recorded chat, told to a client that checks everything."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.chatchunks import UPSTREAM as CHAT
from support.chatchunks import events_of
from support.cuts import decode_pieces
from support.ui_stream_grammar import check_ui, read_ui

from sluiceway.dialects.base import EncodeOptions, Framing
from sluiceway.dialects.ui_stream.encode import StreamEncoder
from sluiceway.events import BlockKind, Frame
from sluiceway.fold import fold
from sluiceway.request import Request

CORPUS = Path(__file__).parent.parent / "corpora" / "openai-chat"
STREAMS = sorted([*CORPUS.glob("**/*.sse"), *CORPUS.glob("**/*.bin")])
TEXTS = (BlockKind.TEXT, BlockKind.REFUSAL)


def decode(path: Path) -> list[Frame]:
    return decode_pieces(CHAT.decoder(True, 1 << 20), [path.read_bytes()])


def encode(frames: list[Frame]) -> bytes:
    encoder = StreamEncoder(EncodeOptions(Framing.SSE, "gen_1", "asked", 1), Request("m", []))
    return b"".join(encoder.encode(frame) for frame in frames)


def test_the_corpus_is_there() -> None:
    assert len(STREAMS) == 34


@pytest.mark.parametrize("path", STREAMS, ids=lambda path: path.name[:60])
def test_a_client_gathers_the_first_choice_of_a_recorded_answer(path: Path) -> None:
    frames = decode(path)
    parts = check_ui(encode(frames))
    message = read_ui(parts)
    completion = fold(events_of(frames))
    blocks = completion.choices[0].blocks
    for name, kinds in (("text", TEXTS), ("reasoning", (BlockKind.REASONING,))):
        texts = [block.text for block in blocks if block.start.kind in kinds]
        assert [part["text"] for part in message if part["type"] == name] == texts
    calls = [block for block in blocks if block.start.kind is BlockKind.TOOL]
    inputs = [part.get("input") for part in message if part["type"].startswith("tool-")]
    assert inputs == [json.loads(block.text or "{}") for block in calls if block.is_complete] or completion.error
    if completion.usage is not None and completion.error is None:
        usage = parts[-1]["messageMetadata"]["usage"]
        assert usage.get("outputTokens") == completion.usage.output_tokens
