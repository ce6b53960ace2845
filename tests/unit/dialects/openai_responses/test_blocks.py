from __future__ import annotations

import pytest
from support.responsesevents import (
    COMPLETED,
    CREATED,
    added,
    decode_stream,
    delta,
    done,
    ended,
    event,
    events_of,
    message,
    part_added,
)

from sluiceway.dialects.openai_responses.blocks import Blocks
from sluiceway.dialects.openai_responses.shapes import NAME, Payload
from sluiceway.errors import RemoteProtocolError
from sluiceway.events import (
    BlockEnd,
    BlockKind,
    BlockStart,
    Event,
    ExtrasDelta,
    ReasoningDelta,
    TextDelta,
    ToolInputDelta,
)
from sluiceway.fold import Block, fold

REASONING = {"id": "rs_1", "type": "reasoning", "summary": []}
CALL = {"id": "fc_1", "type": "function_call", "call_id": "call_1", "name": "f", "arguments": ""}
SEARCH = {"id": "ws_1", "type": "web_search_call", "status": "in_progress"}
CITATION = {"type": "url_citation", "url": "http://x"}


def events(*payloads: bytes, end: bytes = COMPLETED) -> list[Event]:
    """Return what happens between the start and the end of an answer."""
    return events_of(decode_stream(CREATED, *payloads, end))[1:-2]


def blocks(*payloads: bytes, end: bytes = COMPLETED) -> list[Block]:
    return fold(events_of(decode_stream(CREATED, *payloads, end))).choices[0].blocks


def texts(*payloads: bytes, end: bytes = COMPLETED) -> list[str]:
    return [block.text for block in blocks(*payloads, end=end)]


def extra(block: int, fields: dict[str, object]) -> ExtrasDelta:
    return ExtrasDelta(block, {NAME: fields})


def test_a_message_is_a_block_for_each_part() -> None:
    found = events(
        added(message(phase="commentary")),
        part_added(),
        delta("a", content_index=0),
        part_added({"type": "refusal", "refusal": ""}, 1),
        delta("no", "refusal", content_index=1),
        done(message("a", {"type": "refusal", "refusal": "no"})),
    )
    extras: dict[str, dict[str, object]] = {NAME: {"output_index": 0, "id": "msg_1", "phase": "commentary"}}
    assert found == [
        BlockStart(0, BlockKind.TEXT, extras=extras),
        TextDelta(0, "a"),
        BlockEnd(0),
        BlockStart(1, BlockKind.REFUSAL, extras=extras),
        TextDelta(1, "no"),
        BlockEnd(1),
    ]


def test_parts_need_not_be_announced() -> None:
    assert texts(delta("a", content_index=0), delta("b", content_index=1)) == ["a", "b"]


def test_text_may_come_with_the_part_the_done_or_the_item_alone() -> None:
    part = {"type": "output_text", "text": "a", "logprobs": [{"token": "a", "logprob": 0}]}
    assert texts(added(message()), part_added(part)) == ["a"]
    assert texts(added(message()), event("output_text.done", output_index=0, content_index=0, text="a")) == ["a"]
    assert texts(added(message()), event("refusal.done", output_index=0, content_index=0, refusal="a")) == ["a"]
    assert texts(done(message("a", "b"))) == ["a", "b"]


def test_a_whole_text_that_was_told_says_nothing_new() -> None:
    whole = event("output_text.done", output_index=0, content_index=0, text="a")
    assert texts(delta("a"), whole, done(message("a"))) == ["a"]
    assert texts(delta("a"), delta("b", content_index=1), whole) == ["a", "b"]
    assert texts(whole) == []
    assert texts(added(REASONING), whole) == [""]


def test_an_empty_text_says_nothing() -> None:
    assert [type(event) for event in events(delta(""))] == [BlockStart, BlockEnd]


def test_a_message_without_parts_is_an_empty_text() -> None:
    assert texts(added(message()), done(message())) == [""]


