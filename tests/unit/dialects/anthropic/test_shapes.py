from __future__ import annotations

import msgspec
import pytest

from sluiceway.dialects.anthropic.shapes import (
    NAME,
    WIRE_JSON,
    WIRE_SSE,
    BlockShape,
    EventShape,
    UsageShape,
    is_given,
)


def test_the_dialect_and_its_wires_have_their_names() -> None:
    assert (NAME, WIRE_SSE, WIRE_JSON) == ("anthropic", "anthropic/sse", "anthropic/json")


@pytest.mark.parametrize(
    "payload",
    [
        '{"type":"ping"}',
        '{"type":"new","index":null,"delta":null,"more":{"a":1}}',
        '{"delta":{"type":null,"text":null,"citation":{"a":1},"content":7}}',
        '{"usage":7,"message":[],"content_block":null}',
        "{}",
    ],
)
def test_fields_nobody_reads_and_nulls_are_let_through(payload: str) -> None:
    msgspec.json.decode(payload, type=EventShape)


@pytest.mark.parametrize("payload", ['{"index":-1}', '{"index":"0"}', '{"delta":"a"}', '{"delta":{"text":1}}', "[]"])
def test_a_wrong_type_of_a_field_that_is_read_is_refused(payload: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(payload, type=EventShape)


def test_a_block_has_a_type() -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode('{"text":""}', type=BlockShape)


@pytest.mark.parametrize("count", ["-1", "1.5", '"1"', "9007199254740993"])
def test_what_is_no_count_is_refused(count: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(f'{{"output_tokens":{count}}}', type=UsageShape)


@pytest.mark.parametrize(("field", "is_there"), [(b"", False), (b"null", False), (b"{}", True)])
def test_a_field_is_given_unless_it_is_absent_or_null(field: bytes, is_there: bool) -> None:
    assert is_given(msgspec.Raw(field)) is is_there
