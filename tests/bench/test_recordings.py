from collections import Counter

import pytest

from bench.recordings import RECORDINGS, Recording, frames_of, record
from sluiceway.events import StreamEnd, TextDelta


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda recording: recording.title)
def test_a_recording_grows_by_its_text_and_still_ends_well(recording: Recording) -> None:
    stream = record(recording, 1200)
    frames = frames_of(stream)[:1200]
    said = Counter(any(type(event) is TextDelta for event in frame.events) for frame in frames)
    assert len(stream.events) == len(frames) == 1200
    assert said[True] >= 1150
    assert type(frames_of(stream)[-1].events[-1]) is StreamEnd


def test_a_recording_that_is_long_enough_stays_as_it_is() -> None:
    chat = RECORDINGS[0]
    assert record(chat, 1) == record(chat, 2)
