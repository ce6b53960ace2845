from __future__ import annotations

import pytest

from sluiceway.errors import SchemaUnusable
from sluiceway.partial.schema.bounds import MAX_DEPTH, MAX_HEIGHT, MAX_PARTS, MAX_VALUES, check_parts, check_size
from sluiceway.partial.schema.nodes import Condition, Node


def nested(depth: int) -> object:
    schema: object = True
    for number in range(depth - 1):
        schema = {"not": schema} if number % 2 else [schema]
    return schema


def test_a_schema_is_large_up_to_a_limit() -> None:
    check_size({"enum": list(range(MAX_VALUES - 2))})
    with pytest.raises(SchemaUnusable):
        check_size({"enum": list(range(MAX_VALUES))})


def test_a_schema_is_deep_up_to_a_limit() -> None:
    check_size(nested(MAX_DEPTH))
    with pytest.raises(SchemaUnusable):
        check_size(nested(MAX_DEPTH + 1))


def test_parts_are_counted_however_they_hang_together() -> None:
    leaf = Node()
    tree = Node(
        all_of=(("allOf", leaf),),
        any_of=(leaf,),
        one_of=(leaf,),
        negated=leaf,
        condition=Condition(leaf, leaf, None),
        dependents=(("a", leaf),),
    )
    check_parts([leaf, tree, tree])
    check_parts([Node(any_of=(Node(),) * (MAX_PARTS - 1))])
    with pytest.raises(SchemaUnusable, match="too many"):
        check_parts([Node(any_of=(Node(),) * MAX_PARTS)])


def test_a_short_schema_that_doubles_again_and_again_is_refused() -> None:
    node = Node()
    for _ in range(30):
        node = Node(any_of=(node, node))
    with pytest.raises(SchemaUnusable, match="too many"):
        check_parts([node])


def test_a_schema_that_leads_back_to_itself_on_the_same_value_is_refused() -> None:
    node = Node()
    node.all_of = (("$ref", Node(any_of=(node, Node()))),)
    with pytest.raises(SchemaUnusable, match="without end"):
        check_parts([node])


@pytest.mark.parametrize("is_known", [True, False])
def test_parts_lie_in_each_other_up_to_a_limit(*, is_known: bool) -> None:
    nodes = [Node()]
    for _ in range(MAX_HEIGHT):
        nodes.append(Node(negated=nodes[-1]))
    with pytest.raises(SchemaUnusable):
        check_parts(nodes if is_known else nodes[::-1])
    check_parts(nodes[:MAX_HEIGHT])


def test_a_schema_may_lead_back_to_itself_deeper_in_the_document() -> None:
    node = Node()
    node.any_of = (Node(), Node(kinds=frozenset({"array"})))
    check_parts([node])
