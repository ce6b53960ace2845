from __future__ import annotations

from support.schemachecks import FakeOwner, FakePart

from sluiceway.partial.schema.arrays import ArrayFollower
from sluiceway.partial.schema.nodes import ArrayRules, Node
from sluiceway.partial.schema.verdict import Verdict

FIRST, REST = Node(is_never=False), Node(is_never=True)


def test_items_have_their_own_schema_or_that_of_the_rest() -> None:
    follower = ArrayFollower(ArrayRules(prefix=(FIRST,), rest=REST), FakeOwner())
    assert follower.enter(0) == ("prefixItems", FIRST)
    assert follower.enter(1) == ("items", REST)
    assert ArrayFollower(ArrayRules(prefix=(FIRST,)), FakeOwner()).enter(1) is None


def test_too_many_items_are_too_many_at_once() -> None:
    owner = FakeOwner()
    follower = ArrayFollower(ArrayRules(max_items=1), owner)
    follower.enter(0)
    assert owner.failures == []
    follower.enter(1)
    assert owner.failures == ["maxItems"]


def test_too_few_items_are_too_few_at_the_end() -> None:
    owner = FakeOwner()
    follower = ArrayFollower(ArrayRules(min_items=2), owner)
    follower.close([1, 2])
    assert owner.failures == []
    follower.close([1])
    assert owner.failures == ["minItems"]


def test_the_same_item_twice_is_seen_when_it_ends() -> None:
    owner = FakeOwner()
    follower = ArrayFollower(ArrayRules(is_unique=True), owner)
    for item in (1, True, [1]):
        follower.leave(item)
    assert owner.failures == []
    follower.leave(1.0)
    assert owner.failures == ["uniqueItems"]


def test_numbers_that_are_not_the_same_to_everybody_are_left_to_others() -> None:
    owner = FakeOwner()
    ArrayFollower(ArrayRules(is_unique=True), owner).leave(2**60)
    assert owner.is_unsure


def test_what_an_array_must_contain_is_counted() -> None:
    owner = FakeOwner()
    follower = ArrayFollower(ArrayRules(contains=FIRST, min_contains=2), owner)
    assert follower.contains is not None
    follower.contains.settled(FakePart(Verdict.PASSED))
    follower.close([1])
    assert owner.failures == ["minContains"]


def test_where_something_else_has_a_say_the_check_is_unsure() -> None:
    owner = FakeOwner()
    ArrayFollower(ArrayRules(is_exact=False), owner)
    assert owner.is_unsure
