from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from sluiceway.dialects.base import EncodeOptions, Framing
from sluiceway.dialects.openai_responses.shapes import NAME, Payload
from sluiceway.dialects.openai_responses.writer import EventWriter
from sluiceway.events import (
    BlockEnd,
    BlockKind,
    BlockStart,
    ChoiceEnd,
    Event,
    ExtrasDelta,
    ReasoningDelta,
    StreamEnd,
    StreamError,
    StreamStart,
    TextDelta,
    ToolInputDelta,
    UsageReport,
)
from sluiceway.request import Request, Tool
from sluiceway.usage import FinishReason, Stop, Usage

START = StreamStart("chatcmpl-1", "m", 1)
END = ChoiceEnd(0, FinishReason(Stop.END))


def own(**fields: object) -> dict[str, dict[str, object]]:
    return {NAME: fields}


def new_writer(*tools: Tool) -> EventWriter:
    return EventWriter(EncodeOptions(Framing.SSE, "gen_1", "asked", 1), Request("asked", [], tools=list(tools)))


def told(writer: EventWriter, *events: Event) -> list[dict[str, Any]]:
    return [json.loads(payload) for _, payload in writer.encode(list(events))]


def kinds(payloads: list[dict[str, Any]]) -> list[str]:
    return [payload["type"].removeprefix("response.") for payload in payloads]


def text(block: int, piece: str, **fields: object) -> list[Event]:
    extras = own(**fields) if fields else {}
    return [BlockStart(block, BlockKind.TEXT, extras=extras), TextDelta(block, piece), BlockEnd(block)]


def final(*events: Event, writer: EventWriter | None = None) -> dict[str, Any]:
    """Return the response that ends an answer."""
    response: dict[str, Any] = told(writer or new_writer(), START, *events, StreamEnd())[-1]["response"]
    return response


def test_an_answer_is_told_from_its_beginning_to_its_end() -> None:
    payloads = told(new_writer(), START, *text(0, "a"), END, UsageReport(Usage(1, 2)), StreamEnd())
    assert kinds(payloads) == [
        "created",
        "in_progress",
        "output_item.added",
        "content_part.added",
        "output_text.delta",
        "output_text.done",
        "content_part.done",
        "output_item.done",
        "completed",
    ]
    assert [payload["sequence_number"] for payload in payloads] == list(range(9))
    assert payloads[-1]["response"]["output"] == [payloads[-2]["item"]]
    assert payloads[-1]["response"]["usage"]["total_tokens"] == 3


def test_ids_are_made_from_the_stream_and_the_place() -> None:
    kinds_of: list[tuple[BlockKind, dict[str, dict[str, object]]]] = [
        (BlockKind.TEXT, {}),
        (BlockKind.REASONING, {}),
        (BlockKind.TOOL, {}),
        (BlockKind.TOOL, own(type="custom_tool_call")),
    ]
    events: list[Event] = []
    for block, (kind, extras) in enumerate(kinds_of):
        events += [BlockStart(block, kind, extras=extras), BlockEnd(block)]
    ids = [item["id"] for item in final(*events)["output"]]
    assert ids == ["msg_gen_1_0", "rs_gen_1_1", "fc_gen_1_2", "ctc_gen_1_3"]


def test_ids_of_this_vendor_are_kept_unless_they_are_taken() -> None:
    output = final(*text(0, "a", id="msg_9"), BlockStart(1, BlockKind.TOOL), BlockEnd(1), *text(2, "b", id="msg_9"))
    assert [item["id"] for item in output["output"]] == ["msg_9", "fc_gen_1_1", "msg_gen_1_2"]


def test_parts_of_one_message_stay_together() -> None:
    output = final(*text(0, "a", id="msg_9"), *text(1, "b", id="msg_9"), *text(2, "c", id="msg_10"))["output"]
    assert [[part["text"] for part in item["content"]] for item in output] == [["a", "b"], ["c"]]


def test_a_message_that_does_not_go_on_in_its_frame_is_over() -> None:
    writer = new_writer()
    told(writer, START)
    assert kinds(told(writer, *text(0, "a", id="msg_9")))[-1] == "output_item.done"


def test_messages_of_other_vendors_are_one_a_block() -> None:
    assert len(final(*text(0, "a"), *text(1, "b"))["output"]) == 2


def test_a_refusal_is_a_part_of_its_own_kind() -> None:
    output = final(BlockStart(0, BlockKind.REFUSAL), TextDelta(0, "no"), BlockEnd(0))["output"]
    assert output[0]["content"] == [{"type": "refusal", "refusal": "no"}]


