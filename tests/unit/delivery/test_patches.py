from __future__ import annotations

import json
from itertools import pairwise

import pytest
from support.generations import PlainEncoder

from sluiceway.delivery.patches import PatchEncoder
from sluiceway.events import (
    BlockEnd,
    BlockKind,
    BlockStart,
    ChoiceEnd,
    Event,
    Frame,
    StreamEnd,
    StreamStart,
    TextDelta,
)
from sluiceway.testing import text_frames
from sluiceway.usage import FinishReason, Stop
from sluiceway.usual import Around, Usual

MARK = ": sluiceway "


def patches_of(encoder: PatchEncoder, *frames: Frame) -> list[object]:
    lines = b"".join(map(encoder.encode, frames)).decode().split("\n")
    return [json.loads(line.partition(MARK)[2]) for line in lines if MARK in line]


def test_each_delta_is_followed_by_what_it_did_to_the_document() -> None:
    encoder = PatchEncoder(PlainEncoder())
    start, one, two, end = text_frames(['{"a":["x\\n', 'y",1.5]}'])
    assert encoder.encode(start) == b""
    assert encoder.encode(one) == (
        b'{"a":["x\\n'
        b': sluiceway {"path":"","value":{}}\n'
        b': sluiceway {"path":"/a","value":[]}\n'
        b': sluiceway {"path":"/a/0","value":""}\n'
        b': sluiceway {"path":"/a/0","grew":"x\\n"}\n'
    )
    assert patches_of(encoder, two, end) == [
        {"path": "/a/0", "grew": "y"},
        {"path": "/a/0", "complete": True},
        {"path": "/a/1", "value": 1.5},
        {"path": "/a", "complete": True},
        {"path": "", "complete": True},
    ]


def test_a_member_that_comes_again_is_told_by_its_new_value() -> None:
    told = patches_of(PatchEncoder(PlainEncoder()), *text_frames(['{"a":1,"a":"b"', "}"]))
    assert told[1:4] == [{"path": "/a", "value": 1}, {"path": "/a", "value": ""}, {"path": "/a", "grew": "b"}]


def test_a_number_that_is_all_of_the_document_is_told_at_its_end() -> None:
    assert patches_of(PatchEncoder(PlainEncoder()), *text_frames(["1", "2"])) == [{"path": "", "value": 12}]


def test_text_that_is_no_json_is_told_once() -> None:
    encoder = PatchEncoder(PlainEncoder())
    told = patches_of(encoder, *text_frames(["[1, x", "y", "]"]))
    assert told[:2] == [{"path": "", "value": []}, {"path": "/0", "value": 1}]
    assert [list(patch) for patch in told[2:]] == [["path", "invalid"]]  # type: ignore[call-overload]


def test_several_deltas_of_one_frame_are_told_until_the_text_is_no_json() -> None:
    start, *_ = text_frames([])
    assert len(patches_of(PatchEncoder(PlainEncoder()), start, Frame([TextDelta(0, "x"), TextDelta(0, "[")]))) == 1


def test_other_choices_and_other_blocks_are_not_told() -> None:
    starts: list[Event] = [StreamStart(), BlockStart(0, BlockKind.TEXT, 1), BlockStart(1, BlockKind.REFUSAL)]
    deltas: list[Event] = [
        TextDelta(0, "[]"),
        TextDelta(1, "[]"),
        BlockEnd(0),
        ChoiceEnd(1, FinishReason(Stop.END)),
        StreamEnd(),
    ]
    assert patches_of(PatchEncoder(PlainEncoder()), Frame([*starts, *deltas])) == []


def test_after_the_choice_nothing_more_is_looked_at() -> None:
    encoder = PatchEncoder(PlainEncoder())
    for frame in text_frames(["[]"]):
        encoder.encode(frame)
    assert encoder.encode(Frame([TextDelta(0, "{")])) == b"{"


def test_the_lane_stays_closed_and_heartbeats_are_the_dialects() -> None:
    encoder = PatchEncoder(PlainEncoder())
    assert (encoder.telling(Usual("w", Around(b"", b""))), encoder.heartbeat()) == (None, b"~")


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_patches_rebuild_the_document_however_it_is_cut(size: int) -> None:
    document = {"a": [{"b": "é\u2028\n", "c": None}, [], -1.5e3, True], "d~/e": {"": "x" * 50}, "f": ""}
    text = json.dumps(document)
    cuts = [*range(0, len(text), size), len(text)]
    told = patches_of(PatchEncoder(PlainEncoder()), *text_frames([text[a:b] for a, b in pairwise(cuts)]))
    assert rebuilt(told) == document


def rebuilt(patches: list[object]) -> object:
    """Apply patches as a page would."""
    root: dict[str, object] = {}
    for patch in patches:
        assert isinstance(patch, dict)
        *above, last = ["root", *(s.replace("~1", "/").replace("~0", "~") for s in patch["path"].split("/")[1:])]
        place: dict[str, object] | list[object] = root
        for step in above:
            place = place[int(step)] if isinstance(place, list) else place[step]  # type: ignore[assignment]
        if "grew" in patch:
            if isinstance(place, list):
                place[-1] = str(place[-1]) + patch["grew"]
            else:
                place[last] = str(place[last]) + patch["grew"]
        elif "value" in patch:
            if isinstance(place, list):
                place.append(patch["value"])
            else:
                place[last] = patch["value"]
    return root["root"]
