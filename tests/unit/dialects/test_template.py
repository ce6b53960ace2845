from __future__ import annotations

import json

import msgspec
import pytest
from support.chatchunks import chunk

from sluiceway.dialects.openai_chat.blocks import ChoiceState
from sluiceway.dialects.template import Beside, Template, silent_fields
from sluiceway.events import BlockEnd, BlockKind, Event, Frame, ReasoningDelta, TextDelta, TokenLogprob
from sluiceway.usual import Around, Usual

NAMES = {BlockKind.TEXT: (b'"content"',), BlockKind.REASONING: (b'"reasoning_content"', b'"reasoning"')}


def state(kind: BlockKind = BlockKind.TEXT) -> ChoiceState:
    choice = ChoiceState(0)
    choice.block = 3
    choice.kind = kind
    return choice


def learned(payload: bytes, event: Event, kind: BlockKind = BlockKind.TEXT) -> Template:
    template = Template("w", NAMES)
    template.learn(payload, state(kind), kind, event)
    return template


def match(template: Template, raw: bytes) -> Event | None:
    """Return what the template says of one event; None where it takes nothing."""
    frames: list[Frame] = []
    taken = template.take(raw, "w", frames)
    assert frames == ([Frame(frames[0].events, "w", raw)] if taken else [])
    assert taken in {0, len(raw)}
    return frames[0].events[0] if frames else None


def test_nothing_matches_before_anything_was_learned() -> None:
    assert match(Template("w", NAMES), chunk({"content": "a"})) is None


def test_a_payload_that_differs_in_its_text_only_matches() -> None:
    template = learned(chunk({"content": "a"}), TextDelta(3, "a"))
    assert match(template, chunk({"content": "née 東京 😀"})) == TextDelta(3, "née 東京 😀")


@pytest.mark.parametrize("name", ["reasoning", "reasoning_content"])
def test_reasoning_has_its_own_names(name: str) -> None:
    template = learned(chunk({name: "a", "content": ""}), ReasoningDelta(3, "a"), BlockKind.REASONING)
    assert match(template, chunk({name: "b", "content": ""})) == ReasoningDelta(3, "b")


@pytest.mark.parametrize(
    "text", ['a"', '"', "a\\", "a\n", "\t", "\u2028", "\x7f", '","b":"', '"},"finish_reason":null}]}']
)
def test_a_text_is_unescaped(text: str) -> None:
    template = learned(chunk({"content": "a"}), TextDelta(3, "a"))
    assert match(template, chunk({"content": text})) == TextDelta(3, text)


@pytest.mark.parametrize("text", [b"", b"a\n", b"\t", b"\\x", b"\\ud800", b"\\u12", b"\\", b"\\\n", b"\xff"])
def test_what_is_no_text_is_left_to_the_parser(text: bytes) -> None:
    payload = chunk({"content": "a"})
    assert match(learned(payload, TextDelta(3, "a")), payload.replace(b'"a"', b'"%b"' % text)) is None


@pytest.mark.parametrize(
    "payload", [chunk({"content": "b"}, id="other"), chunk({"content": "b"}, finish="stop"), b"[DONE]", b"{}"]
)
def test_a_payload_that_differs_elsewhere_does_not_match(payload: bytes) -> None:
    assert match(learned(chunk({"content": "a"}), TextDelta(3, "a")), payload) is None


def test_head_and_tail_may_not_share_bytes() -> None:
    payload = chunk({"content": "a"})
    shared = payload.replace(b'"a"', b'"')
    assert match(learned(payload, TextDelta(3, "a")), shared) is None


def test_nothing_matches_once_the_block_has_ended() -> None:
    choice = state()
    template = Template("w", NAMES)
    template.learn(chunk({"content": "a"}), choice, BlockKind.TEXT, TextDelta(3, "a"))
    choice.block = 4
    assert match(template, chunk({"content": "b"})) is None


@pytest.mark.parametrize(
    ("payload", "event"),
    [
        (chunk({"content": "a"}), BlockEnd(3)),
        (chunk({"content": "a"}), TextDelta(3, "a", [TokenLogprob("a", 0)])),
        (chunk({"content": "a"}), TextDelta(2, "a")),
        (chunk({"content": ""}), TextDelta(3, "")),
        (chunk({"refusal": "a"}), TextDelta(3, "a")),
        (chunk({"content": "a"}).replace(b":", b":  "), TextDelta(3, "a")),
        (b'{"content":"a"}\n\r', TextDelta(3, "a")),
        (b'data: {"content":"a"}\nid: 5}\n\n', TextDelta(3, "a")),
        (chunk({"content": "\n"}), TextDelta(3, "\n")),
        (chunk({"content": "a", "x": {"content": "b"}}), TextDelta(3, "a")),
        (chunk({"content": "a"}, x="\\"), TextDelta(3, "a")),
        (b'{"\\u0063ontent":"b","content":"a"}', TextDelta(3, "a")),
    ],
)
def test_a_payload_that_leaves_a_doubt_is_not_learned(payload: bytes, event: Event) -> None:
    assert match(learned(payload, event), payload) is None


def test_a_refusal_has_no_template() -> None:
    payload = chunk({"refusal": "a"})
    assert match(learned(payload, TextDelta(3, "a"), BlockKind.REFUSAL), payload) is None


def test_a_server_that_never_repeats_itself_is_given_up() -> None:
    template = Template("w", NAMES)
    choice = state()
    for number in range(17):
        payload = chunk({"content": "a"}, obfuscation=str(number))
        template.learn(payload, choice, BlockKind.TEXT, TextDelta(3, "a"))
    assert match(template, payload) is None
    assert match(template, chunk({"content": "a"}, obfuscation="15")) == TextDelta(3, "a")


