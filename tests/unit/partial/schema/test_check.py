from __future__ import annotations

import pytest
from support.schemachecks import FakePart, document, found

from sluiceway.partial.schema.check import MAX_CHECKS, MAX_LEVEL, Check, Frame
from sluiceway.partial.schema.gates import Part
from sluiceway.partial.schema.nodes import KINDS, Node, conclude
from sluiceway.partial.schema.verdict import Verdict, Violation

STRING = {"type": "string"}


class Recorder:
    """A parent that keeps what it is told."""

    def __init__(self, level: int = 0) -> None:
        self.level = level
        self.told: list[str] = []

    def failed(self, part: Part) -> None:
        assert part.violation is not None
        self.told.append(part.violation.keyword)

    def settled(self, part: Part) -> None:
        self.told.append(part.verdict.value)

    def missed(self) -> None:
        self.told.append("missed")


def checked(node: Node, kind: str, value: object = None, parent: Recorder | None = None) -> list[str]:
    parent = parent or Recorder()
    frame = Frame((), kind, value)
    conclude(node)
    frame.follow("", node, parent)
    frame.close(value)
    return parent.told


def test_a_value_passes_or_fails_once() -> None:
    assert checked(Node(), "null") == ["passed"]
    assert checked(Node(is_never=True), "null") == [""]
    assert checked(Node(is_exact=False), "null") == ["unsure"]
    assert checked(Node(kinds=frozenset({"null"})), "array", []) == ["type"]


@pytest.mark.parametrize(
    ("value", "told"),
    [(1, "passed"), (1.0, "passed"), (1.5, "type"), (2**60, "passed"), (1e300, "unsure"), (float("inf"), "unsure")],
)
def test_integers_are_numbers_without_a_fraction(value: float, told: str) -> None:
    assert checked(Node(kinds=frozenset({"integer"})), "number", value) == [told]


def test_parts_that_must_pass_fail_or_are_unsure_for_it() -> None:
    assert checked(Node(all_of=(("allOf", Node(is_never=True)),)), "null") == ["allOf"]
    assert checked(Node(all_of=(("allOf", Node(is_exact=False)),)), "null") == ["unsure"]
    assert checked(Node(all_of=(("allOf", Node()),)), "null") == ["passed"]


def test_what_fails_fails_once() -> None:
    frame, parent = Frame((), "null"), Recorder()
    check = Check(frame, parent)
    check.fail("a", "it is wrong")
    check.failed(FakePart(Verdict.FAILED, Violation((), "b", "it is wrong")))
    check.close(None)
    assert (check.verdict, parent.told) == (Verdict.FAILED, ["a"])


def test_more_checks_than_can_be_followed_leave_the_rest_unsure() -> None:
    node = Node(all_of=(("allOf", Node()),) * MAX_CHECKS, has_parts=True)
    frame, parent = Frame((), "null"), Recorder()
    frame.spawn("", node, parent)
    frame.close(None)
    assert (len(frame.checks), frame.is_overrun, parent.told) == (MAX_CHECKS, True, ["unsure"])


def test_what_need_not_be_looked_at_passes_at_once() -> None:
    frame, parent = Frame((), "null"), Recorder()
    frame.spawn("", Node(free_kinds=KINDS), parent)
    assert (frame.checks, parent.told) == ([], ["passed"])


def test_checks_below_too_many_gates_are_not_followed() -> None:
    assert checked(Node(), "null", parent=Recorder(MAX_LEVEL + 1)) == ["missed"]


def test_a_deep_failure_goes_up_through_all_that_it_is_part_of() -> None:
    frame, root = Frame((), "null"), Recorder()
    check = Check(frame, root)
    for _ in range(5000):
        check = Check(frame, check)
    check.fail("deep", "it is wrong")
    assert root.told == ["deep"]


@pytest.mark.parametrize(
    ("schema", "text", "violation"),
    [
        ({"if": STRING, "then": {"minLength": 2}, "else": {"minimum": 2}}, '"a"', ("", "minLength")),
        ({"if": STRING, "then": {"minLength": 2}, "else": {"minimum": 2}}, "1", ("", "minimum")),
        ({"if": STRING, "then": {"minLength": 2}}, "1", None),
        ({"if": STRING, "else": {"minimum": 2}}, '"a"', None),
        ({"oneOf": [STRING, {"maxLength": 2}]}, '"abc"', None),
        ({"oneOf": [STRING, {"maxLength": 2}]}, '"ab"', ("", "oneOf")),
        ({"not": STRING}, '"a"', ("", "not")),
        ({"contains": {"const": 3}, "items": {"type": "integer"}}, '[1,"2"]', ("/1", "type")),
        ({"contains": {"const": 3}}, "[1,3]", None),
        ({"uniqueItems": True, "items": {"uniqueItems": True}}, "[[1,2],[2,2]]", ("/1", "uniqueItems")),
        ({"propertyNames": {"enum": ["ab"]}}, '{"ab":1}', None),
        ({"propertyNames": {"enum": ["ab"]}}, '{"ac":1}', ("/ac", "enum")),
        ({"dependentSchemas": {"a": {"required": ["b"]}}}, '{"a":1}', ("", "required")),
        ({"dependentSchemas": {"a": {"required": ["b"]}}}, '{"c":1}', None),
        ({"dependentSchemas": {"a": {"maxItems": 0}}}, '["a"]', None),
        ({"anyOf": [{"type": "null"}, {"items": {"items": STRING}}]}, '[["a",1]]', ("/0/1", "type")),
        ({"items": False}, "[1]", ("/0", "items")),
        ({"required": ["a"]}, "[]", None),
        ({"properties": {"a": False}}, '{"a":1}', ("/a", "properties")),
        ({"minItems": 2, "items": {"minItems": 1}}, "[[]]", ("/0", "minItems")),
    ],
)
def test_what_a_document_breaks_is_found_where_it_is(
    schema: object, text: str, violation: tuple[str, str] | None
) -> None:
    assert found(schema, text) == violation


def test_a_value_that_has_failed_an_alternative_is_not_followed_there_any_more() -> None:
    under = document({"anyOf": [{"maxItems": 1, "uniqueItems": True, "items": STRING}, {"minItems": 1}]})
    assert under.push('["a",2,2,2]') is None
    assert under.is_whole
