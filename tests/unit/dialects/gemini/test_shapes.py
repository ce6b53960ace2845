from __future__ import annotations

import msgspec
import pytest

from sluiceway.dialects.gemini.shapes import NAME, WIRE_JSON, WIRE_SSE, CandidateShape, ChunkShape, is_given


def test_wire_forms_carry_the_dialects_name() -> None:
    assert (NAME, WIRE_SSE, WIRE_JSON) == ("gemini", "gemini/sse", "gemini/json")


def test_everything_may_be_absent_and_unknown_fields_may_be_there() -> None:
    shape = msgspec.json.decode(b'{"serviceTier":"standard","candidates":[{"future":1}]}', type=ChunkShape)
    assert shape == ChunkShape(candidates=[CandidateShape()])


def test_fields_have_googles_spelling() -> None:
    shape = msgspec.json.decode(b'{"finishReason":"STOP","index":1}', type=CandidateShape)
    assert (shape.finish_reason, shape.index) == ("STOP", 1)


@pytest.mark.parametrize("body", [b'{"index":128}', b'{"index":-1}', b'{"index":1.5}'])
def test_indices_are_bounded(body: bytes) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(body, type=CandidateShape)


def test_the_number_of_candidates_is_bounded() -> None:
    body = msgspec.json.encode({"candidates": [{}] * 129})
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(body, type=ChunkShape)


def test_a_raw_field_is_given_unless_it_is_absent_or_null() -> None:
    assert is_given(msgspec.Raw(b"{}"))
    assert not is_given(msgspec.Raw(b"null"))
    assert not is_given(CandidateShape().finish_message)
