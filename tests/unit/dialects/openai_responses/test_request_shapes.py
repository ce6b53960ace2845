from __future__ import annotations

import msgspec
import pytest

from sluiceway.dialects.openai_responses.request_shapes import BodyShape, MessageShape


@pytest.mark.parametrize("field", ["max_output_tokens", "top_logprobs"])
def test_counts_are_not_negative(field: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(b'{"%b":-1}' % field.encode(), type=BodyShape)


def test_a_speaker_is_one_of_four() -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(b'{"role":"tool","content":""}', type=MessageShape)


def test_every_field_may_be_null() -> None:
    names = BodyShape.__struct_fields__
    assert msgspec.json.decode(msgspec.json.encode(dict.fromkeys(names)), type=BodyShape) == BodyShape()
