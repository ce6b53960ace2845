"""A JSON Schema → nodes. What cannot be followed while a document streams is marked, and never makes an error."""

from __future__ import annotations

import msgspec

from sluiceway.errors import SchemaUnusable
from sluiceway.partial.schema.bounds import MAX_PATTERNS, check_parts, check_size
from sluiceway.partial.schema.draft import Draft, draft_of
from sluiceway.partial.schema.nodes import KINDS, CompilePattern, Match, Node
from sluiceway.partial.schema.resolve import find, is_embedded
from sluiceway.partial.schema.subschema import Schema, Subschema

__all__ = ["Compiled", "compile_schema"]


class Compiled(msgspec.Struct, frozen=True):
    """A schema, ready to be followed.

    Attributes:
        root: what the whole document must follow.
        is_closed: whether all its references could be followed: only then is it known how much work it can make.
    """

    root: Node
    is_closed: bool


def compile_schema(schema: object, compile_pattern: CompilePattern | None = None) -> Compiled:
    """Compile a schema.

    Args:
        schema: as it was parsed from JSON.
        compile_pattern: the engine for patterns; without one they are not followed.

    Raises:
        SchemaUnusable: it is no schema, too large, or leads back to itself without end.
    """
    if not isinstance(schema, dict | bool):
        raise SchemaUnusable("a schema is an object, true or false")
    check_size(schema)
    compiler = _Compiler(schema, compile_pattern or _no_pattern)
    root = compiler.compile()
    return Compiled(root, compiler.is_closed)


def _no_pattern(_pattern: str) -> Match | None:
    return None


class _Compiler:
    """Compiles the subschemas of one schema, each once, and in a row: they may refer to each other in long chains."""

    def __init__(self, root: object, compile_pattern: CompilePattern) -> None:
        self.is_closed = True
        self._compile_pattern = compile_pattern
        self._pattern_count = 0
        self._root = root
        self._draft = draft_of(root) if isinstance(root, dict) else Draft.DRAFT_2020_12
        self._nodes: dict[int, Node] = {}
        self._unfilled: list[tuple[Node, Schema, bool]] = []

    def compile(self) -> Node:
        root = self.node(self._root, is_foreign=False)
        while self._unfilled:
            node, schema, is_foreign = self._unfilled.pop()
            is_root = schema is self._root
            is_foreign = is_foreign or (not is_root and is_embedded(schema))
            if self._draft is None or (not is_root and "$schema" in schema):
                node.is_exact = self.is_closed = False
            else:
                Subschema(self, schema, self._draft, is_foreign=is_foreign).fill(node)
        check_parts(self._nodes.values())
        return root

    def node(self, schema: object, *, is_foreign: bool) -> Node:
        if isinstance(schema, bool):
            return Node(is_never=not schema, free_kinds=KINDS if schema else frozenset())
        if not isinstance(schema, dict):
            return Node(is_exact=False)
        node = self._nodes.get(id(schema))
        if node is None:
            node = self._nodes[id(schema)] = Node()
            self._unfilled.append((node, schema, is_foreign))
        return node

    def match(self, pattern: str) -> Match | None:
        """Return the matcher of a pattern, None where it cannot be followed."""
        self._pattern_count += 1
        if self._pattern_count > MAX_PATTERNS:
            raise SchemaUnusable("the schema has too many patterns")
        return self._compile_pattern(pattern)

    def target(self, reference: object) -> Node | None:
        """Return what a reference leads to, None where it cannot be followed."""
        try:
            return self.node(find(self._root, reference), is_foreign=False)
        except LookupError:
            return None