SILENT = silent_fields("number", "padding", "time")


def varied(before: bytes = b'"now"', number: bytes = b"1", padding: bytes = b'"xy"', spaces: bytes = b"") -> bytes:
    head = b'data: {"time":%b,"content": "a"' % before
    return head + b',"number": %b,"padding":%b%b}\n\n' % (number, padding, spaces)


def varied_template() -> Template:
    template = Template("w", NAMES, SILENT)
    template.learn(varied(), state(), BlockKind.TEXT, TextDelta(3, "a"))
    return template


@pytest.mark.parametrize(
    "raw",
    [
        varied(),
        varied(b'"later"', b"0", b'""', b"   "),
        varied(number=b"999999999999999999"),
        varied(padding=b'" ~!"'),
        varied().replace(b'"a"', b'"b"'),
    ],
)
def test_silent_values_may_differ(raw: bytes) -> None:
    found = match(varied_template(), raw)
    assert isinstance(found, TextDelta)
    assert found.text in {"a", "b"}


@pytest.mark.parametrize(
    "raw",
    [
        varied(number=b"01"),
        varied(number=b"-1"),
        varied(number=b"1.5"),
        varied(number=b""),
        varied(number=b'"1"'),
        varied(number=b"9" * 19),
        varied(padding=b"null"),
        varied(padding=b'"\\n"'),
        varied(padding=b'"\n"'),
        varied(padding=b'"x","content":"c"'),
        varied(padding=b'"\xc3\xa9"'),
        varied(spaces=b"\t"),
        varied(spaces=b"}"),
        varied()[:-1],
        varied().replace(b"content", b"kontent"),
        varied().replace(b"padding", b"badding"),
    ],
)
def test_what_is_no_silent_value_is_left_to_the_parser(raw: bytes) -> None:
    assert match(varied_template(), raw) is None


def test_an_event_whose_silent_values_vary_is_not_known_by_heart() -> None:
    assert varied_template().usual is None


def test_spaces_before_the_last_brace_are_silent_and_the_usual_event_has_as_many_as_the_first() -> None:
    template = learned(b'{"content":"a"}\n', TextDelta(3, "a"))
    assert match(template, b'{"content":"b"  }\n') == TextDelta(3, "b")
    assert template.usual == Usual("w", Around(b'{"content":"', b'"}\n'), 3)


def test_all_events_that_follow_are_taken_at_once() -> None:
    template = varied_template()
    frames: list[Frame] = []
    events = [varied(), varied(number=b"2"), varied(spaces=b" ")]
    assert template.take(b"".join(events) + b"data: x", "w", frames) == sum(map(len, events))
    assert [frame.raw for frame in frames] == events


COUNTS = b'"counts"'


def read_counts(record: bytes, events: list[Event]) -> bool:
    """Tell a block that has ended by each number; refuse what is no list of numbers."""
    try:
        events += [BlockEnd(number) for number in msgspec.json.decode(record, type=list[int])]
    except msgspec.DecodeError:
        return False
    return True


def counted(said: bytes, counts: bytes, before: bytes = b"") -> bytes:
    return b'data: {%b"content": "%b", "counts": %b,"end":1}\r\n\r\n' % (before, said, counts)


def counted_template(raw: bytes, record: bytes = b"[1]") -> Template:
    template = Template("w", NAMES)
    template.learn(raw, state(), BlockKind.TEXT, TextDelta(3, "a"), Beside(COUNTS, record, read_counts))
    return template


@pytest.mark.parametrize("counts", [b"[1]", b"[2, 3]", b"[]"])
@pytest.mark.parametrize("said", [b"a", b"b", b'\\"c', b'\\",\\"counts\\": [5]'])
def test_a_record_beside_the_text_is_told_too_and_such_an_event_is_not_known_by_heart(
    said: bytes, counts: bytes
) -> None:
    template = counted_template(counted(b"a", b"[1]"))
    raw = counted(said, counts)
    frames: list[Frame] = []
    assert template.take(raw + b"data: x", "w", frames) == len(raw)
    told = [BlockEnd(number) for number in json.loads(counts)]
    assert frames == [Frame([TextDelta(3, json.loads(b'"%b"' % said)), *told], "w", raw)]
    assert template.usual is None


@pytest.mark.parametrize(
    "counts",
    [
        b"",
        b"[",
        b"[1],",
        b'["1"]',
        b"[1\n]",
        b"[1\r]",
        b'[1],"counts": [2]',
        b'[1],"content": "b"',
        b"[1] }",
        b"[1] ",
        b" [1]",
        b"\xff",
    ],
)
def test_what_is_no_record_on_one_line_is_left_to_the_parser(counts: bytes) -> None:
    template = counted_template(counted(b"a", b"[1]"))
    assert match(template, counted(b"a", counts)) is None
    assert match(template, counted(b"a", b"[1]")[:-1]) is None


@pytest.mark.parametrize(
    ("raw", "record"),
    [
        (counted(b"a", b"[1]", b'"x":{"counts": [1]},'), b"[1]"),
        (counted(b"a", b"[1]"), b"[2]"),
        (b'data: {"counts": [1],"content": "a"}\n\n', b"[1]"),
    ],
)
def test_a_record_that_is_not_where_it_can_be_found_again_is_not_learned(raw: bytes, record: bytes) -> None:
    assert match(counted_template(raw, record), raw) is None


def test_a_field_can_be_named_for_each_event() -> None:
    template = Template("w", {})
    assert template.learn_field(b'{"a":"a","b":"b"}\n', state(), b'"b"', TextDelta(3, "b"))
    assert match(template, b'{"a":"a","b":"c"}\n') == TextDelta(3, "c")
    assert not template.learn_field(b'{"a":"a"}\n', state(), b'"b"', TextDelta(3, "a"))
