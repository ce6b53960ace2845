"""Recorded answers that are cut: what lacks a part of its content never looks whole, in any dialect."""

from __future__ import annotations

import random

import pytest
from support.decoder_laws import decode_events
from support.recordings import Recording, recordings

from sluiceway.dialects.registry import DIALECTS
from sluiceway.events import Event, ReasoningDelta, StreamEnd, TextDelta, ToolInputDelta

_CUTS = 30


@pytest.mark.parametrize("recording", recordings(), ids=lambda recording: f"{recording.dialect}-{recording.name}")
def test_what_looks_whole_has_all_its_content(recording: Recording) -> None:
    whole = _decode(recording, len(recording.body))
    for cut_at in random.Random(0).sample(range(len(recording.body)), min(_CUTS, len(recording.body))):
        events = _decode(recording, cut_at)
        assert not isinstance(events[-1], StreamEnd) or _content(events) == _content(whole)


def _decode(recording: Recording, size_bytes: int) -> list[Event]:
    side = DIALECTS[recording.dialect].upstream
    assert side is not None
    return decode_events(side, recording.body[:size_bytes], is_stream=recording.is_stream)


def _content(events: list[Event]) -> list[Event]:
    return [event for event in events if isinstance(event, TextDelta | ReasoningDelta | ToolInputDelta)]
