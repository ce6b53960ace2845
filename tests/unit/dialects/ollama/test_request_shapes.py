from __future__ import annotations

import msgspec
import pytest
from ollama._types import ChatRequest, GenerateRequest, Message, Options, Tool

from sluiceway.dialects.ollama.request_shapes import KNOWN, ChatShape, GenerateShape
from sluiceway.dialects.strays import find_strays


def test_what_the_official_client_sends_is_read() -> None:
    message = Message(role="user", content="hi", images=[])
    tool = Tool(
        function=Tool.Function(name="f", parameters=Tool.Function.Parameters.model_validate({"required": ["a"]}))
    )
    request = ChatRequest(
        model="m", messages=[message], tools=[tool], options=Options(seed=1, stop=["x"]), think="low", keep_alive="5m"
    )
    shape = msgspec.json.decode(request.model_dump_json(exclude_none=True), type=ChatShape)
    assert shape.tools is not None
    assert shape.tools[0].function.name == "f"
    generate = GenerateRequest(model="m", prompt="hi", options={"num_ctx": 1}, format="json")
    assert msgspec.json.decode(generate.model_dump_json(exclude_none=True), type=GenerateShape).prompt == "hi"


@pytest.mark.parametrize(
    "body",
    [
        '{"messages":null,"tools":null,"options":null,"think":null,"format":null,"stream":null}',
        '{"options":{"seed":10.0,"num_predict":-1,"stop":"x","numa":1},"unknown":{}}',
        '{"messages":[{"role":"tool","tool_name":"f","content":null,"tool_calls":null,"name":"x"}]}',
        '{"messages":[{"role":"assistant","tool_calls":[{"function":{"name":"f"}}]}]}',
    ],
)
def test_fields_that_are_not_known_or_null_are_let_through(body: str) -> None:
    msgspec.json.decode(body, type=ChatShape)


@pytest.mark.parametrize(
    "body",
    [
        '{"model":null}',
        '{"messages":[{"role":"robot"}]}',
        '{"messages":[{"role":"user","content":[]}]}',
        '{"tools":[{"type":"function"}]}',
        '{"think":1}',
        '{"format":1}',
        '{"top_logprobs":21}',
        '{"options":{"stop":1}}',
    ],
)
def test_a_wrong_value_is_refused(body: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(body, type=ChatShape)


@pytest.mark.parametrize(
    ("field", "stray"),
    [
        ('"messages":[{"role":"user","content":"a","new":1}]', "messages[].new"),
        ('"messages":[{"tool_calls":[{"function":{"name":"f","new":1}}]}]', "messages[].tool_calls[].function.new"),
        ('"tools":[{"type":"function","function":{"name":"f","new":1}}]', "tools[].function.new"),
    ],
)
def test_what_is_not_read_is_found(field: str, stray: str) -> None:
    assert find_strays(b"{%b}" % field.encode(), KNOWN) == [stray]


@pytest.mark.parametrize(
    "field",
    [
        '"messages":[{"tool_calls":[{"id":"c","type":"function","function":{"index":0,"name":"f","arguments":{"new":1}}}]}]',
        '"tools":[{"type":"function","function":{"name":"f","parameters":{"new":1}}}],"options":{"seed":1}',
        '"prompt":"a","new":1',
    ],
)
def test_what_is_read_or_nobody_elses_is_no_stray(field: str) -> None:
    assert find_strays(b"{%b}" % field.encode(), KNOWN) == []
