from __future__ import annotations

import pytest
from support.ollamalines import chat, generate, ndjson

from sluiceway.dialects.ollama.template import LineTemplate
from sluiceway.events import Event, ReasoningDelta, TextDelta


class Place:
    def __init__(self) -> None:
        self.block = 0


def learned(line: bytes, name: bytes, delta: TextDelta | ReasoningDelta) -> LineTemplate:
    template = LineTemplate(Place())
    template.remember(ndjson(line), name, delta)
    return template


def stamped(line: bytes, stamp: str) -> bytes:
    return ndjson(line.replace(b"2025-06-03T08:46:59.471368Z", stamp.encode()))


TEXT = learned(chat("a"), b'"content"', TextDelta(0, "a"))


@pytest.mark.parametrize("stamp", ["2025-06-03T08:47:00.1Z", "", "\u2603"])
def test_a_line_with_another_text_and_stamp_is_known(stamp: str) -> None:
    assert TEXT.match(stamped(chat(" río"), stamp)) == TextDelta(0, " río")
    assert TEXT.usual is None


@pytest.mark.parametrize(
    "raw",
    [
        ndjson(chat("")),
        ndjson(chat('a"b')),
        ndjson(chat("a\\b")),
        ndjson(chat("a", done=True)),
        ndjson(chat("a", thinking="b")),
        ndjson(chat("a"), chat("b")),
        ndjson(chat("a"))[:-1],
        ndjson(generate("a")),
        ndjson(chat("a")).replace(b"2025", b'20"25'),
        ndjson(chat("a")).replace(b"2025", b"20\n25"),
        ndjson(chat("a")).replace(b'"message"', b'"massage"'),
        b"",
    ],
)
def test_any_other_line_has_to_be_taken_apart(raw: bytes) -> None:
    assert TEXT.match(raw) is None


@pytest.mark.parametrize(
    ("line", "name", "delta", "other", "told"),
    [
        (generate("a"), b'"response"', TextDelta(0, "a"), generate("b"), TextDelta(0, "b")),
        (
            chat(thinking="a"),
            b'"thinking"',
            ReasoningDelta(0, "a"),
            chat(thinking="b"),
            ReasoningDelta(0, "b"),
        ),
    ],
)
def test_each_kind_of_line_can_be_learned(
    line: bytes, name: bytes, delta: TextDelta | ReasoningDelta, other: bytes, told: Event
) -> None:
    assert learned(line, name, delta).match(ndjson(other)) == told


@pytest.mark.parametrize(
    "line",
    [
        chat("a", beside={"vendor": "\\"}),
        chat("a", beside={"vendor": {"content": "a"}}),
        chat("a", beside={"vendor": {"created_at": "x"}}),
        chat("\n"),
        chat("b"),
        generate("a"),
        b'{"message":{"content":"a"}}',
        b'{"message":{"content":"a"},"created_at":"x"}',
        b'{"created_at":"\\u0061","message":{"content":"a"}}',
        b'{"created_at":"x","message":{"content": "a"}}',
        b'{"created_at":"x","message":{"content":"ab"}}',
    ],
)
def test_a_line_that_could_mislead_is_not_learned(line: bytes) -> None:
    template = learned(line, b'"content"', TextDelta(0, "a"))
    assert template.match(ndjson(line)) is None
    assert template.match(ndjson(chat("a"))) is None


def test_a_block_that_has_ended_is_not_added_to() -> None:
    place = Place()
    template = LineTemplate(place)
    template.remember(ndjson(chat("a")), b'"content"', TextDelta(0, "a"))
    place.block = -1
    assert template.match(ndjson(chat("a"))) is None


def test_after_some_attempts_nothing_more_is_learned() -> None:
    template = LineTemplate(Place())
    for _ in range(16):
        template.remember(b"{}", b'"content"', TextDelta(0, "a"))
    template.remember(ndjson(chat("a")), b'"content"', TextDelta(0, "a"))
    assert template.match(ndjson(chat("a"))) is None