def test_parts_of_other_kinds_are_left_out() -> None:
    audio = {"type": "output_audio", "data": ""}
    assert texts(added(message()), part_added(audio), done(message(audio, "a"))) == ["a"]


def test_annotations_are_extras_and_told_once() -> None:
    part = {"type": "output_text", "text": "a", "annotations": [CITATION, CITATION]}
    found = blocks(
        delta("a"),
        event("output_text.annotation.added", output_index=0, content_index=0, annotation=CITATION),
        event("content_part.done", output_index=0, content_index=0, part=part),
        done(message(part)),
    )
    assert found[0].extras == [{NAME: {"annotation": CITATION}}] * 2


def test_the_end_of_a_part_that_is_not_open_says_nothing() -> None:
    part = {"type": "output_text", "text": "a", "annotations": [CITATION]}
    assert blocks(event("content_part.done", output_index=0, content_index=0, part=part)) == []


def test_an_unfinished_item_says_so() -> None:
    assert events(done(message("a", status="incomplete")))[-2:] == [extra(0, {"status": "incomplete"}), BlockEnd(0)]


def test_reasoning_is_one_block_whose_parts_are_told_apart() -> None:
    found = events(
        added(REASONING),
        delta("a", "reasoning_summary_text", summary_index=0),
        delta("b", "reasoning_summary_text", summary_index=1),
        delta("c", "reasoning_summary_text", summary_index=1),
        delta("", "reasoning_summary_text", summary_index=2),
        done({**REASONING, "encrypted_content": "proof"}),
    )
    assert found[1:] == [
        ReasoningDelta(0, "a"),
        extra(0, {"part": "summary_text", "end": 1, "start": 3}),
        ReasoningDelta(0, "\n\n"),
        ReasoningDelta(0, "b"),
        ReasoningDelta(0, "c"),
        ReasoningDelta(0, "", "proof"),
        BlockEnd(0),
    ]


def test_reasoning_may_come_with_the_item_alone() -> None:
    item = {**REASONING, "summary": [{"type": "summary_text", "text": "a"}], "content": [{"text": "b"}]}
    (block,) = blocks(done(item))
    assert block.text == "a\n\nb"
    assert block.extras == [{NAME: {"part": "reasoning_text", "end": 1, "start": 3}}]


def test_reasoning_may_come_with_its_part() -> None:
    part = {"type": "summary_text", "text": "a"}
    added_part = event("reasoning_summary_part.added", output_index=0, summary_index=0, part=part)
    assert texts(added(REASONING), added_part) == ["a"]


def test_the_models_own_reasoning_is_told_apart() -> None:
    (block,) = blocks(delta("a", "reasoning_text", content_index=0))
    assert block.extras == [{NAME: {"part": "reasoning_text", "end": 0, "start": 0}}]


def test_a_call_is_a_tool_block() -> None:
    found = events(added(CALL), delta("{", "function_call_arguments"), delta("}", "function_call_arguments"))
    extras: dict[str, dict[str, object]] = {NAME: {"output_index": 0, "id": "fc_1"}}
    assert found == [
        BlockStart(0, BlockKind.TOOL, 0, "call_1", "f", extras),
        ToolInputDelta(0, "{"),
        ToolInputDelta(0, "}"),
        BlockEnd(0),
    ]


def test_a_call_without_an_id_to_answer_to_has_that_of_its_item() -> None:
    (start, _) = events(added({"id": "fc_1", "type": "function_call", "name": "f"}))
    assert isinstance(start, BlockStart)
    assert start.tool_id == "fc_1"


def test_arguments_may_come_at_the_end_alone() -> None:
    whole = event("function_call_arguments.done", output_index=0, arguments="{}")
    assert texts(added(CALL), whole, done({**CALL, "arguments": "{}"})) == ["{}"]
    assert texts(added(CALL), done({**CALL, "arguments": "{}"})) == ["{}"]
    assert texts(whole) == []
    assert texts(added(REASONING), whole) == [""]


