from __future__ import annotations

from sluiceway.partial.events import Completed, Grew, Restarted, Started
from sluiceway.partial.schema.checker import Checker
from sluiceway.partial.schema.compile import compile_schema
from sluiceway.partial.schema.verdict import Verdict

NAMES = {"items": {"type": "string", "maxLength": 2}}


def checker(schema: object) -> Checker:
    return Checker(compile_schema(schema).root)


def test_a_document_that_follows_its_schema_has_passed_when_it_is_whole() -> None:
    one = checker(NAMES)
    for event in (Started((), list), Started((0,), str), Grew((0,), "ab"), Completed((0,), "ab")):
        assert one.feed([event]) is None
    verdicts = [one.verdict]
    assert one.feed([Completed((), ["ab"])]) is None
    assert [*verdicts, one.verdict] == [Verdict.OPEN, Verdict.PASSED]


def test_a_violation_is_told_at_its_event_and_ever_after() -> None:
    one = checker(NAMES)
    one.feed([Started((), list)])
    one.feed([Started((0,), str)])
    violation = one.feed([Grew((0,), "abc")])
    assert violation is not None
    assert (violation.path, violation.keyword, one.verdict) == ((0,), "maxLength", Verdict.FAILED)
    assert one.feed([Completed((0,), "abc")]) is violation


def test_a_value_that_is_all_of_the_document_is_checked_too() -> None:
    violation = checker({"type": "null"}).feed([Completed((), 1)])
    assert violation is not None
    assert (violation.pointer, violation.keyword) == ("", "type")


def test_a_member_that_comes_twice_breaks_every_schema() -> None:
    one = checker(True)
    one.feed([Started((), dict)])
    one.feed([Completed(("a",), 1)])
    violation = one.feed([Restarted(("a",))])
    assert violation is not None
    assert (violation.pointer, violation.keyword) == ("/a", "")


def test_what_is_left_to_others_leaves_the_document_unsure() -> None:
    one = checker({"unevaluatedItems": False})
    one.feed([Started((), list)])
    one.feed([Completed((), [])])
    assert (one.verdict, one.is_overrun) == (Verdict.UNSURE, False)


def test_a_value_with_too_many_checks_is_noted() -> None:
    parts = [{"items": {"allOf": [{"minimum": 0}] * 9}} for _ in range(60)]
    one = checker({"allOf": parts})
    one.feed([Started((), list)])
    one.feed([Completed((0,), 1)])
    one.feed([Completed((), [1])])
    assert (one.verdict, one.is_overrun) == (Verdict.UNSURE, True)


def test_the_root_is_always_followed() -> None:
    one = checker(True)
    one.missed()
    assert one.verdict is Verdict.OPEN
