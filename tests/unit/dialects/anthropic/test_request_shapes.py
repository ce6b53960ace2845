from __future__ import annotations

import msgspec
import pytest

from sluiceway.dialects.anthropic.request_shapes import BodyShape


def read(fields: str) -> BodyShape:
    return msgspec.json.decode(f'{{"model":"m","messages":[],"max_tokens":1{fields}}}', type=BodyShape)


def test_null_is_the_vendors_default() -> None:
    shape = read(',"stream":null,"system":null,"tools":null,"thinking":null,"tool_choice":null,"output_config":null')
    assert shape == read("")


@pytest.mark.parametrize(
    "fields",
    [
        ',"stream":"yes"',
        ',"max_tokens":-1',
        ',"system":7',
        ',"system":[{"type":"text"}]',
        ',"stop_sequences":"a"',
        ',"top_k":-1',
        ',"tool_choice":{"type":"maybe"}',
        ',"tools":[{"name":"f","input_schema":"{}"}]',
        ',"thinking":{}',
        ',"output_config":{"format":{"type":"json_object"}}',
        ',"output_config":{"format":{"type":"json_schema"}}',
    ],
)
def test_a_value_out_of_its_range_is_refused(fields: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        read(fields)


def test_fields_of_other_names_are_let_through() -> None:
    assert read(',"metadata":{"user_id":"u"},"service_tier":"auto"').model == "m"