def test_the_input_of_a_custom_tool_is_free_text() -> None:
    item = {"type": "custom_tool_call", "id": "ctc_1", "call_id": "call_1", "name": "f", "input": ""}
    whole = event("custom_tool_call_input.done", output_index=0, input="x y")
    (block,) = blocks(added(item), delta("", "custom_tool_call_input"), whole)
    assert (block.text, block.start.extras[NAME]["type"]) == ("x y", "custom_tool_call")


def test_a_vendors_item_is_all_in_extras() -> None:
    searching = event("web_search_call.searching", output_index=0, item_id="ws_1", sequence_number=3)
    found = events(added(SEARCH), searching, done({**SEARCH, "status": "completed"}))
    assert found == [
        BlockStart(0, BlockKind.VENDOR, extras={NAME: {"output_index": 0, "item": SEARCH}}),
        extra(0, {"event": {"type": "response.web_search_call.searching", "item_id": "ws_1"}}),
        extra(0, {"item": {**SEARCH, "status": "completed"}}),
        BlockEnd(0),
    ]


def test_an_unknown_event_of_a_known_item_is_an_extra_of_its_block() -> None:
    payload = event("output_text.sparkle", output_index=0)
    assert events(delta("a"), payload)[-2] == extra(0, {"event": {"type": "response.output_text.sparkle"}})
    assert events(added(message()), payload) == []
    assert events(payload) == []


def test_what_is_open_at_the_end_is_finished_from_the_output() -> None:
    output = [message("b", id="msg_2"), {**CALL, "arguments": "{}"}, {**SEARCH, "action": {}}]
    found = blocks(added(SEARCH, 0), added(message(id="msg_9"), 3), added(CALL, 1), end=ended(output=output))
    assert [block.text for block in found] == ["", "{}"]
    assert found[0].extras == [{NAME: {"item": {**SEARCH, "action": {}}}}]


def test_what_has_another_id_is_found_by_its_place_and_kind() -> None:
    assert texts(added(message()), end=ended(output=[message("a", id="msg_2")])) == ["a"]
    assert texts(added(message()), end=ended(output=[CALL])) == []


def test_an_answer_told_at_its_end_alone_is_told() -> None:
    assert texts(end=ended(output=[message("a"), REASONING])) == ["a", ""]


def test_the_output_counts_for_nothing_where_all_was_told() -> None:
    assert texts(done(message("a")), end=ended(output=[message("b"), message("c")])) == ["a"]


def test_what_comes_for_an_item_that_has_ended_opens_another() -> None:
    assert texts(done(message("a")), delta("b")) == ["a", "b"]


def test_an_item_added_twice_begins_anew() -> None:
    assert texts(added(CALL), delta("{", "function_call_arguments"), added(CALL)) == ["{", ""]


def test_an_item_does_not_change_its_kind() -> None:
    with pytest.raises(RemoteProtocolError, match="is a function_call, not a message"):
        _add_text_to_call()


def _add_text_to_call() -> None:
    found = Blocks()
    found.add(0, dict(CALL), [])
    found.add_text(Payload(), "output_text", "a", [])


def test_no_more_items_are_open_than_any_server_means() -> None:
    found = Blocks()
    for index in range(128):
        found.add(index, {"type": "message"}, [])
    with pytest.raises(RemoteProtocolError, match="more than 128 items"):
        found.add(128, {"type": "message"}, [])


def test_tokens_that_came_without_text_are_not_told_again() -> None:
    tokens = [{"token": "", "logprob": 0.0}]
    whole = message({"type": "output_text", "text": "", "logprobs": tokens})
    (block,) = blocks(added(message()), part_added(), delta("", logprobs=tokens), done(whole))
    assert len(block.logprobs or ()) == 1
