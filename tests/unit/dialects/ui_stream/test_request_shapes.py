from __future__ import annotations

import msgspec
import pytest

from sluiceway.dialects.strays import find_strays
from sluiceway.dialects.ui_stream.request_shapes import KNOWN, BodyShape, PartShape


def test_fields_have_the_sdks_spelling() -> None:
    body = b'{"messages":[],"maxOutputTokens":5,"toolChoice":{"type":"tool","toolName":"f"}}'
    shape = msgspec.json.decode(body, type=BodyShape)
    assert shape.max_output_tokens == 5


def test_the_input_of_a_call_keeps_its_spelling() -> None:
    shape = msgspec.json.decode(b'{"type":"tool-f","input":{"a" : 1.00}}', type=PartShape)
    assert bytes(shape.input) == b'{"a" : 1.00}'


@pytest.mark.parametrize(
    ("field", "stray"),
    [
        ('"messages":[{"role":"user","parts":[],"new":1}]', "messages[].new"),
        ('"messages":[{"parts":[{"type":"text","text":"a","new":1}]}]', "messages[].parts[].new"),
        (
            '"messages":[{"parts":[{"type":"text","providerMetadata":{"openai":{"itemId":"m"}}}]}]',
            "messages[].parts[].providerMetadata.openai",
        ),
        (
            '"messages":[{"parts":[{"type":"text","providerMetadata":{"anthropic":{"cacheControl":{"type":"ephemeral"}}}}]}]',
            "messages[].parts[].providerMetadata.anthropic.cacheControl",
        ),
        ('"messages":[{"parts":[{"type":"reasoning-file","url":"u"}]}]', "messages[].parts[].url"),
        ('"tools":[{"name":"f","new":1}]', "tools[].new"),
        ('"tools":{"f":{"inputSchema":{},"new":1}}', "tools.f.new"),
    ],
)
def test_what_is_not_read_is_found(field: str, stray: str) -> None:
    assert find_strays(b"{%b}" % field.encode(), KNOWN) == [stray]


@pytest.mark.parametrize(
    "field",
    [
        '"messages":[{"id":"1","metadata":{"a":1},"parts":[{"type":"data-weather","data":{"new":1}},{"type":"source-url","url":"u"}]}]',
        '"messages":[{"parts":[{"type":"reasoning","text":"a","state":"done","providerMetadata":{"sluiceway":{"signature":"c2ln"}}}]}]',
        '"messages":[{"parts":[{"type":"tool-f","toolCallId":"c","input":{"new":1},"approval":{"id":"a","approved":true}}]}]',
        '"tools":{"f":{"description":"d","inputSchema":{"new":1}}}',
    ],
)
def test_what_is_read_or_nobody_elses_is_no_stray(field: str) -> None:
    assert find_strays(b"{%b}" % field.encode(), KNOWN) == []
