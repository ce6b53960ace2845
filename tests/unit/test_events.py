"""The canonical events are plain frozen records."""

from __future__ import annotations

from typing import get_args

import pytest

from sluiceway import events
from sluiceway.events import BlockKind, BlockStart, Event, Frame, StreamStart, TextDelta, TokenLogprob


def test_the_union_holds_every_event_that_is_exported() -> None:
    others = {"BlockKind", "Event", "Frame", "TokenLogprob"}
    assert {event.__name__ for event in get_args(Event)} == set(events.__all__) - others


@pytest.mark.parametrize("event", get_args(Event))
def test_events_are_named_noun_then_action(event: type) -> None:
    actions = ("Start", "Delta", "End")
    assert event.__name__.endswith(actions) or event.__name__ in {"UsageReport", "StreamError"}


def test_events_are_frozen_and_compare_by_value() -> None:
    delta = TextDelta(0, "Hi")
    assert delta == TextDelta(0, "Hi", None)
    with pytest.raises(AttributeError, match="immutable"):
        delta.text = "Ho"  # type: ignore[misc]


def test_an_answer_that_says_nothing_about_itself_is_empty() -> None:
    start = StreamStart()
    assert (start.id, start.model, start.created_at_unix_s, start.extras) == ("", "", None, {})


def test_extras_are_not_shared_between_events() -> None:
    first, second = BlockStart(0, BlockKind.TEXT), BlockStart(1, BlockKind.TEXT)
    first.extras["openai_chat"] = {"a": 1}
    assert second.extras == {}


def test_a_token_without_alternatives_has_none() -> None:
    token = TokenLogprob("Hi", -0.5)
    assert (token.bytes, token.top) == (None, [])


def test_a_frame_may_say_nothing_and_still_have_bytes() -> None:
    assert Frame([], "openai_chat/sse", b": ping\n").events == []
