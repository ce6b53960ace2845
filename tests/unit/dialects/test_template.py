from __future__ import annotations

import pytest
from support.chatchunks import chunk

from sluiceway.dialects.openai_chat.blocks import ChoiceState
from sluiceway.dialects.template import Template
from sluiceway.events import BlockEnd, BlockKind, Event, ReasoningDelta, TextDelta, TokenLogprob

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


def test_nothing_matches_before_anything_was_learned() -> None:
    assert Template("w", NAMES).match(chunk({"content": "a"})) is None


def test_a_payload_that_differs_in_its_text_only_matches() -> None:
    template = learned(chunk({"content": "a"}), TextDelta(3, "a"))
    assert template.match(chunk({"content": "née 東京 😀"})) == TextDelta(3, "née 東京 😀")


@pytest.mark.parametrize("name", ["reasoning", "reasoning_content"])
def test_reasoning_has_its_own_names(name: str) -> None:
    template = learned(chunk({name: "a", "content": ""}), ReasoningDelta(3, "a"), BlockKind.REASONING)
    assert template.match(chunk({name: "b", "content": ""})) == ReasoningDelta(3, "b")


@pytest.mark.parametrize("text", ["", 'a"', "a\\", "a\n", "\t", "\u2028", "\x7f"])
def test_a_text_that_json_might_spell_otherwise_is_left_to_the_parser(text: str) -> None:
    template = learned(chunk({"content": "a"}), TextDelta(3, "a"))
    assert template.match(chunk({"content": text})) is None


@pytest.mark.parametrize(
    "payload", [chunk({"content": "b"}, id="other"), chunk({"content": "b"}, finish="stop"), b"[DONE]", b"{}"]
)
def test_a_payload_that_differs_elsewhere_does_not_match(payload: bytes) -> None:
    assert learned(chunk({"content": "a"}), TextDelta(3, "a")).match(payload) is None


def test_head_and_tail_may_not_share_bytes() -> None:
    payload = chunk({"content": "a"})
    shared = payload.replace(b'"a"', b'"')
    assert learned(payload, TextDelta(3, "a")).match(shared) is None


def test_bytes_that_are_no_utf8_are_left_to_the_parser() -> None:
    payload = chunk({"content": "a"})
    assert learned(payload, TextDelta(3, "a")).match(payload.replace(b'"a"', b'"\xff"')) is None


def test_nothing_matches_once_the_block_has_ended() -> None:
    choice = state()
    template = Template("w", NAMES)
    template.learn(chunk({"content": "a"}), choice, BlockKind.TEXT, TextDelta(3, "a"))
    choice.block = 4
    assert template.match(chunk({"content": "b"})) is None


@pytest.mark.parametrize(
    ("payload", "event"),
    [
        (chunk({"content": "a"}), BlockEnd(3)),
        (chunk({"content": "a"}), TextDelta(3, "a", [TokenLogprob("a", 0)])),
        (chunk({"content": "a"}), TextDelta(2, "a")),
        (chunk({"content": ""}), TextDelta(3, "")),
        (chunk({"refusal": "a"}), TextDelta(3, "a")),
        (chunk({"content": "a"}).replace(b":", b": "), TextDelta(3, "a")),
        (chunk({"content": "\n"}), TextDelta(3, "\n")),
        (chunk({"content": "a", "x": {"content": "b"}}), TextDelta(3, "a")),
        (chunk({"content": "a"}, x="\\"), TextDelta(3, "a")),
        (b'{"\\u0063ontent":"b","content":"a"}', TextDelta(3, "a")),
    ],
)
def test_a_payload_that_leaves_a_doubt_is_not_learned(payload: bytes, event: Event) -> None:
    assert learned(payload, event).match(payload) is None


def test_a_refusal_has_no_template() -> None:
    payload = chunk({"refusal": "a"})
    assert learned(payload, TextDelta(3, "a"), BlockKind.REFUSAL).match(payload) is None


def test_a_server_that_never_repeats_itself_is_given_up() -> None:
    template = Template("w", NAMES)
    choice = state()
    for number in range(17):
        payload = chunk({"content": "a"}, obfuscation=str(number))
        template.learn(payload, choice, BlockKind.TEXT, TextDelta(3, "a"))
    assert template.match(payload) is None
    assert template.match(chunk({"content": "a"}, obfuscation="15")) == TextDelta(3, "a")
