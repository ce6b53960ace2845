from __future__ import annotations

from support.schemachecks import FakeOwner

from sluiceway.partial.schema.nodes import StringRules
from sluiceway.partial.schema.strings import StringFollower


def test_a_string_is_too_long_as_soon_as_it_is() -> None:
    owner = FakeOwner()
    follower = StringFollower(StringRules(max_length=3), owner)
    assert follower.grows
    follower.grow("ab")
    follower.grow("é")
    assert owner.failures == []
    follower.grow("d")
    assert owner.failures == ["maxLength"]


def test_a_string_without_a_limit_need_not_be_followed() -> None:
    owner = FakeOwner()
    follower = StringFollower(StringRules(min_length=1), owner)
    assert not follower.grows
    follower.grow("x" * 1000)
    follower.close("x" * 1000)
    assert (owner.failures, owner.is_unsure) == ([], False)


def test_a_whole_string_is_long_enough_and_matches() -> None:
    owner = FakeOwner()
    follower = StringFollower(StringRules(min_length=2, match=str.isupper), owner)
    follower.close("AB")
    assert owner.failures == []
    follower.close("A")
    follower.close("Ab")
    assert owner.failures == ["minLength", "pattern"]


def test_where_something_else_has_a_say_the_check_is_unsure() -> None:
    owner = FakeOwner()
    StringFollower(StringRules(is_exact=False), owner)
    assert owner.is_unsure
