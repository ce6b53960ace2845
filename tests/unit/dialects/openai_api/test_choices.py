from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from support import chatchunks, completionchunks

from sluiceway.dialects.openai_api.choices import DONE, Choices, Chunk
from sluiceway.dialects.openai_chat import blocks
from sluiceway.dialects.openai_chat import shapes as chat
from sluiceway.dialects.openai_completions import choices as texts
from sluiceway.dialects.openai_completions import shapes as completions
from sluiceway.events import BlockKind, ChoiceEnd, Event, TextDelta
from sluiceway.usage import FinishReason, Stop
from sluiceway.wire.sse import SSEDecoder

CHAT = chatchunks.chunk({"content": "a"})
TEXT = completionchunks.chunk(completionchunks.choice("a"))


@pytest.mark.parametrize(
    ("shape", "payload", "make"),
    [(chat.Chunk, CHAT, blocks.Blocks), (completions.Chunk, TEXT, texts.Choices)],
)
def test_choices_begin_with_the_first_chunk_and_end_once(
    shape: type[Chunk[Any]], payload: bytes, make: Callable[[], Choices[Any]]
) -> None:
    choices = make()
    assert (choices.has_begun, choices.has_finished) == (False, False)
    chunk = msgspec.json.decode(payload, type=shape)
    assert chunk.choices is not None
    told: list[list[Event]] = [[], [], []]
    place = choices.feed(chunk.choices[0], told[0])
    assert (place.block, place.kind, told[0][-1]) == (0, BlockKind.TEXT, TextDelta(0, "a"))
    choices.break_off(told[1])
    choices.end(told[2], is_last=True)
    assert (told[1], told[2][-1]) == ([], ChoiceEnd(0, FinishReason(Stop.OTHER)))
    assert choices.has_begun


@pytest.mark.parametrize(("shape", "payload"), [(chat.Chunk, CHAT), (completions.Chunk, TEXT)])
def test_a_chunk_of_text_tells_neither_counts_nor_failure(shape: type[Chunk[Any]], payload: bytes) -> None:
    chunk = msgspec.json.decode(payload, type=shape)
    assert (chunk.find_usage(), chunk.has_failed()) == (None, False)


def test_the_end_mark_is_a_payload_like_any_other() -> None:
    assert [event.data for event in SSEDecoder().feed(b"data: [DONE]\n\n")] == [DONE]
