from __future__ import annotations

from sluiceway.dialects.openai_responses.out import Out


def test_events_are_numbered_as_they_are_told() -> None:
    out = Out()
    out.tell("a", {"x": 1})
    out.tell_text("b", b'{"type":"b"')
    assert out.payloads == [
        ("a", b'{"type":"a","x":1,"sequence_number":0}'),
        ("b", b'{"type":"b","sequence_number":1}'),
    ]


def test_what_is_muted_is_neither_told_nor_numbered() -> None:
    out = Out()
    out.is_muted = True
    out.tell("a", {})
    out.tell_text("b", b"{")
    assert (out.payloads, out.number) == ([], 0)
