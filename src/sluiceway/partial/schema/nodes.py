"""A schema compiled: one node for each of its subschemas, with what each kind of value has to follow.

Nodes refer to each other, in circles where the schema does; they are filled by `compile` and never change afterwards.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

__all__ = [
    "KINDS",
    "ArrayRules",
    "Choices",
    "CompilePattern",
    "Condition",
    "Match",
    "Node",
    "NumberRules",
    "ObjectRules",
    "StringRules",
    "conclude",
]

Match = Callable[[str], bool]
"""Whether a pattern matches somewhere in a text."""

CompilePattern = Callable[[str], Match | None]
"""A pattern of the schema → its matcher, None where it cannot be followed. Patterns come from strangers: the engine
must be linear in the text."""


KINDS = frozenset({"array", "boolean", "null", "number", "object", "string"})
"""The kinds of JSON value."""


class Choices(msgspec.Struct, frozen=True):
    """What ``enum`` or ``const`` allows.

    Attributes:
        keyword: which of the two.
        kinds: the kinds of value there are among the choices.
        frozen: every choice, as `equality.freeze` makes it.
        texts: the choices that are strings.
    """

    keyword: str
    kinds: frozenset[str]
    frozen: frozenset[object]
    texts: tuple[str, ...]


class StringRules(msgspec.Struct, frozen=True):
    """What strings follow; ``is_exact`` is False where something else has a say."""

    min_length: int = 0
    max_length: int | None = None
    match: Match | None = None
    is_exact: bool = True


class NumberRules(msgspec.Struct, frozen=True):
    """What numbers follow; ``is_exact`` is False where something else has a say."""

    minimum: float | None = None
    maximum: float | None = None
    exclusive_minimum: float | None = None
    exclusive_maximum: float | None = None
    multiple_of: int | None = None
    is_exact: bool = True


class ArrayRules(msgspec.Struct, frozen=True):
    """What arrays follow; ``rest`` is for the items behind ``prefix``, and ``rest_keyword`` says them by name."""

    prefix: tuple[Node, ...] = ()
    prefix_keyword: str = "prefixItems"
    rest: Node | None = None
    rest_keyword: str = "items"
    min_items: int = 0
    max_items: int | None = None
    is_unique: bool = False
    contains: Node | None = None
    min_contains: int = 1
    max_contains: int | None = None
    is_exact: bool = True


class ObjectRules(msgspec.Struct, frozen=True):
    """What objects follow; ``is_exact`` is False where something else has a say."""

    properties: dict[str, Node] = {}
    patterns: tuple[tuple[Match | None, Node], ...] = ()
    additional: Node | None = None
    names: Node | None = None
    required: tuple[str, ...] = ()
    min_properties: int = 0
    max_properties: int | None = None
    dependent_required: dict[str, tuple[str, ...]] = {}
    is_exact: bool = True


class Condition(msgspec.Struct, frozen=True):
    """``if`` with what follows from it."""

    test: Node
    then: Node | None
    otherwise: Node | None


class Node(msgspec.Struct):
    """One subschema.

    Attributes:
        is_never: it allows nothing.
        is_exact: whether all of its keywords that say something about every kind of value are followed.
        kinds: the kinds of value it allows; None for all.
        choices: what ``enum`` and ``const`` allow.
        all_of: what must hold as well, each by its keyword.
        any_of: alternatives.
        one_of: alternatives that exclude each other.
        negated: what must not hold.
        condition: what holds under a condition.
        dependents: what must hold as well once the object has a member of that name.
        has_parts: whether one value under it is checked under other subschemas too.
        free_kinds: the kinds of value that need not be looked at: each passes.
        stand_in: the node that says all it says, where it is nothing but a reference.
    """

    is_never: bool = False
    is_exact: bool = True
    kinds: frozenset[str] | None = None
    choices: tuple[Choices, ...] = ()
    strings: StringRules | None = None
    numbers: NumberRules | None = None
    arrays: ArrayRules | None = None
    objects: ObjectRules | None = None
    all_of: tuple[tuple[str, Node], ...] = ()
    any_of: tuple[Node, ...] = ()
    one_of: tuple[Node, ...] = ()
    negated: Node | None = None
    condition: Condition | None = None
    dependents: tuple[tuple[str, Node], ...] = ()
    has_parts: bool = False
    free_kinds: frozenset[str] = frozenset()
    stand_in: Node | None = None


def conclude(node: Node) -> None:
    """Fill in what follows from the rest: `Node.has_parts`, `Node.free_kinds` and `Node.stand_in`."""
    parts = (node.all_of, node.any_of, node.one_of, node.dependents, node.negated, node.condition)
    node.has_parts = any(part not in ((), None) for part in parts)
    bound = {"string": node.strings, "number": node.numbers, "array": node.arrays, "object": node.objects}
    bound_kinds = {kind for kind, rules in bound.items() if rules is not None}
    if node.is_never or node.choices or not node.is_exact:
        return
    if not node.has_parts:
        kinds = KINDS if node.kinds is None else node.kinds & KINDS  # integers are numbers that must be looked at
        node.free_kinds = kinds - bound_kinds
    elif len(node.all_of) == 1 and not any(parts[1:]) and node.kinds is None and not bound_kinds:
        node.stand_in = node.all_of[0][1]
