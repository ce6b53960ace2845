from __future__ import annotations

import msgspec
import pytest

from sluiceway.dialects.gemini.request_shapes import KNOWN, BodyShape, ConfigShape, SaidShape, TurnShape
from sluiceway.dialects.strays import find_strays


def test_one_item_alone_stands_for_a_list() -> None:
    shape = msgspec.json.decode(b'{"contents":{"parts":{"text":"a"}},"tools":{"googleSearch":{}}}', type=BodyShape)
    assert shape.contents == TurnShape(parts=SaidShape(text="a"))
    assert isinstance(shape.tools, dict)


@pytest.mark.parametrize(
    "body", [b'{"candidateCount":0}', b'{"maxOutputTokens":-1}', b'{"logprobs":21}', b'{"stopSequences":"a"}']
)
def test_values_that_mean_nothing_are_refused(body: bytes) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(body, type=ConfigShape)


@pytest.mark.parametrize(
    ("field", "stray"),
    [
        (
            '"contents":[{"role":"user","parts":[{"text":"a","mediaResolution":{"level":"LOW"}}]}]',
            "contents[].parts[].mediaResolution",
        ),
        ('"contents":{"parts":{"text":"a","new":1}}', "contents.parts.new"),
        ('"contents":[{"parts":[],"new":1}]', "contents[].new"),
        (
            '"contents":[{"parts":[{"functionCall":{"name":"f","willContinue":true}}]}]',
            "contents[].parts[].functionCall.willContinue",
        ),
        (
            '"contents":[{"parts":[{"functionResponse":{"name":"f","scheduling":"SILENT"}}]}]',
            "contents[].parts[].functionResponse.scheduling",
        ),
        (
            '"contents":[{"parts":[{"functionResponse":{"name":"f","parts":[{"inlineData":{"new":1}}]}}]}]',
            "contents[].parts[].functionResponse.parts[].inlineData.new",
        ),
        ('"systemInstruction":{"parts":[{"text":"a","new":1}]}', "systemInstruction.parts[].new"),
        (
            '"tools":[{"functionDeclarations":[{"name":"f","behavior":"BLOCKING"}]}]',
            "tools[].functionDeclarations[].behavior",
        ),
    ],
)
def test_what_is_not_read_is_found(field: str, stray: str) -> None:
    assert find_strays(b"{%b}" % field.encode(), KNOWN) == [stray]


@pytest.mark.parametrize(
    "field",
    [
        '"contents":[{"parts":[{"text":"a","thought":true,"thoughtSignature":"c2ln"}]}],"systemInstruction":"a"',
        '"contents":[{"parts":[{"executableCode":{"new":1}}]}]',
        '"contents":[{"parts":[{"functionCall":{"name":"f","args":{"new":1}}},{"functionResponse":{"name":"f","response":{"new":1}}}]}]',
        '"tools":[{"googleSearch":{"new":1}}]',
    ],
)
def test_what_is_read_or_nobody_elses_is_no_stray(field: str) -> None:
    assert find_strays(b"{%b}" % field.encode(), KNOWN) == []
