from __future__ import annotations

import msgspec
import pytest

from sluiceway.dialects.openai_chat.blocks import Blocks
from sluiceway.dialects.openai_chat.shapes import ChoiceShape
from sluiceway.errors import RemoteProtocolError
from sluiceway.events import (
    BlockEnd,
    BlockKind,
    BlockStart,
    ChoiceEnd,
    Event,
    ReasoningDelta,
    StreamError,
    StreamStart,
    TextDelta,
    TokenLogprob,
    ToolInputDelta,
)
from sluiceway.order import StreamState, check_order
from sluiceway.usage import FinishReason, Stop

CUSTOM: dict[str, dict[str, object]] = {"openai_chat": {"type": "custom"}}


def feed(blocks: Blocks, *choices: object) -> list[Event]:
    events: list[Event] = []
    for choice in choices:
        blocks.feed(msgspec.convert(choice, ChoiceShape), events)
    return events


def deltas(*fragments: object) -> list[Event]:
    return feed(Blocks(), *({"delta": fragment} for fragment in fragments))


def calls(*fragments: dict[str, object]) -> list[Event]:
    return deltas(*({"tool_calls": [fragment]} for fragment in fragments))


def call(arguments: str, name: object = None, **fields: object) -> dict[str, object]:
    return {"function": {"name": name, "arguments": arguments}, **fields}


def tool(block: int, tool_id: str, name: str) -> BlockStart:
    return BlockStart(block, BlockKind.TOOL, 0, tool_id, name)


def test_text_opens_a_block_once() -> None:
    assert deltas({"role": "assistant", "content": ""}, {"content": "a"}, {"content": "b"}) == [
        BlockStart(0, BlockKind.TEXT),
        TextDelta(0, "a"),
        TextDelta(0, "b"),
    ]


@pytest.mark.parametrize("delta", [{}, {"content": None, "refusal": "", "tool_calls": None, "reasoning": ""}])
def test_what_is_empty_says_nothing(delta: dict[str, object]) -> None:
    assert deltas(delta) == []


def test_a_refusal_is_a_block_of_its_kind() -> None:
    assert deltas({"refusal": "no"}) == [BlockStart(0, BlockKind.REFUSAL), TextDelta(0, "no")]