def test_a_call_keeps_the_id_that_its_result_must_name() -> None:
    events: list[Event] = [
        BlockStart(0, BlockKind.TOOL, 0, "call_9", "f", own(id="fc_9", namespace="n", output_index=4)),
        ToolInputDelta(0, "{}"),
        BlockEnd(0),
        BlockStart(1, BlockKind.TOOL, tool_name="g"),
        BlockEnd(1),
    ]
    first, second = final(*events)["output"]
    assert first == {
        "id": "fc_9",
        "type": "function_call",
        "namespace": "n",
        "call_id": "call_9",
        "name": "f",
        "arguments": "{}",
        "status": "completed",
    }
    assert second["call_id"] == "call_1"


def test_a_call_of_a_custom_tool_is_known_by_the_request() -> None:
    writer = new_writer(Tool("f"), Tool("g", input_schema={}), Tool("web_search", is_hosted=True))
    events = [
        event
        for block, name in enumerate(["f", "g", "web_search"])
        for event in (BlockStart(block, BlockKind.TOOL, tool_name=name), BlockEnd(block))
    ]
    assert [item["type"] for item in final(*events, writer=writer)["output"]] == [
        "custom_tool_call",
        "function_call",
        "function_call",
    ]


def test_a_vendors_own_block_is_told_as_it_came() -> None:
    item: dict[str, object] = {"type": "web_search_call", "id": "ws_1"}
    done = {**item, "status": "completed"}
    payloads = told(
        new_writer(),
        START,
        BlockStart(0, BlockKind.VENDOR, extras=own(item=item, output_index=0)),
        ExtrasDelta(0, own(event={"type": "response.web_search_call.searching"})),
        ExtrasDelta(0, {"elsewhere": {"item": {}}}),
        ExtrasDelta(0, own(item=done)),
        BlockEnd(0),
        END,
        StreamEnd(),
    )
    assert kinds(payloads)[2:-1] == ["output_item.added", "web_search_call.searching", "output_item.done"]
    assert payloads[-1]["response"]["output"] == [done]


def test_blocks_of_other_vendors_and_choices_are_left_out() -> None:
    events: list[Event] = [
        BlockStart(0, BlockKind.VENDOR, extras={"elsewhere": {"item": {}}}),
        ExtrasDelta(0, own(event={"type": "x"})),
        BlockEnd(0),
        BlockStart(1, BlockKind.TEXT, choice=1),
        TextDelta(1, "a"),
        BlockEnd(1),
        ChoiceEnd(1, FinishReason(Stop.LENGTH)),
    ]
    response = final(*events, END)
    assert (response["output"], response["status"]) == ([], "completed")


@pytest.mark.parametrize(
    ("stop", "kind", "status", "details"),
    [
        (Stop.LENGTH, "incomplete", "incomplete", {"reason": "max_output_tokens"}),
        (Stop.CANCELLED, "incomplete", "cancelled", None),
        (Stop.STOP_SEQUENCE, "completed", "completed", None),
    ],
)
def test_every_end_has_its_event(stop: Stop, kind: str, status: str, details: object) -> None:
    payloads = told(new_writer(), START, ChoiceEnd(0, FinishReason(stop)), StreamEnd())
    assert kinds(payloads)[-1] == kind
    response = payloads[-1]["response"]
    assert (response["status"], response["incomplete_details"]) == (status, details)


def test_this_vendors_own_words_for_an_end_are_kept() -> None:
    extras = own(status="incomplete", incomplete_details={"reason": "steered"}, service_tier="flex")
    response = final(ChoiceEnd(0, FinishReason(Stop.OTHER, "steered"), extras))
    assert (response["status"], response["incomplete_details"]) == ("incomplete", {"reason": "steered"})
    assert response["service_tier"] == "flex"


def test_what_the_end_cuts_off_is_incomplete_and_nothing_else_is() -> None:
    cut: list[Event] = [*text(0, "a"), *text(1, "b"), ChoiceEnd(0, FinishReason(Stop.LENGTH))]
    assert [item["status"] for item in final(*cut)["output"]] == ["completed", "incomplete"]
    writer = new_writer()
    told(writer, START, *cut[:2])
    (*_, done) = told(writer, *cut[2:3], ChoiceEnd(0, FinishReason(Stop.LENGTH)))
    assert done["item"]["status"] == "incomplete"


def test_an_error_ends_the_stream() -> None:
    payloads = told(new_writer(), START, *text(0, "a")[:2], StreamError("engine_unavailable", "gone"))
    assert kinds(payloads)[-1] == "error"
    assert payloads[-1]["code"] == payloads[-1]["error"]["code"] == "engine_unavailable"
    assert payloads[-1]["sequence_number"] == len(payloads) - 1


def seen(**fields: object) -> Payload:
    return msgspec.convert({**fields, "type": f"response.{fields['type']}"}, Payload)


def item_added(item: dict[str, object], index: int = 0) -> Payload:
    return Payload("response.output_item.added", output_index=index, item=msgspec.Raw(msgspec.json.encode(item)))


