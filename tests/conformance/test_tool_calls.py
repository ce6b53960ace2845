"""Every recorded tool call and answer in JSON, of every dialect: what it means in the end, at any cut."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any

import pytest
from support.recordings import Recording, recordings
from support.transcoding import decode

from sluiceway.events import BlockKind, Event, ToolInputDelta
from sluiceway.fold import Block, Choice, fold
from sluiceway.partial.calls import ToolCall, ToolCallFeed
from sluiceway.partial.feed import JSONFeed
from sluiceway.partial.typed import TypedFeed
from sluiceway.usage import Stop

CUT = {Stop.LENGTH, Stop.CONTENT_FILTER, Stop.CANCELLED}
MAX_CUT_CHARS = 400
SAMPLED_CUTS = 100


@cache
def events_in(recording: Recording) -> list[Event]:
    return decode(recording.dialect, recording.body, is_stream=recording.is_stream)


def blocks_in(recording: Recording, *kinds: BlockKind) -> Iterator[tuple[Choice, Block]]:
    for choice in fold(events_in(recording)).choices:
        yield from ((choice, block) for block in choice.blocks if block.start.kind in kinds)


def is_json(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict | list)
    except ValueError:
        return False


CALLS = [recording for recording in recordings() if any(blocks_in(recording, BlockKind.TOOL))]
TEXTS = [
    (recording, block.text)
    for recording in recordings()
    for _, block in blocks_in(recording, BlockKind.TEXT)
    if is_json(block.text)
]


def fed(events: Iterable[Event]) -> ToolCallFeed:
    feed = ToolCallFeed()
    for event in events:
        feed.feed(event)
    feed.close()
    return feed


def cut_finely(events: Iterable[Event]) -> Iterator[Event]:
    """Let every piece of arguments come character by character."""
    for event in events:
        if isinstance(event, ToolInputDelta):
            yield from (ToolInputDelta(event.block, character) for character in event.json)
        else:
            yield event


def ways_to_cut(text: str) -> Iterator[list[str]]:
    """Give the characters one by one, and cuts in two: everywhere, or in some places of a long text."""
    yield list(text)
    places: Sequence[int] = range(len(text) + 1)
    if len(text) > MAX_CUT_CHARS:
        places = random.Random(0).sample(places, SAMPLED_CUTS)
    yield from ([text[:place], text[place:]] for place in places)


def meant(block: Block, call: ToolCall) -> Any:
    """Return what the recorded arguments mean."""
    return block.text if call.is_text else json.loads(block.text or "{}")


def name_of(recording: Recording) -> str:
    return f"{recording.dialect}-{recording.name}"


def test_every_dialect_with_tools_is_there() -> None:
    dialects = {"openai_chat", "openai_responses", "anthropic", "gemini"}  # no recording of Ollama's calls a tool
    assert {recording.dialect for recording in CALLS} == dialects
    assert len(CALLS) >= 31
    assert len(TEXTS) >= 14


@pytest.mark.parametrize("recording", CALLS, ids=name_of)
def test_a_recorded_call_is_what_the_fold_says(recording: Recording) -> None:
    for events in (events_in(recording), list(cut_finely(events_in(recording)))):
        blocks = {block.start.block: (choice, block) for choice, block in blocks_in(recording, BlockKind.TOOL)}
        calls = fed(events).calls
        assert [call.block for call in calls] == sorted(blocks)
        for call in calls:
            choice, block = blocks[call.block]
            assert (call.name, call.id) == (block.start.tool_name, block.start.tool_id)
            is_proper = choice.reason is not None and choice.reason.stop not in CUT
            assert call.is_finished is (is_proper and block.is_complete)
            assert not call.is_finished or call.result() == meant(block, call)


@pytest.mark.parametrize("recording", CALLS, ids=name_of)
def test_recorded_arguments_mean_the_same_at_any_cut(recording: Recording) -> None:
    for _, block in blocks_in(recording, BlockKind.TOOL):
        if is_json(block.text):
            check_cuts(block.text)


@pytest.mark.parametrize(("recording", "text"), TEXTS, ids=[name_of(recording) for recording, _ in TEXTS])
def test_a_recorded_answer_in_json_means_the_same_at_any_cut(recording: Recording, text: str) -> None:
    assert recording.body
    check_cuts(text)


def check_cuts(text: str) -> None:
    """Fail unless the text means what it means, however it is cut, and as typed as JSON can be."""
    value = json.loads(text)
    for pieces in ways_to_cut(text):
        feeds: tuple[JSONFeed | TypedFeed[Any], ...] = (JSONFeed(), TypedFeed[Any](type(value)))
        for feed in feeds:
            for piece in pieces:
                feed.push(piece)
            assert feed.value == value
            assert feed.close() == value
