"""JSON taken out of the words around it."""

from __future__ import annotations

import pytest

from sluiceway.partial.fence import FenceFilter, strip_fence

CASES = [
    ('{"a": 1}', '{"a": 1}'),
    ("  \n[1, [2]]\n", "[1, [2]]"),
    ('```json\n{"a": 1}\n```', '{"a": 1}'),
    ("```\n[1]\n```\nI hope this helps {x}!", "[1]"),
    ('Sure [as asked]! Here it is:\n\n```json\n{"a": "x"}\n```', '{"a": "x"}'),
    ('Here: {"a": 1}. Bye.', '{"a": 1}'),
    ("The list:\n  [1]", "[1]"),
    ('```json {"a": 1}```', '{"a": 1}'),
    ('```json\n"it is \\"it\\" \\\\"\n```', '"it is \\"it\\" \\\\"'),
    ("```json\n\n 42\n```", "42"),
    ("```\ntrue```", "true"),
    ('{"code": "```\\n}\\"]"} ```', '{"code": "```\\n}\\"]"}'),
    ("`x` and ``y`` are no fence: {}", "{}"),
    ("I cannot do that.", ""),
    ("", ""),
    ('{"a": [1', '{"a": [1'),
    ("[1} rest", "[1}"),
    ("```json\n] x", "]"),
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_the_value_is_what_is_left(text: str, expected: str) -> None:
    assert strip_fence(text) == expected


@pytest.mark.parametrize("text", [text for text, _ in CASES])
@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_no_cut_changes_it(text: str, size: int) -> None:
    fence = FenceFilter()
    pieces = [text[start : start + size] for start in range(0, len(text), size)]
    assert "".join(map(fence.push, pieces)) == strip_fence(text)


def test_it_says_when_the_value_has_ended() -> None:
    fence = FenceFilter()
    ended = []
    for piece in ('{"a": "}"', "}", " {}"):
        fence.push(piece)
        ended.append(fence.is_behind)
    assert ended == [False, True, True]
    assert fence.push("{}") == ""
