from __future__ import annotations

import msgspec
import pytest

from sluiceway.dialects.openai_responses.request_shapes import KNOWN, BodyShape, MessageShape
from sluiceway.dialects.strays import find_strays


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


@pytest.mark.parametrize(
    ("field", "stray"),
    [
        ('"input":[{"role":"user","content":"a","phase":"commentary"}]', "input[].phase"),
        (
            '"input":[{"type":"message","content":[{"type":"output_text","text":"a","annotations":[1]}]}]',
            "input[].content[].annotations",
        ),
        (
            '"input":[{"type":"message","content":[{"type":"input_text","text":"a","detail":"low"}]}]',
            "input[].content[].detail",
        ),
        ('"input":[{"type":"function_call","call_id":"c","name":"f","namespace":"n"}]', "input[].namespace"),
        (
            '"input":[{"type":"function_call_output","output":[{"type":"input_text","text":"a","new":1}]}]',
            "input[].output[].new",
        ),
        (
            '"input":[{"type":"reasoning","summary":[{"type":"summary_text","text":"a","new":1}]}]',
            "input[].summary[].new",
        ),
        ('"tools":[{"type":"function","name":"f","defer_loading":true}]', "tools[].defer_loading"),
        (
            '"tool_choice":{"type":"allowed_tools","tools":[{"type":"function","name":"f","new":1}]}',
            "tool_choice.tools[].new",
        ),
    ],
)
def test_what_is_not_read_is_found(field: str, stray: str) -> None:
    assert find_strays(b"{%b}" % field.encode(), KNOWN) == [stray]


@pytest.mark.parametrize(
    "field",
    [
        '"input":"a","tool_choice":"auto"',
        '"input":[{"type":"message","id":"m","status":"completed","role":"assistant","content":[{"type":"output_text","text":"a","annotations":[],"logprobs":[]}]}]',
        '"input":[{"type":"web_search_call","new":1},{"type":"message","content":[{"type":"input_video","new":1}]}]',
        '"input":[{"type":"reasoning","id":"r","summary":[{"type":"summary_text","text":"a"}],"encrypted_content":"c2ln"}]',
        '"tools":[{"type":"web_search","search_context_size":"low"},{"type":"custom","name":"f","format":{"type":"text"}}]',
    ],
)
def test_what_is_read_or_nobody_elses_is_no_stray(field: str) -> None:
    assert find_strays(b"{%b}" % field.encode(), KNOWN) == []
