from __future__ import annotations

from support.schemachecks import FakeOwner

from sluiceway.partial.schema.nodes import Node, ObjectRules
from sluiceway.partial.schema.objects import ObjectFollower

OWN, PATTERN, OTHER = Node(), Node(is_exact=False), Node(is_never=True)


def entered(rules: ObjectRules, *keys: str) -> tuple[list[str], FakeOwner]:
    owner = FakeOwner()
    follower = ObjectFollower(rules, owner)
    return [keyword for key in keys for keyword, _ in follower.enter(key)], owner


def test_a_member_has_its_own_schema_those_of_patterns_or_that_of_the_others() -> None:
    rules = ObjectRules(properties={"a": OWN}, patterns=((str.islower, PATTERN),), additional=OTHER)
    assert entered(rules, "a")[0] == ["properties", "patternProperties"]
    assert entered(rules, "b")[0] == ["patternProperties"]
    assert entered(rules, "B")[0] == ["additionalProperties"]
    assert entered(ObjectRules(), "a")[0] == []


def test_where_a_pattern_is_not_followed_nobody_knows_who_the_others_are() -> None:
    keywords, owner = entered(ObjectRules(properties={"a": OWN}, patterns=((None, PATTERN),), additional=OTHER), "b")
    assert (keywords, owner.is_unsure) == ([], True)


def test_too_many_members_are_too_many_at_once() -> None:
    assert entered(ObjectRules(max_properties=2), "a", "b")[1].failures == []
    assert entered(ObjectRules(max_properties=2), "a", "b", "c")[1].failures == ["maxProperties"]


def test_what_is_missing_is_missing_at_the_end() -> None:
    owner = FakeOwner()
    rules = ObjectRules(required=("a",), min_properties=2, dependent_required={"b": ("a", "c"), "x": ("y",)})
    follower = ObjectFollower(rules, owner)
    follower.close({"a": 1, "b": 2, "c": 3})
    assert owner.failures == []
    follower.close({"b": 2})
    assert owner.failures == ["required", "minProperties", "dependentRequired"]


def test_where_something_else_has_a_say_the_check_is_unsure() -> None:
    assert entered(ObjectRules(is_exact=False))[1].is_unsure
