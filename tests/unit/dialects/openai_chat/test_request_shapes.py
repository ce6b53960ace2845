from __future__ import annotations

import msgspec
import pytest

from sluiceway.dialects.openai_chat.request_shapes import KNOWN, BodyShape
from sluiceway.dialects.strays import find_strays


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


@pytest.mark.parametrize(
    ("field", "stray"),
    [
        ('"messages":[{"role":"user","content":"a","new":1}]', "messages[].new"),
        ('"messages":[{"content":[{"type":"text","text":"a","new":1}]}]', "messages[].content[].new"),
        ('"messages":[{"content":[{"type":"text","text":"a","file":{"file_id":"f"}}]}]', "messages[].content[].file"),
        (
            '"messages":[{"content":[{"type":"image_url","image_url":{"url":"u","new":1}}]}]',
            "messages[].content[].image_url.new",
        ),
        ('"messages":[{"tool_calls":[{"id":"c","extra_content":{"a":1}}]}]', "messages[].tool_calls[].extra_content"),
        (
            '"messages":[{"reasoning_details":[{"type":"reasoning.encrypted","data":"a"}]}]',
            "messages[].reasoning_details[].data",
        ),
        ('"tools":[{"type":"function","function":{"name":"f","new":1}}]', "tools[].function.new"),
        ('"tools":[{"function":{"name":"f"},"new":1}]', "tools[].new"),
        (
            '"tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"auto","tools":[{"type":"function","new":1}]}}',
            "tool_choice.allowed_tools.tools[].new",
        ),
        ('"stream_options":{"include_usage":true,"new":1}', "stream_options.new"),
    ],
)
def test_what_is_not_read_is_found(field: str, stray: str) -> None:
    assert find_strays(b"{%b}" % field.encode(), KNOWN) == [stray]


@pytest.mark.parametrize(
    "field",
    [
        '"messages":[{"role":"assistant","content":null,"refusal":null,"annotations":[],"audio":null}]',
        '"messages":[{"content":[{"type":"video_url","video_url":{"new":1}}]}]',
        '"messages":[{"content":[{"type":"text","text":"a","cache_control":{"type":"ephemeral"}}]}]',
        '"messages":[{"tool_calls":[{"index":0,"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]}]',
        '"messages":[{"reasoning_details":[{"type":"reasoning.text","format":"unknown","index":0,"text":"a"}]}]',
        '"tools":[{"type":"function","function":{"name":"f","parameters":{"new":1}}}]',
        '"tools":[{"type":"openrouter:web_search","new":1}]',
        '"tool_choice":"auto","response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"new":1}}}',
    ],
)
def test_what_is_read_or_nobody_elses_is_no_stray(field: str) -> None:
    assert find_strays(b"{%b}" % field.encode(), KNOWN) == []
