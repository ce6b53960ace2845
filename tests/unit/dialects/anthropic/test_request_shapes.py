from __future__ import annotations

import msgspec
import pytest

from sluiceway.dialects.anthropic.request_shapes import KNOWN, BodyShape
from sluiceway.dialects.strays import find_strays


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


@pytest.mark.parametrize(
    ("field", "stray"),
    [
        ('"messages":[{"role":"user","content":"a","new":1}]', "messages[].new"),
        ('"messages":[{"content":[{"type":"text","text":"a","citations":[1]}]}]', "messages[].content[].citations"),
        (
            '"messages":[{"content":[{"type":"document","source":{"type":"url","new":1}}]}]',
            "messages[].content[].source.new",
        ),
        (
            '"messages":[{"content":[{"type":"tool_result","content":[{"type":"text","new":1}]}]}]',
            "messages[].content[].content[].new",
        ),
        ('"system":[{"type":"text","text":"a","new":1}]', "system[].new"),
        ('"tools":[{"name":"f","defer_loading":true}]', "tools[].defer_loading"),
        ('"output_config":{"effort":"low","new":1}', "output_config.new"),
    ],
)
def test_what_is_not_read_is_found(field: str, stray: str) -> None:
    assert find_strays(b"{%b}" % field.encode(), KNOWN) == [stray]


@pytest.mark.parametrize(
    "field",
    [
        '"messages":[{"content":[{"type":"text","text":"a","citations":null,"cache_control":{"ttl":"1h"}}]}]',
        '"messages":[{"content":[{"type":"tool_use","id":"t","name":"f","input":{"new":1}}]}]',
        '"messages":[{"content":[{"type":"search_result","new":1}]}]',
        '"tools":[{"type":"web_search_20250305","name":"web_search","max_uses":1}]',
        '"tools":[{"type":"custom","name":"f","input_schema":{"new":1},"strict":true}]',
    ],
)
def test_what_is_read_or_nobody_elses_is_no_stray(field: str) -> None:
    assert find_strays(b"{%b}" % field.encode(), KNOWN) == []
