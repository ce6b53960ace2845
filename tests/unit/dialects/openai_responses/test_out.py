from __future__ import annotations

from sluiceway.dialects.openai_responses.out import Out, form_of


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


def test_a_number_is_taken_once() -> None:
    out = Out()
    assert [out.take_number(), out.take_number(), out.number] == [0, 1, 2]


def test_a_form_is_filled_with_a_value_and_a_number_and_keeps_its_own_bytes() -> None:
    form = form_of(b'{"id":"%d","x":', b',"y":"100 %"')
    assert form % (b'"%b"', 3) == b'{"id":"%d","x":"%b","y":"100 %","sequence_number":3}'
