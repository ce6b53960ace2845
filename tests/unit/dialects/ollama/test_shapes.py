from __future__ import annotations

import msgspec
import pytest

from sluiceway.dialects.ollama.shapes import NAME, Form, Head, Line


def test_the_dialect_and_its_wires_have_their_names() -> None:
    assert NAME == "ollama"
    assert [(form.wire_ndjson, form.wire_json) for form in Form] == [
        ("ollama/ndjson", "ollama/json"),
        ("ollama_generate/ndjson", "ollama_generate/json"),
    ]


@pytest.mark.parametrize(
    "payload",
    [
        '{"message":{"role":7,"content":"a","images":[]},"done":false,"completed":1,"total":4}',
        '{"message":null,"response":null,"thinking":null,"tool_calls":null,"logprobs":null,"done":null,"error":null}',
        '{"message":{"tool_calls":[{"id":null,"function":{"name":"f","arguments":[1]}}]}}',
        "{}",
    ],
)
def test_fields_nobody_reads_and_nulls_are_let_through(payload: str) -> None:
    msgspec.json.decode(payload, type=Line)


@pytest.mark.parametrize(
    "payload",
    [
        '{"message":"a"}',
        '{"message":{"content":1}}',
        '{"message":{"tool_calls":{}}}',
        '{"message":{"tool_calls":[{}]}}',
        '{"response":[]}',
        '{"done":"yes"}',
        '{"logprobs":[{"token":"a","logprob":0,"bytes":[256]}]}',
    ],
)
def test_a_wrong_type_of_a_field_that_is_read_is_refused(payload: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(payload, type=Line)


def test_the_head_needs_nothing() -> None:
    assert msgspec.json.decode("{}", type=Head) == Head()
