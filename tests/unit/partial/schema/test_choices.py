from __future__ import annotations

from support.schemachecks import FakeOwner

from sluiceway.partial.schema.choices import ChoiceFollower
from sluiceway.partial.schema.equality import freeze, kind_of
from sluiceway.partial.schema.nodes import Choices


def follower(owner: FakeOwner, kind: str, *values: object) -> ChoiceFollower:
    texts = tuple(value for value in values if isinstance(value, str))
    kinds = frozenset(map(kind_of, values))
    return ChoiceFollower(Choices("enum", kinds, frozenset(map(freeze, values)), texts), owner, kind)


def test_a_string_is_wrong_once_it_begins_no_choice() -> None:
    owner = FakeOwner()
    one = follower(owner, "string", "sun", "sunny", "rain", 3)
    assert one.grows
    for text in ("s", "un"):
        one.grow(text)
    assert owner.failures == []
    one.grow("k")
    assert owner.failures == ["enum"]


def test_a_whole_string_may_be_the_beginning_of_a_choice_only() -> None:
    owner = FakeOwner()
    one = follower(owner, "string", "sunny")
    one.grow("sun")
    one.close("sun")
    assert owner.failures == ["enum"]


def test_a_kind_that_no_choice_has_is_wrong_at_once() -> None:
    owner = FakeOwner()
    assert not follower(owner, "object", 3, None).grows
    assert owner.failures == ["enum"]


def test_of_very_many_choices_the_whole_string_is_looked_up() -> None:
    owner = FakeOwner()
    one = follower(owner, "string", *map(str, range(100)))
    assert not one.grows
    one.close("99")
    assert owner.failures == []
    one.close("100")
    assert owner.failures == ["enum"]


def test_values_are_compared_as_json_compares_them() -> None:
    owner = FakeOwner()
    one = follower(owner, "array", [1, {"a": None}])
    one.close([1.0, {"a": None}])
    assert owner.failures == []
    one.close([True, {"a": None}])
    assert owner.failures == ["enum"]


def test_a_number_that_is_not_the_same_to_everybody_is_left_to_others() -> None:
    owner = FakeOwner()
    follower(owner, "number", 1).close(2**60)
    assert (owner.failures, owner.is_unsure) == ([], True)
