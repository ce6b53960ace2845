from __future__ import annotations

import msgspec
import pytest
from support.generations import REQUEST, PlainEncoder
from support.schemachecks import compile_pattern

from sluiceway.delivery.generation import Ending, Generation, Origin
from sluiceway.delivery.guard import Guard, Plan
from sluiceway.delivery.outcome import GuardRecord, Outcome
from sluiceway.engine import Sink
from sluiceway.errors import SchemaViolation
from sluiceway.events import (
    BlockEnd,
    BlockKind,
    BlockStart,
    ChoiceEnd,
    Event,
    Frame,
    ReasoningDelta,
    StreamEnd,
    StreamStart,
    TextDelta,
    ToolInputDelta,
)
from sluiceway.metering.timeline import Timeline
from sluiceway.partial.schema.compile import compile_schema
from sluiceway.partial.schema.verdict import Violation
from sluiceway.request import Request
from sluiceway.testing import FakeClock, ScriptedCall, ScriptedEngine, Step, text_frames
from sluiceway.usage import FinishReason, Stop, Usage

SCHEMA = {
    "type": "object",
    "properties": {"name": {"type": "string", "maxLength": 3}},
    "required": ["name"],
    "additionalProperties": False,
}
GOOD, BAD = ['{"na', 'me":"a', 'bc"', "}"], ['{"name":', '"ab', "cd", 'ef"}']


def judge_nothing(_document: object) -> Violation | None:
    return None


def judge_harshly(_document: object) -> Violation | None:
    return Violation(("name",), "unevaluatedProperties", "it does not follow the schema")


def plan(schema: object = None, **fields: object) -> Plan:
    compiled = compile_schema(SCHEMA if schema is None else schema, compile_pattern)
    return msgspec.structs.replace(Plan(compiled, judge_nothing, stops=True), **fields)


def new_generation(clock: FakeClock) -> Generation:
    origin = Origin("g", "m", is_stream=True, engine="e", dialect="d")
    return Generation(origin, Timeline(0), clock=clock.time, max_pending_bytes=9999)


class Answer:
    """A guarded answer that has been played to its end."""

    def __init__(self, frames: list[Frame], guarded: Plan, *, at_once: bool = False) -> None:
        clock = FakeClock()
        steps: list[Step] = [(1, frames)] if at_once else [(1, [frame]) for frame in frames]
        engine = ScriptedEngine(steps, clock=clock)
        self.generation = new_generation(clock)
        self.generation.start(engine, REQUEST, Guard(self.generation, guarded))
        clock.advance(100)
        self.call = engine.calls[0]
        self.text = b"".join(map(PlainEncoder().encode, self.generation.take())).decode()

    @property
    def record(self) -> GuardRecord:
        assert self.generation.guard is not None
        return self.generation.guard

    @property
    def outcome(self) -> Outcome:
        return self.record.outcome


def frames_of(texts: list[str], stop: Stop = Stop.END) -> list[Frame]:
    frames = text_frames(texts)
    return [*frames[:-1], Frame([BlockEnd(0), ChoiceEnd(0, FinishReason(stop)), StreamEnd()])]


def test_an_answer_that_follows_its_schema_arrives_as_it_is() -> None:
    answer = Answer(frames_of(GOOD), plan())
    assert answer.text == '{"name":"abc"}.'
    assert (answer.outcome, answer.generation.ending) == (Outcome.VALID, Ending.COMPLETE)


@pytest.mark.parametrize("at_once", [False, True])
def test_the_first_violation_stops_the_engine_and_names_the_place(*, at_once: bool) -> None:
    answer = Answer(frames_of(BAD), plan(), at_once=at_once)
    assert answer.text == '{"name":"ab[schema_violation]'
    assert answer.call.actions[-1:] == ["abort"]
    error = answer.generation.error
    assert isinstance(error, SchemaViolation)
    assert (answer.generation.ending, error.pointer, error.keyword) == (Ending.SCHEMA_VIOLATION, "/name", "maxLength")
    assert str(error) == "the answer breaks its schema at /name: it is longer than 3 characters (maxLength)"
    assert answer.record == GuardRecord(Outcome.INVALID, "/name", "maxLength")


def test_what_was_generated_counts_though_the_reader_does_not_get_it() -> None:
    assert Answer(frames_of(BAD), plan()).generation.usage == Usage(output_tokens=3, is_estimate=True)
    whole = [Frame([*frame.events]) for frame in text_frames(BAD, usage=Usage(7, 9))]
    assert Answer(whole, plan(), at_once=True).generation.usage == Usage(7, 9)


def test_a_violation_may_only_be_reported() -> None:
    reports: list[GuardRecord] = []
    answer = Answer(frames_of(BAD), plan(stops=False, report=reports.append))
    assert answer.text == '{"name":"abcdef"}.'
    assert (answer.generation.ending, answer.outcome) == (Ending.COMPLETE, Outcome.INVALID)
    assert reports == [answer.record]


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["Sure! "], "the answer breaks its schema at its root: "),
        (["{}"], "the answer breaks its schema at its root: it has no member 'name' (required)"),
        (['{"name":"a'], "the answer breaks its schema at /name: the text ends before its value does"),
        ([], "the answer breaks its schema at its root: the text ends before its value does"),
        (['{"name":"a"}', " and"], "the answer breaks its schema at its root: "),
    ],
)
def test_what_is_no_such_document_is_a_violation(texts: list[str], message: str) -> None:
    answer = Answer(frames_of(texts), plan())
    assert str(answer.generation.error).startswith(message)
    assert answer.text.endswith("[schema_violation]")


