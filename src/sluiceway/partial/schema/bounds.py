"""How much work a schema may make, known before any document comes. Schemas come from strangers.

A short schema can double the number of checks that one value needs again and again; so those are counted, not the
schema's size alone.
"""

from __future__ import annotations

from collections.abc import Iterable

from sluiceway.errors import SchemaUnusable
from sluiceway.partial.schema.nodes import Node

__all__ = ["MAX_DEPTH", "MAX_HEIGHT", "MAX_PARTS", "MAX_PATTERNS", "MAX_VALUES", "check_parts", "check_size"]

MAX_VALUES = 20_000
"""Values in the schema's JSON, of any kind."""

MAX_DEPTH = 150
"""How deep they may lie in each other; what checks whole documents has a limit of its own at 200."""

MAX_PARTS = 256
"""Checks that one check may make of the same value, for its alternatives, references and the like."""

MAX_HEIGHT = 64
"""How deep those may lie in each other."""

MAX_PATTERNS = 50
"""Patterns in all: each takes its time to compile."""

_UNDER_WAY = (0, 0)


def check_size(schema: object) -> None:
    """Refuse a schema that is too large or too deep.

    Raises:
        SchemaUnusable: so it is.
    """
    level, count = [schema], 0
    for _ in range(MAX_DEPTH):
        count += len(level)
        if count > MAX_VALUES:
            break
        level = [below for value in level for below in _below(value)]
        if not level:
            return
    raise SchemaUnusable("the schema is too large, or too deep")


def _below(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def check_parts(nodes: Iterable[Node]) -> None:
    """Refuse a schema where one value is checked under too many subschemas at once, or under endlessly many.

    Raises:
        SchemaUnusable: so it is.
    """
    sizes: dict[int, tuple[int, int]] = {}
    for node in nodes:
        _measure_parts(node, sizes, 0)


def _measure_parts(node: Node, sizes: dict[int, tuple[int, int]], height: int) -> tuple[int, int]:
    """Return how many checks one check under ``node`` makes of the same value, and how high they stand."""
    known = sizes.get(id(node))
    if known == _UNDER_WAY or height > MAX_HEIGHT:
        raise SchemaUnusable("the schema leads back to itself without end, or through too many parts in each other")
    if known is not None:
        return known
    sizes[id(node)] = _UNDER_WAY
    parts = [_measure_parts(part, sizes, height + 1) for part in _parts(node)]
    count = 1 + sum(count for count, _ in parts)
    height = 1 + max((height for _, height in parts), default=0)
    if count > MAX_PARTS or height > MAX_HEIGHT:
        raise SchemaUnusable("the schema has too many parts that hold for one value")
    sizes[id(node)] = count, height
    return count, height


def _parts(node: Node) -> list[Node]:
    parts = [part for _, part in (*node.all_of, *node.dependents)]
    parts += [*node.any_of, *node.one_of]
    alone: list[Node | None] = [node.negated]
    if node.condition is not None:
        alone += [node.condition.test, node.condition.then, node.condition.otherwise]
    return [*parts, *(part for part in alone if part is not None)]
