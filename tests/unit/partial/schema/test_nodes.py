from __future__ import annotations

import pytest

from sluiceway.partial.schema.nodes import (
    KINDS,
    ArrayRules,
    Node,
    NumberRules,
    ObjectRules,
    StringRules,
    conclude,
)


def test_an_empty_node_allows_everything() -> None:
    node = Node()
    assert (node.is_never, node.is_exact, node.kinds, node.choices) == (False, True, None, ())
    assert [node.strings, node.numbers, node.arrays, node.objects, node.negated, node.condition] == [None] * 6


@pytest.mark.parametrize(
    ("node", "free_kinds"),
    [
        (Node(), KINDS),
        (Node(kinds=frozenset({"string", "integer"})), {"string"}),
        (Node(strings=StringRules(), numbers=NumberRules()), KINDS - {"string", "number"}),
        (Node(arrays=ArrayRules(), objects=ObjectRules()), KINDS - {"array", "object"}),
        (Node(is_never=True), set()),
        (Node(is_exact=False), set()),
        (Node(any_of=(Node(),)), set()),
    ],
)
def test_what_need_not_be_looked_at_is_known_beforehand(node: Node, free_kinds: set[str]) -> None:
    conclude(node)
    assert node.free_kinds == free_kinds
    assert node.has_parts is bool(node.any_of)


def test_a_node_that_only_refers_to_another_one_is_passed_over() -> None:
    target = Node(kinds=frozenset({"null"}))
    reference = Node(all_of=(("$ref", target),))
    conclude(reference)
    assert reference.stand_in is target
    for other in (
        Node(all_of=(("$ref", target), ("allOf", target))),
        Node(all_of=(("$ref", target),), strings=StringRules()),
        Node(all_of=(("$ref", target),), negated=Node()),
        Node(all_of=(("$ref", target),), kinds=frozenset({"null"})),
        Node(all_of=(("$ref", target),), is_exact=False),
    ):
        conclude(other)
        assert other.stand_in is None
