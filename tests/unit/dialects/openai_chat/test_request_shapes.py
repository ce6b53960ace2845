from __future__ import annotations

import msgspec
import pytest

from sluiceway.dialects.openai_chat.request_shapes import BodyShape


def read(fields: str) -> BodyShape:
    return msgspec.json.decode(f'{{"model":"m","messages":[]{fields}}}', type=BodyShape)


def test_null_is_the_vendors_default() -> None:
    shape = read(',"stream":null,"n":null,"tools":null,"stop":null,"tool_choice":null,"response_format":null')
    assert shape == read("")


@pytest.mark.parametrize(
    "fields",
    [
        ',"stream":"yes"',
        ',"n":0',
        ',"n":129',
        ',"top_logprobs":21',
        ',"max_tokens":-1',
        ',"seed":9223372036854775808',
        ',"stop":[1]',
        ',"tool_choice":"maybe"',
        ',"tools":[{"type":"function","function":{"name":"f","parameters":"{}"}}]',
    ],
)
def test_a_value_out_of_its_range_is_refused(fields: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        read(fields)


def test_fields_of_other_names_are_let_through() -> None:
    assert read(',"store":true,"metadata":{"a":"b"}').model == "m"
