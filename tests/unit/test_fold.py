"""Folding deltas into the finished completion, and unfolding it again."""

from __future__ import annotations

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
    TokenLogprob,
    ToolInputDelta,
    UsageReport,
)
from sluiceway.fold import Block, Choice, Completion, Folder, fold, unfold
from sluiceway.usage import FinishReason, Stop, Usage

START = StreamStart("id", "m", 7)
END = FinishReason(Stop.END, "stop")
HI, HO = TokenLogprob("Hi", -0.1), TokenLogprob("Ho", -0.2)


def fold_block(start: BlockStart, *deltas: Event) -> Block:
    return fold([START, start, *deltas, BlockEnd(start.block)]).choices[0].blocks[0]


def test_nothing_folds_to_an_empty_completion() -> None:
    assert fold([]) == Completion()


def test_a_whole_answer_folds_to_its_text_usage_and_reason() -> None:
    text = BlockStart(0, BlockKind.TEXT)
    events: list[Event] = [START, text, TextDelta(0, "H"), TextDelta(0, "i"), BlockEnd(0), ChoiceEnd(0, END)]
    ending: list[Event] = [UsageReport(Usage(1)), UsageReport(Usage(1, 2)), StreamEnd()]
    choices = [Choice(0, [Block(text, "Hi", is_complete=True)], END)]
    assert fold(events + ending) == Completion(START, choices, Usage(1, 2), is_complete=True)


def test_log_probabilities_are_joined_and_none_is_not_empty() -> None:
    text = BlockStart(0, BlockKind.TEXT)
    deltas = TextDelta(0, "Hi", [HI]), TextDelta(0, "-"), TextDelta(0, "Ho", [HO])
    assert fold_block(text, *deltas).logprobs == [HI, HO]
    assert fold_block(text, TextDelta(0, "Hi")).logprobs is None
    assert fold_block(text, TextDelta(0, "", [])).logprobs == []


def test_the_lists_of_the_events_stay_as_they_were() -> None:
    first = TextDelta(0, "Hi", [HI])
    fold_block(BlockStart(0, BlockKind.TEXT), first, TextDelta(0, "Ho", [HO]))
    assert first.logprobs == [HI]


def test_a_signature_is_assigned_rather_than_joined() -> None:
    deltas = ReasoningDelta(0, "H"), ReasoningDelta(0, "m", "a"), ReasoningDelta(0, "", "b"), ReasoningDelta(0, "!")
    block = fold_block(BlockStart(0, BlockKind.REASONING), *deltas)
    assert (block.text, block.signature) == ("Hm!", "b")


def test_tool_input_is_joined_as_text() -> None:
    block = fold_block(BlockStart(0, BlockKind.TOOL), ToolInputDelta(0, '{"a'), ToolInputDelta(0, '":1}'))
    assert block.text == '{"a":1}'


def test_choices_are_sorted_and_keep_their_own_blocks() -> None:
    second, first = BlockStart(0, BlockKind.TEXT, 1), BlockStart(1, BlockKind.TEXT, 0)
    completion = fold([START, second, first, TextDelta(0, "b"), TextDelta(1, "a")])
    assert [(choice.index, choice.blocks[0].text) for choice in completion.choices] == [(0, "a"), (1, "b")]


def test_a_cut_answer_keeps_what_came_and_what_broke_it() -> None:
    error = StreamError("engine_error", "gone")
    completion = fold([START, BlockStart(0, BlockKind.TEXT), TextDelta(0, "Hi"), error])
    assert (completion.error, completion.is_complete) == (error, False)
    assert (completion.choices[0].reason, completion.choices[0].blocks[0].is_complete) == (None, False)


def test_a_completion_taken_on_the_way_does_not_change_later() -> None:
    folder = Folder()
    for event in (START, BlockStart(0, BlockKind.TEXT), TextDelta(0, "Hi", [HI])):
        folder.feed(event)
    early = folder.completion()
    folder.feed(TextDelta(0, "Ho", [HO]))
    folder.feed(BlockEnd(0))
    assert early.choices[0].blocks == [Block(BlockStart(0, BlockKind.TEXT), "Hi", logprobs=[HI])]
    assert folder.completion().choices[0].blocks[0].text == "HiHo"


def test_unfolding_gives_one_delta_a_block_in_the_order_of_opening() -> None:
    tool, text = BlockStart(0, BlockKind.TOOL, 1, "call_1", "f"), BlockStart(1, BlockKind.TEXT, 0)
    events: list[Event] = [START, tool, ToolInputDelta(0, "{}"), BlockEnd(0), text, TextDelta(1, "Hi"), BlockEnd(1)]
    ending: list[Event] = [ChoiceEnd(0, END), ChoiceEnd(1, END), UsageReport(Usage(1, 2)), StreamEnd()]
    assert unfold(fold(events + ending)) == events + ending


def test_unfolding_says_nothing_of_empty_blocks() -> None:
    starts: list[Event] = [BlockStart(number, kind) for number, kind in enumerate(BlockKind)]
    assert unfold(fold([START, *starts])) == [START, *starts]


def test_unfolding_keeps_a_signature_or_log_probabilities_without_text() -> None:
    reasoning: list[Event] = [START, BlockStart(0, BlockKind.REASONING), ReasoningDelta(0, "", "proof")]
    assert unfold(fold(reasoning)) == reasoning
    text: list[Event] = [START, BlockStart(0, BlockKind.TEXT), TextDelta(0, "", [])]
    assert unfold(fold(text)) == text


def test_unfolding_a_cut_answer_ends_with_what_broke_it() -> None:
    events: list[Event] = [START, BlockStart(0, BlockKind.REFUSAL), TextDelta(0, "No"), StreamError("x", "gone")]
    assert unfold(fold(events)) == events


def test_vendor_only_data_is_kept_in_order() -> None:
    notes: list[Event] = [ExtrasDelta(0, {"mine": {"note": number}}) for number in range(2)]
    events: list[Event] = [START, BlockStart(0, BlockKind.VENDOR), *notes, BlockEnd(0)]
    assert unfold(fold(events)) == events
