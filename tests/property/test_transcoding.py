"""Any dialect in, any dialect out: told in one, read, told in another and read, an answer loses what they lose."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from support.event_sequences import event_sequences
from support.losses import known, lose
from support.transcoding import BOTH_WAYS, check_stream, decode, losses_of, read_back, tell

from sluiceway.events import Event, StreamError
from sluiceway.fold import fold, unfold

PAIRS = st.tuples(st.sampled_from(BOTH_WAYS), st.sampled_from(BOTH_WAYS))
# Enough for each of the 36 pairs to come several times.
EXAMPLES = 200


@settings(max_examples=EXAMPLES)
@given(pair=PAIRS, events=event_sequences(is_complete=True))
def test_two_dialects_on_the_way_lose_what_they_cannot_hold(pair: tuple[str, str], events: list[Event]) -> None:
    completion = fold(events)
    told = unfold(completion)
    for name in pair:
        body = tell(name, told)
        check_stream(name, body)
        told = decode(name, body)
        completion = lose(completion, losses_of(name, is_stream=True))
        assert known(fold(told)) == known(completion)


@settings(max_examples=EXAMPLES // 2)
@given(name=st.sampled_from(BOTH_WAYS), events=event_sequences(is_complete=True))
def test_a_whole_answer_loses_what_its_dialect_cannot_hold(name: str, events: list[Event]) -> None:
    completion = fold(events)
    body = tell(name, unfold(completion), is_stream=False)
    expected = lose(completion, losses_of(name, is_stream=False))
    assert known(read_back(name, body, is_stream=False)) == known(expected)


@settings(max_examples=EXAMPLES // 2)
@given(pair=PAIRS, events=event_sequences(is_complete=False))
def test_an_error_passes_through_two_dialects(pair: tuple[str, str], events: list[Event]) -> None:
    error = events[-1]
    assert isinstance(error, StreamError)
    told = events
    for name in pair:
        body = tell(name, told)
        check_stream(name, body)
        told = decode(name, body)
    last = told[-1]
    assert isinstance(last, StreamError)
    assert error.message in last.message
