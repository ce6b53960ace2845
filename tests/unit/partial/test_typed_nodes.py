"""Typed values under way, child by child."""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict

import msgspec
import pytest

from sluiceway.errors import TypedInvalid
from sluiceway.partial.events import MISSING, Path
from sluiceway.partial.typed_kinds import StructKind, TypedDictKind
from sluiceway.partial.typed_nodes import (
    HIDDEN,
    ListNode,
    MapNode,
    Node,
    ObjectNode,
    ObjectPlan,
    RootNode,
    Shape,
    TaggedNode,
)


class Person(msgspec.Struct):
    name: str
    age: int = 3


class Note(TypedDict):
    text: NotRequired[str]


class TextShape(Shape):
    grows = True


class ListShape(Shape):
    container = list

    def open(self, kind: type, parent: Node, key: Any) -> Node:
        if kind is not list:
            return super().open(kind, parent, key)
        node = ListNode(TEXT)
        parent.place(key, node.value)
        return node


def accept(value: Any, path: Path) -> Any:
    del path
    return value


def double(value: Any, path: Path) -> Any:
    del path
    return value * 2


TEXT = TextShape(accept)
NUMBER = Shape(double)
LIST = ListShape(accept)


class PersonShape(Shape):
    container = dict

    def open(self, kind: type, parent: Node, key: Any) -> Node:
        del kind
        node = person()
        parent.place(key, node.value)
        return node


def person() -> ObjectNode:
    kind = StructKind(Person)
    shapes = {"name": TEXT, "age": NUMBER, "known": NUMBER}
    return ObjectNode(ObjectPlan(kind, tuple(kind.fields()), {"name": "name", "age": "age"}, shapes, NUMBER))


def tagged(parent: Node) -> TaggedNode:
    return TaggedNode("kind", {"person": PersonShape(accept)}, parent, 0)


def test_what_is_hidden_shows_nothing() -> None:
    assert HIDDEN.start("a", dict, ("a",)) is HIDDEN
    assert not HIDDEN.start_text("a")
    HIDDEN.grow("a", "text")
    HIDDEN.restart("a")
    HIDDEN.place("a", 1)
    assert HIDDEN.complete("a", 1, ("a",)) == 1
    assert HIDDEN.finish(()) is MISSING


def test_a_root_that_cannot_be_shown_yet_is_missing() -> None:
    root = RootNode(TEXT)
    values: list[Any] = [root.value]
    assert root.start_text(None)
    root.grow(None, "a")
    root.grow(None, "b")
    values.append(root.value)
    root.restart(None)
    assert [*values, root.value] == [MISSING, "ab", MISSING]


def test_a_root_container_is_there_from_the_start_and_is_gone_on_with() -> None:
    root = RootNode(LIST)
    first = root.value
    assert first == []
    node = root.start(None, list, ())
    node.complete(0, "a", (0,))
    assert root.value is first
    assert first == ["a"]
    assert root.start(None, dict, ()) is HIDDEN


def test_a_complete_root_is_validated() -> None:
    root = RootNode(NUMBER)
    assert root.complete(None, 2, ()) == 4
    assert root.value == 4


@pytest.mark.parametrize(("node", "keys"), [(ListNode(TEXT), (0, 1)), (MapNode(TEXT), ("a", "b"))])
def test_children_of_one_type_are_placed_and_grow(node: ListNode | MapNode, keys: Any) -> None:
    first, second = keys
    assert node.complete(first, "x", (first,)) == "x"
    assert node.start_text(second)
    node.grow(second, "y")
    node.grow(second, "z")
    assert node.value[second] == "yz"
    node.restart(second)
    assert len(node.value) == 1
    assert node.finish(()) is node.value
    assert node.start(second, dict, (second,)) is HIDDEN


def test_a_text_that_does_not_grow_is_not_placed() -> None:
    node = MapNode(NUMBER)
    assert not node.start_text("a")
    assert node.value == {}


def test_fields_are_placed_and_grow() -> None:
    node = person()
    node.start_text("name")
    node.grow("name", "Tom")
    assert node.complete("age", 2, ("age",)) == 4
    node.complete("known", 1, ("known",))
    node.complete("other", 1, ("other",))
    assert node.value == Person("Tom", 4)
    node.restart("age")
    node.restart("other")
    assert not hasattr(node.value, "age")


def test_an_object_inside_gets_its_defaults_when_it_ends() -> None:
    node = person()
    node.complete("name", "Tom", ("a", "name"))
    assert node.finish(("a",)) == Person("Tom", 3)


def test_the_root_gets_no_defaults() -> None:
    node = person()
    node.complete("name", "Tom", ("name",))
    assert not hasattr(node.finish(()), "age")


def test_an_object_inside_needs_its_fields() -> None:
    with pytest.raises(TypedInvalid, match="'name' is missing, at /a"):
        person().finish(("a",))


def test_a_field_that_may_be_left_out_has_no_default() -> None:
    kind = TypedDictKind(Note)
    node = ObjectNode(ObjectPlan(kind, tuple(kind.fields()), {}, {}, NUMBER))
    assert node.finish(("a",)) == {}


def test_a_class_that_is_not_known_yet_shows_nothing() -> None:
    parent = ListNode(NUMBER)
    node = tagged(parent)
    assert node.start("list", list, (0, "list")) is HIDDEN
    assert not node.start_text("name")
    node.grow("name", "T")
    assert node.complete("name", "Tom", (0, "name")) == "Tom"
    node.restart("name")
    assert parent.value == []
    assert node.finish((0,)) is MISSING


def test_the_tag_makes_the_class_known() -> None:
    parent = ListNode(NUMBER)
    node = tagged(parent)
    node.complete("name", "Tom", (0, "name"))
    node.complete("kind", "person", (0, "kind"))
    assert parent.value[0].name == "Tom"
    node.restart("name")
    node.start_text("name")
    node.grow("name", "Rex")
    assert node.complete("age", 1, (0, "age")) == 2
    assert node.start("known", dict, (0, "known")) is HIDDEN
    assert node.finish((0,)) is parent.value[0]
    assert parent.value == [Person("Rex", 2)]


def test_a_tag_that_comes_again_makes_the_class_unknown() -> None:
    parent = ListNode(NUMBER)
    node = tagged(parent)
    node.complete("kind", "person", (0, "kind"))
    node.restart("kind")
    assert parent.value == []
    assert node.complete("kind", "other", (0, "kind")) == "other"
    assert node.finish((0,)) is MISSING


@pytest.mark.parametrize("tag", ["other", None, [1]])
def test_an_unknown_tag_is_refused(tag: Any) -> None:
    with pytest.raises(TypedInvalid, match="is none of 'person', at /0/kind"):
        tagged(ListNode(NUMBER)).complete("kind", tag, (0, "kind"))
