from __future__ import annotations

import msgspec
import pytest

from sluiceway.dialects.openai_chat.shapes import NAME, ChatHead, Chunk


def test_the_dialect_has_its_name() -> None:
    assert NAME == "openai_chat"


@pytest.mark.parametrize(
    "payload",
    [
        '{"choices":[{"index":0,"delta":{"content":"a"},"stop_reason":7,"content_filter_results":[]}],"obfuscation":1}',
        '{"choices":null,"usage":null,"error":null,"x_groq":null}',
        '{"choices":[{"index":null,"delta":null,"logprobs":null,"finish_reason":null}]}',
        "{}",
    ],
)
def test_fields_nobody_reads_and_nulls_are_let_through(payload: str) -> None:
    msgspec.json.decode(payload, type=Chunk)


@pytest.mark.parametrize(
    "payload",
    [
        '{"choices":{}}',
        '{"choices":[{"delta":"a"}]}',
        '{"choices":[{"index":"0"}]}',
        '{"choices":[{"index":-1}]}',
        '{"choices":[{"delta":{"content":1}}]}',
        '{"choices":[{"delta":{"tool_calls":{}}}]}',
        '{"choices":[{"logprobs":{"content":[{"token":"a","logprob":0,"bytes":[256]}]}}]}',
    ],
)
def test_a_wrong_type_of_a_field_that_is_read_is_refused(payload: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(payload, type=Chunk)


@pytest.mark.parametrize("created", ["1", "1.5", '"2024-01-01"', "null"])
def test_a_time_stamp_may_be_anything_servers_make_of_it(created: str) -> None:
    assert msgspec.json.decode(f'{{"created":{created}}}', type=ChatHead).id is None