def test_the_judge_has_the_last_word() -> None:
    answer = Answer(frames_of(GOOD), plan(judge=judge_harshly))
    assert answer.text == '{"name":"abc"[schema_violation]'
    assert answer.record == GuardRecord(Outcome.INVALID, "/name", "unevaluatedProperties")


def test_a_number_that_is_all_of_the_document_is_judged_at_its_end() -> None:
    assert Answer(frames_of(["1", "2"]), plan(True)).outcome is Outcome.VALID
    assert Answer(frames_of(["1", "2"]), plan(True, judge=judge_harshly)).outcome is Outcome.INVALID


@pytest.mark.parametrize("stop", [Stop.LENGTH, Stop.CONTENT_FILTER, Stop.CANCELLED])
def test_an_answer_that_is_cut_short_is_unfinished_and_no_violation(stop: Stop) -> None:
    answer = Answer(frames_of(GOOD[:2], stop), plan())
    assert (answer.generation.ending, answer.outcome) == (Ending.COMPLETE, Outcome.UNFINISHED)


def test_a_document_that_was_whole_before_the_cut_is_valid() -> None:
    assert Answer(frames_of(GOOD, Stop.LENGTH), plan()).outcome is Outcome.VALID


@pytest.mark.parametrize("kind", [BlockKind.TOOL, BlockKind.REFUSAL])
def test_a_tool_call_or_a_refusal_is_not_held_to_the_schema(kind: BlockKind) -> None:
    delta = ToolInputDelta(0, "{}") if kind is BlockKind.TOOL else TextDelta(0, "No.")
    end: list[Event] = [BlockEnd(0), ChoiceEnd(0, FinishReason(Stop.END)), StreamEnd()]
    answer = Answer([Frame([StreamStart(), BlockStart(0, kind), delta]), Frame(end)], plan())
    assert (answer.generation.ending, answer.outcome) == (Ending.COMPLETE, Outcome.UNCHECKED)


def test_reasoning_and_other_choices_are_not_held_to_the_schema() -> None:
    start: list[Event] = [StreamStart(), BlockStart(0, BlockKind.REASONING), BlockStart(1, BlockKind.TEXT, 1)]
    other: list[Event] = [ReasoningDelta(0, "Hm."), TextDelta(1, "No."), BlockEnd(0), BlockEnd(1)]
    end: list[Event] = [ChoiceEnd(1, FinishReason(Stop.END)), ChoiceEnd(0, FinishReason(Stop.END)), StreamEnd()]
    text: list[Event] = [BlockStart(2, BlockKind.TEXT), TextDelta(2, '{"name":""}'), BlockEnd(2)]
    assert Answer([Frame([*start, *other]), Frame([*text, *end])], plan()).outcome is Outcome.VALID


def test_a_fence_and_words_around_the_document_may_be_left_out_of_account() -> None:
    texts = ["Here you", " are:\n```json\n", *GOOD, "\n```\nAnything else?"]
    answer = Answer(frames_of(texts), plan(strips=True))
    assert (answer.text, answer.outcome) == ("".join(texts) + ".", Outcome.VALID)
    assert Answer(frames_of(texts), plan()).outcome is Outcome.INVALID


def test_a_document_that_cannot_be_followed_to_its_end_is_unchecked() -> None:
    answer = Answer(frames_of(["[" * 100, "]" * 100]), plan(True, judge=judge_harshly))
    assert (answer.generation.ending, answer.outcome) == (Ending.COMPLETE, Outcome.UNCHECKED)


def test_a_long_place_is_cut() -> None:
    schema = {"additionalProperties": False}
    answer = Answer(frames_of(['{"' + "x" * 1000 + '":1', "}"]), plan(schema))
    assert (len(answer.record.pointer), len(str(answer.generation.error)) <= 500) == (200, True)


def test_the_lane_stays_closed() -> None:
    generation = Generation(
        Origin("g", "m", True, "e", "d"), Timeline(0), clock=FakeClock().time, max_pending_bytes=9
    )
    guard = Guard(generation, plan())
    generation.open_lane(lambda _usual: None)
    assert guard.lane is not generation.lane
    assert guard.lane.lead is None
    guard.lane.settle()


class InstantEngine(ScriptedEngine):
    """Feeds before it returns."""

    def start(self, request: Request, sink: Sink) -> ScriptedCall:
        call = super().start(request, sink)
        sink.feed(frames_of(BAD))
        return call


def test_an_engine_that_answers_on_the_spot_is_stopped_too() -> None:
    engine = InstantEngine([], clock=FakeClock())
    generation = Generation(
        Origin("g", "m", True, "e", "d"), Timeline(0), clock=FakeClock().time, max_pending_bytes=9
    )
    generation.start(engine, REQUEST, Guard(generation, plan()))
    assert engine.calls[0].is_over
    assert generation.ending is Ending.SCHEMA_VIOLATION
