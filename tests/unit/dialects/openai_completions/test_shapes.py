from __future__ import annotations

import msgspec
import pytest

from sluiceway.dialects.openai_completions.shapes import WIRE_JSON, WIRE_SSE, Chunk


def test_wire_forms_begin_with_the_dialects_name() -> None:
    assert (WIRE_SSE, WIRE_JSON) == ("openai_completions/sse", "openai_completions/json")


def test_fields_that_nobody_reads_may_have_any_type() -> None:
    body = b'{"choices":[{"text":"a","token_ids":7}],"kv_transfer_params":"x","service_tier":1}'
    (choice,) = msgspec.json.decode(body, type=Chunk).choices or []
    assert choice.text == "a"


@pytest.mark.parametrize("index", [-1, 4096])
def test_a_number_that_no_choice_has_is_refused(index: int) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(b'{"choices":[{"index":%d}]}' % index, type=Chunk)
