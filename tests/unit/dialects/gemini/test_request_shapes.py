from __future__ import annotations

import msgspec
import pytest

from sluiceway.dialects.gemini.request_shapes import BodyShape, ConfigShape, SaidShape, TurnShape


def test_one_item_alone_stands_for_a_list() -> None:
    shape = msgspec.json.decode(b'{"contents":{"parts":{"text":"a"}},"tools":{"googleSearch":{}}}', type=BodyShape)
    assert shape.contents == TurnShape(parts=SaidShape(text="a"))
    assert isinstance(shape.tools, dict)


@pytest.mark.parametrize(
    "body", [b'{"candidateCount":0}', b'{"maxOutputTokens":-1}', b'{"logprobs":21}', b'{"stopSequences":"a"}']
)
def test_values_that_mean_nothing_are_refused(body: bytes) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(body, type=ConfigShape)