def test_what_the_reader_saw_goes_on_where_it_stood() -> None:
    writer = new_writer()
    writer.follow([START])
    writer.follow([BlockStart(0, BlockKind.TEXT, extras=own(id="msg_9", output_index=2))])
    writer.follow_delta(TextDelta(0, "a"))
    writer.follow_delta(TextDelta(9, "of another choice"))
    writer.out.number = 7
    payloads = told(writer, BlockEnd(0), ChoiceEnd(0, FinishReason(Stop.CANCELLED)), StreamEnd())
    assert kinds(payloads) == ["output_text.done", "content_part.done", "output_item.done", "incomplete"]
    assert [payload.get("output_index") for payload in payloads] == [2, 2, 2, None]
    assert payloads[2]["item"]["status"] == "incomplete"
    assert [payload["sequence_number"] for payload in payloads] == [7, 8, 9, 10]


@pytest.mark.parametrize("kind", [BlockKind.TEXT, BlockKind.REFUSAL])
def test_a_delta_alone_is_told_as_one_among_others(kind: BlockKind) -> None:
    deltas = [TextDelta(0, "a % b"), TextDelta(1, "of another choice"), TextDelta(0, "é\n", [])]
    begun: list[Event] = [START, BlockStart(0, kind, extras=own(id="msg_%d")), BlockStart(1, kind, 1)]
    together, alone = new_writer(), new_writer()
    told(together, *begun)
    told(alone, *begun)
    assert [payload for delta in deltas for payload in told(alone, delta)] == told(together, *deltas)
    assert told(alone, BlockEnd(0))[0] == told(together, BlockEnd(0))[0]


def test_a_message_the_reader_saw_begin_ends_behind_a_delta_of_another() -> None:
    writer = new_writer()
    writer.follow([START, BlockStart(0, BlockKind.TEXT)])
    writer.follow([], item_added({"type": "message", "id": "msg_5"}, 1))
    assert kinds(told(writer, TextDelta(0, "a"))) == ["output_text.delta", "output_item.done"]


def test_what_comes_behind_what_the_reader_saw_has_the_next_place() -> None:
    writer = new_writer()
    writer.follow([START, *text(0, "a", id="msg_9", output_index=2)])
    assert told(writer, *text(1, "b"))[0]["output_index"] == 3


@pytest.mark.parametrize(
    ("steps", "left"),
    [
        (["output_text.done"], ["content_part.done", "output_item.done"]),
        (["output_text.done", "content_part.done"], ["output_item.done"]),
    ],
)
def test_endings_that_the_reader_saw_are_not_told_again(steps: list[str], left: list[str]) -> None:
    writer = new_writer()
    writer.follow([START, *text(0, "a", output_index=1)[:2]])
    for step in steps:
        writer.follow([], seen(type=step, output_index=1))
    assert kinds(told(writer, BlockEnd(0))) == left


def test_endings_of_what_is_not_open_change_nothing() -> None:
    writer = new_writer()
    writer.follow([START], seen(type="output_text.done", output_index=5))
    writer.follow([], seen(type="output_item.added"))
    writer.follow([], item_added({"type": "reasoning"}))
    writer.follow([BlockEnd(9)])
    assert kinds(told(writer, StreamEnd())) == ["completed"]


def test_a_message_that_has_no_part_yet_ends_too() -> None:
    writer = new_writer()
    writer.follow([START], item_added({"type": "message", "id": "msg_9", "content": []}, 1))
    done, end = told(writer, ChoiceEnd(0, FinishReason(Stop.CANCELLED)), StreamEnd())
    assert (done["output_index"], done["item"]["id"], done["item"]["status"]) == (1, "msg_9", "incomplete")
    assert end["response"]["output"] == [done["item"]]


def test_a_message_that_has_no_part_yet_is_the_one_whose_part_comes() -> None:
    writer = new_writer()
    writer.follow([START], item_added({"type": "message", "id": "msg_9", "content": []}))
    writer.follow([BlockStart(0, BlockKind.TEXT, extras=own(id="msg_9", output_index=0))])
    assert kinds(told(writer, BlockEnd(0), StreamEnd())) == [
        "output_text.done",
        "content_part.done",
        "output_item.done",
        "completed",
    ]


def test_a_finished_answer_can_be_had_without_telling_it() -> None:
    writer = new_writer()
    reasoning: list[Event] = [BlockStart(0, BlockKind.REASONING), ReasoningDelta(0, "a", "p"), BlockEnd(0)]
    writer.follow([START, *reasoning, *text(1, "b"), END, StreamEnd()])
    kind, response = writer.finished()
    assert kind == "response.completed"
    assert [item["type"] for item in json.loads(response)["output"]] == ["reasoning", "message"]
    assert writer.out.payloads == []
