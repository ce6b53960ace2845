from __future__ import annotations

import msgspec

from sluiceway.dialects.ui_stream.request_shapes import BodyShape, PartShape


def test_fields_have_the_sdks_spelling() -> None:
    body = b'{"messages":[],"maxOutputTokens":5,"toolChoice":{"type":"tool","toolName":"f"}}'
    shape = msgspec.json.decode(body, type=BodyShape)
    assert shape.max_output_tokens == 5


def test_the_input_of_a_call_keeps_its_spelling() -> None:
    shape = msgspec.json.decode(b'{"type":"tool-f","input":{"a" : 1.00}}', type=PartShape)
    assert bytes(shape.input) == b'{"a" : 1.00}'