@pytest.mark.parametrize(
    "delta",
    [
        {"reasoning_content": "hm"},
        {"reasoning": "hm", "channel": "analysis"},
        {"reasoning_content": "hm", "reasoning": "hm"},
        {"reasoning_details": [{"type": "reasoning.text", "text": "hm"}]},
        {"reasoning_details": [{"type": "reasoning.summary", "summary": "hm"}]},
        {"reasoning": "hm", "reasoning_details": [{"text": "hm"}]},
        {"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}]},
        {"content": [{"type": "thinking", "thinking": "hm"}]},
    ],
)
def test_reasoning_is_read_in_every_spelling(delta: dict[str, object]) -> None:
    assert deltas(delta) == [BlockStart(0, BlockKind.REASONING), ReasoningDelta(0, "hm")]


@pytest.mark.parametrize("detail", [{"signature": "sig"}, {"type": "reasoning.encrypted", "data": "sig"}])
def test_a_proof_of_reasoning_is_its_signature(detail: dict[str, object]) -> None:
    assert deltas({"reasoning_details": [detail]})[1] == ReasoningDelta(0, "", "sig")


def test_details_without_text_or_proof_say_nothing() -> None:
    assert deltas({"reasoning_details": [{"type": "reasoning.text", "text": ""}]}) == []


def test_content_may_be_a_list_of_parts() -> None:
    content = [
        {"type": "thinking", "thinking": [{"type": "text", "text": None}]},
        {"type": "thinking", "thinking": []},
        {"type": "reference", "reference_ids": [1]},
        {"type": "text", "text": ""},
        {"type": "text", "text": "a"},
    ]
    assert deltas({"content": content}) == [BlockStart(0, BlockKind.TEXT), TextDelta(0, "a")]


def test_a_change_of_kind_ends_the_block() -> None:
    assert deltas({"reasoning": "hm"}, {"reasoning": "m"}, {"content": "a"}, {"reasoning": "so"}) == [
        BlockStart(0, BlockKind.REASONING),
        ReasoningDelta(0, "hm"),
        ReasoningDelta(0, "m"),
        BlockEnd(0),
        BlockStart(1, BlockKind.TEXT),
        TextDelta(1, "a"),
        BlockEnd(1),
        BlockStart(2, BlockKind.REASONING),
        ReasoningDelta(2, "so"),
    ]


def test_log_probabilities_go_with_their_text() -> None:
    token = {"token": "a", "logprob": -1.5, "bytes": [97], "top_logprobs": [{"token": "b", "logprob": -2}]}
    logprobs = [TokenLogprob("a", -1.5, [97], [TokenLogprob("b", -2.0)])]
    events = feed(Blocks(), {"delta": {"content": "a"}, "logprobs": {"content": [token], "refusal": None}})
    assert events[1] == TextDelta(0, "a", logprobs)
    events = feed(Blocks(), {"delta": {"refusal": "a"}, "logprobs": {"content": None, "refusal": [token]}})
    assert events[1] == TextDelta(0, "a", logprobs)


def test_half_a_character_has_log_probabilities_and_no_text() -> None:
    logprobs = {"content": [{"token": "\\xf0", "logprob": 0}]}
    assert feed(Blocks(), {"delta": {"content": ""}, "logprobs": logprobs})[1] == TextDelta(
        0, "", [TokenLogprob("\\xf0", 0.0)]
    )


def test_an_empty_list_of_log_probabilities_says_nothing() -> None:
    assert feed(Blocks(), {"delta": {"content": ""}, "logprobs": {"content": [], "refusal": []}}) == []


def test_calls_follow_each_other_by_index() -> None:
    assert calls(
        call("", "f", index=0, id="a"), call("{}", index=0), call("", "g", index=1, id="b"), call("[]", index=1)
    ) == [
        tool(0, "a", "f"),
        ToolInputDelta(0, "{}"),
        BlockEnd(0),
        tool(1, "b", "g"),
        ToolInputDelta(1, "[]"),
    ]


def test_the_first_index_may_be_any() -> None:
    assert calls(call("{}", "f", index=1, id="a")) == [tool(0, "a", "f"), ToolInputDelta(0, "{}")]


@pytest.mark.parametrize("later", [{"index": 0, "id": ""}, {"index": 0, "id": "a"}, {"id": ""}, {"id": "a"}, {}])
def test_a_fragment_goes_on_with_its_call(later: dict[str, object]) -> None:
    assert calls(call("{", "f", index=0, id="a"), call("}", "", **later)) == [
        tool(0, "a", "f"),
        ToolInputDelta(0, "{"),
        ToolInputDelta(0, "}"),
    ]


@pytest.mark.parametrize(
    ("first", "second"),
    [({"id": "a"}, {"id": "b"}), ({"index": 0, "id": "a"}, {"index": 0, "id": "b"}), ({"id": ""}, {"id": ""})],
)
def test_a_name_with_no_index_or_a_new_id_begins_a_call(first: dict[str, object], second: dict[str, object]) -> None:
    assert calls(call("{}", "f", **first), call("[", "g", **second), call("]", **{**second, "id": ""})) == [
        tool(0, str(first["id"]), "f"),
        ToolInputDelta(0, "{}"),
        BlockEnd(0),
        tool(1, str(second["id"]), "g"),
        ToolInputDelta(1, "["),
        ToolInputDelta(1, "]"),
    ]


def test_a_name_repeated_with_its_index_goes_on() -> None:
    assert calls(call("{", "f", index=0), call("}", "f", index=0))[1:] == [
        ToolInputDelta(0, "{"),
        ToolInputDelta(0, "}"),
    ]


@pytest.mark.parametrize("between", [{"content": "a"}, {"tool_calls": [call("", "g", index=1, id="b")]}])
def test_a_call_that_has_ended_cannot_go_on(between: dict[str, object]) -> None:
    with pytest.raises(RemoteProtocolError, match="a tool call that had ended"):
        deltas({"tool_calls": [call("{}", "f", index=0)]}, between, {"tool_calls": [call("}", index=0)]})


def test_an_empty_fragment_of_a_call_that_has_ended_says_nothing() -> None:
    events = calls(call("{}", "f", index=0, id="a"), call("", "g", index=1, id="b"), call("", index=0))
    assert events == [tool(0, "a", "f"), ToolInputDelta(0, "{}"), BlockEnd(0), tool(1, "b", "g")]


def test_a_call_waits_while_the_one_before_it_goes_on() -> None:
    events = calls(
        call("{", "f", index=0, id="a"),
        call("", "g", index=1, id="b"),
        call("[", index=1),
        call('"x":1', index=0),
        call("1", index=1),
    )
    assert events == [tool(0, "a", "f"), ToolInputDelta(0, "{"), ToolInputDelta(0, '"x":1')]


def test_a_call_is_told_as_soon_as_the_one_before_it_is_whole() -> None:
    before = [call("{", "f", index=0, id="a"), call("[", "g", index=1, id="b")]
    assert calls(*before, call("}", index=0), call("]", index=1)) == [
        tool(0, "a", "f"),
        ToolInputDelta(0, "{"),
        ToolInputDelta(0, "}"),
        BlockEnd(0),
        tool(1, "b", "g"),
        ToolInputDelta(1, "["),
        ToolInputDelta(1, "]"),
    ]


def test_of_several_that_wait_those_behind_a_whole_one_are_told() -> None:
    begun = [call("", name, index=index, id=name) for index, name in enumerate("fghi")]
    events = calls(*begun, call("{}", index=2), call("{}", index=1), call("{}", index=0), call("{", index=3))
    told = [event.tool_name for event in events if isinstance(event, BlockStart)]
    ended = [event.block for event in events if isinstance(event, BlockEnd)]
    assert (told, ended, events[-1]) == (["f", "g", "h", "i"], [0, 1, 2], ToolInputDelta(3, "{"))


def test_text_and_reasoning_wait_too() -> None:
    call_a = {"tool_calls": [call("{", "f", index=0, id="a")]}
    rest = {"tool_calls": [call("}", index=0)]}
    assert deltas(call_a, {"content": "x"}, {"reasoning": "hm"}, {"content": "y"}, rest)[3:] == [
        BlockEnd(0),
        BlockStart(1, BlockKind.TEXT),
        TextDelta(1, "x"),
        BlockEnd(1),
        BlockStart(2, BlockKind.REASONING),
        ReasoningDelta(2, "hm"),
        BlockEnd(2),
        BlockStart(3, BlockKind.TEXT),
        TextDelta(3, "y"),
    ]


def test_a_call_that_begins_with_the_index_of_the_open_one_ends_it() -> None:
    events = calls(call("", "f", index=0, id="a"), call("{}", "g", index=1, id="b"), call("{", "h", index=0, id="c"))
    assert events == [
        tool(0, "a", "f"),
        BlockEnd(0),
        tool(1, "b", "g"),
        ToolInputDelta(1, "{}"),
        BlockEnd(1),
        tool(2, "c", "h"),
        ToolInputDelta(2, "{"),
    ]


def test_a_custom_call_may_go_on_until_its_choice_ends() -> None:
    blocks = Blocks()
    begun = [{"index": index, "id": name, "custom": {"name": name, "input": "{}"}} for index, name in enumerate("fg")]
    rest = [{"index": index, "custom": {"input": "s"}} for index in (0, 1)]
    events = feed(
        blocks, {"delta": {"tool_calls": begun}}, {"delta": {"content": "x"}}, {"delta": {"tool_calls": rest}}
    )
    assert events[1:] == [ToolInputDelta(0, "{}"), ToolInputDelta(0, "s")]
    blocks.end(events, is_last=True)
    assert events[3:] == [
        BlockEnd(0),
        BlockStart(1, BlockKind.TOOL, 0, "g", "g", CUSTOM),
        ToolInputDelta(1, "{}"),
        ToolInputDelta(1, "s"),
        BlockEnd(1),
        BlockStart(2, BlockKind.TEXT),
        TextDelta(2, "x"),
        BlockEnd(2),
        ChoiceEnd(0, FinishReason(Stop.OTHER)),
    ]


def test_a_custom_call_is_over_when_another_begins_with_its_index() -> None:
    custom = {"index": 0, "id": "a", "custom": {"name": "f", "input": "ls"}}
    assert calls(custom, call("{}", "g", index=0, id="b"))[1:] == [
        ToolInputDelta(0, "ls"),
        BlockEnd(0),
        tool(1, "b", "g"),
        ToolInputDelta(1, "{}"),
    ]


def test_what_waits_is_told_before_the_choice_ends() -> None:
    blocks = Blocks()
    begun = [call("", "f", index=0, id="a"), call("{}", "g", index=1, id="b")]
    events = feed(blocks, {"delta": {"tool_calls": begun}, "finish_reason": "tool_calls"})
    blocks.end(events)
    assert events == [
        tool(0, "a", "f"),
        BlockEnd(0),
        tool(1, "b", "g"),
        ToolInputDelta(1, "{}"),
        BlockEnd(1),
        ChoiceEnd(0, FinishReason(Stop.TOOL_CALL, "tool_calls")),
    ]


def test_what_waits_is_told_before_an_error_and_all_of_it_stays_open() -> None:
    blocks = Blocks()
    begun = [call("{", "f", index=0, id="a"), call("{}", "g", index=1, id="b")]
    events = feed(blocks, {"delta": {"tool_calls": begun}}, {"delta": {"content": "x"}})
    blocks.break_off(events)
    assert events[2:] == [
        tool(1, "b", "g"),
        ToolInputDelta(1, "{}"),
        BlockStart(2, BlockKind.TEXT),
        TextDelta(2, "x"),
    ]
    assert check_order([StreamStart(), *events, StreamError("cut", "cut")]) is StreamState.ENDED


@pytest.mark.parametrize("delta", [{"content": "x" * 9}, {"tool_calls": [call("x" * 9, index=1)]}])
def test_more_than_may_wait_is_told_at_once(delta: dict[str, object]) -> None:
    blocks = Blocks(100)
    begun = [call("{", "f", index=0, id="a"), call("", "g", index=1, id="b")]
    events = feed(blocks, {"delta": {"tool_calls": begun}})
    assert events == [tool(0, "a", "f"), ToolInputDelta(0, "{")]
    events = feed(blocks, {"delta": delta})
    assert events[:2] == [BlockEnd(0), tool(1, "b", "g")]
    with pytest.raises(RemoteProtocolError, match="a tool call that had ended"):
        feed(blocks, {"delta": {"tool_calls": [call("}", index=0)]}})


def test_more_calls_than_may_wait_are_told_at_once() -> None:
    begun = [call("", "f", index=index, id="a") for index in range(3)]
    events = feed(Blocks(100), {"delta": {"tool_calls": begun}})
    assert [event.block for event in events if isinstance(event, BlockStart)] == [0, 1, 2]


def test_a_legacy_function_call_is_a_call_without_an_id() -> None:
    assert deltas({"function_call": {"name": "f", "arguments": ""}}, {"function_call": {"arguments": "{}"}}) == [
        tool(0, "", "f"),
        ToolInputDelta(0, "{}"),
    ]


def test_a_custom_call_has_text_for_input() -> None:
    assert calls({"index": 0, "id": "a", "type": "custom", "custom": {"name": "f", "input": "ls"}}) == [
        BlockStart(0, BlockKind.TOOL, 0, "a", "f", CUSTOM),
        ToolInputDelta(0, "ls"),
    ]


def test_a_call_without_any_function_is_still_a_call() -> None:
    assert calls({"index": 0, "id": "a"}) == [tool(0, "a", "")]


def test_choices_have_blocks_of_their_own() -> None:
    events = feed(Blocks(), {"index": 1, "delta": {"content": "a"}}, {"index": 0, "delta": {"content": "b"}})
    assert events == [
        BlockStart(0, BlockKind.TEXT, 1),
        TextDelta(0, "a"),
        BlockStart(1, BlockKind.TEXT, 0),
        TextDelta(1, "b"),
    ]


def test_a_finish_reason_is_held_back_and_the_last_one_counts() -> None:
    blocks = Blocks()
    events = feed(
        blocks,
        {"delta": {"content": "a"}, "finish_reason": "stop"},
        {"delta": {"content": "b"}, "finish_reason": "length"},
        {"finish_reason": ""},
    )
    assert events == [BlockStart(0, BlockKind.TEXT), TextDelta(0, "a"), TextDelta(0, "b")]
    assert blocks.has_finished
    blocks.end(events)
    blocks.end(events)
    assert events[3:] == [BlockEnd(0), ChoiceEnd(0, FinishReason(Stop.LENGTH, "length"))]


def test_a_choice_without_a_finish_reason_ends_only_at_the_last() -> None:
    blocks = Blocks()
    assert not blocks.has_finished
    events = feed(blocks, {"delta": {}})
    blocks.end(events)
    assert events == []
    blocks.end(events, is_last=True)
    assert events == [ChoiceEnd(0, FinishReason(Stop.OTHER))]


def test_a_choice_that_has_ended_cannot_go_on() -> None:
    blocks = Blocks()
    blocks.end(feed(blocks, {"finish_reason": "stop"}))
    with pytest.raises(RemoteProtocolError, match="choice 0 after its end"):
        feed(blocks, {"delta": {"content": "a"}})


def test_a_whole_message_is_read_like_a_delta() -> None:
    assert feed(Blocks(), {"message": {"role": "assistant", "content": "a"}})[1] == TextDelta(0, "a")
