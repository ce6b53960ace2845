from __future__ import annotations

import pytest

from sluiceway.dialects.openai_completions.choices import Choices
from sluiceway.dialects.openai_completions.shapes import ChoiceShape, Logprobs
from sluiceway.errors import RemoteProtocolError
from sluiceway.events import BlockEnd, BlockKind, BlockStart, ChoiceEnd, Event, StreamStart, TextDelta, TokenLogprob
from sluiceway.order import check_order
from sluiceway.usage import FinishReason, Stop

END = FinishReason(Stop.END, "stop")


def feed(*shapes: ChoiceShape, is_last: bool = False) -> list[Event]:
    choices, events = Choices(), list[Event]()
    for shape in shapes:
        choices.feed(shape, events)
    choices.end(events, is_last=is_last)
    return events


def test_a_choice_is_one_block_that_ends_with_it() -> None:
    assert feed(ChoiceShape("a"), ChoiceShape("b"), ChoiceShape("", finish_reason="stop")) == [
        BlockStart(0, BlockKind.TEXT),
        TextDelta(0, "a"),
        TextDelta(0, "b"),
        BlockEnd(0),
        ChoiceEnd(0, END),
    ]


def test_choices_interleave() -> None:
    events = feed(ChoiceShape("a", 2), ChoiceShape("b", 0), ChoiceShape("c", 2, finish_reason="stop"), is_last=True)
    assert events[:5] == [
        BlockStart(0, BlockKind.TEXT, 2),
        TextDelta(0, "a"),
        BlockStart(1, BlockKind.TEXT, 0),
        TextDelta(1, "b"),
        TextDelta(0, "c"),
    ]
    assert events[5:] == [BlockEnd(0), ChoiceEnd(2, END), BlockEnd(1), ChoiceEnd(0, FinishReason(Stop.OTHER))]


def test_a_choice_without_text_has_no_block() -> None:
    assert feed(ChoiceShape("", finish_reason="length")) == [ChoiceEnd(0, FinishReason(Stop.LENGTH, "length"))]


def test_log_probabilities_go_with_their_text_and_count_without_it() -> None:
    events = feed(ChoiceShape(None, logprobs=Logprobs(["a"], [-1.0])))
    assert events[1] == TextDelta(0, "", [TokenLogprob("a", -1.0)])


def test_a_finish_reason_with_every_chunk_ends_the_choice_once() -> None:
    events = feed(ChoiceShape("a", finish_reason="length"), ChoiceShape("b", finish_reason="stop"))
    assert events[1:] == [TextDelta(0, "a"), TextDelta(0, "b"), BlockEnd(0), ChoiceEnd(0, END)]


@pytest.mark.parametrize("reason", ["###", 128001])
def test_what_stopped_vllm_is_kept(reason: str | int) -> None:
    events = feed(ChoiceShape("a", finish_reason="stop", stop_reason=reason))
    assert events[-1] == ChoiceEnd(0, END, {"openai_completions": {"stop_reason": reason}})


def test_text_after_the_end_is_refused() -> None:
    choices, events = Choices(), list[Event]()
    choices.feed(ChoiceShape("a", finish_reason="stop"), events)
    choices.end(events)
    choices.end(events)
    choices.feed(ChoiceShape("", finish_reason="stop"), events)
    with pytest.raises(RemoteProtocolError):
        choices.feed(ChoiceShape("b"), events)
    check_order([StreamStart(), *events])


def test_an_answer_has_finished_when_all_choices_have() -> None:
    choices, events = Choices(), list[Event]()
    assert not choices.has_finished
    choices.feed(ChoiceShape("a", 0, finish_reason="stop"), events)
    choices.feed(ChoiceShape("a", 1), events)
    assert not choices.has_finished
    choices.feed(ChoiceShape("", 1, finish_reason="stop"), events)
    assert choices.has_finished
