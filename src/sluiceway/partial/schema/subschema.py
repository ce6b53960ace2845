"""One subschema's keywords → its node.

A value of a keyword that the draft does not know leaves that keyword to whoever judges the whole document.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from sluiceway.partial.schema.draft import STRANGE, Draft
from sluiceway.partial.schema.equality import freeze, is_plain, kind_of
from sluiceway.partial.schema.nodes import (
    ArrayRules,
    Choices,
    Condition,
    Match,
    Node,
    NumberRules,
    ObjectRules,
    StringRules,
    conclude,
)

__all__ = ["Compiler", "Schema", "Subschema"]

Schema = dict[str, object]
"""A schema that is an object, as it was parsed."""

_KINDS = frozenset({"array", "boolean", "integer", "null", "number", "object", "string"})
_NUMBER_KEYWORDS = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"})
_ARRAY_KEYWORDS = frozenset(
    {"prefixItems", "items", "minItems", "maxItems", "uniqueItems", "contains", "unevaluatedItems"}
)
_OBJECT_KEYWORDS = frozenset(
    {
        "properties",
        "patternProperties",
        "additionalProperties",
        "propertyNames",
        "required",
        "minProperties",
        "maxProperties",
        "dependentRequired",
        "dependencies",
        "unevaluatedProperties",
    }
)


class Compiler(Protocol):
    """Who compiles the other subschemas.

    Attributes:
        is_closed: whether all references could be followed so far.
    """

    is_closed: bool

    def match(self, pattern: str) -> Match | None:
        """Return the matcher of a pattern, None where it cannot be followed."""
        ...

    def node(self, schema: object, *, is_foreign: bool) -> Node:
        """Return the node of a subschema; it may be filled later."""
        ...

    def target(self, reference: object) -> Node | None:
        """Return what a reference leads to, None where it cannot be followed."""
        ...


class Subschema:
    """Reads the keywords of one subschema.

    Args:
        compiler: who compiles the others.
        schema: the subschema.
        draft: what it is written in.
        is_foreign: whether it lies in an embedded resource, where references mean something else.
    """

    def __init__(self, compiler: Compiler, schema: Schema, draft: Draft, *, is_foreign: bool) -> None:
        self._compiler = compiler
        self._schema = schema
        self._draft = draft
        self._is_foreign = is_foreign
        self._is_exact = True

    def fill(self, node: Node) -> None:
        """Fill its node."""
        is_bare = "$ref" in self._schema and self._draft is Draft.DRAFT_7  # there its neighbours mean nothing
        if not is_bare:
            self._fill(node)
        self._reference(node)
        strange = STRANGE[self._draft] & self._schema.keys()
        if "$dynamicRef" in strange or "$recursiveRef" in strange:
            self._compiler.is_closed = False
        node.is_exact = node.is_exact and self._is_exact and (is_bare or not strange)
        conclude(node)

    def _fill(self, node: Node) -> None:
        node.kinds = self._kinds()
        node.choices = tuple(filter(None, (self._choices("enum"), self._choices("const"))))
        node.strings = self._strings()
        node.numbers = self._numbers()
        node.arrays = self._arrays()
        node.objects = self._objects()
        node.all_of = tuple(("allOf", part) for part in self._list("allOf"))
        node.any_of = self._list("anyOf")
        node.one_of = self._list("oneOf")
        node.negated = self._one("not")
        node.is_never = "not" in self._schema and _is_anything(self._schema["not"])
        test = self._one("if")
        if test is not None:
            node.condition = Condition(test, self._one("then"), self._one("else"))
        node.dependents = self._dependents()

    def _reference(self, node: Node) -> None:
        if "$ref" not in self._schema:
            return
        target = None if self._is_foreign else self._compiler.target(self._schema["$ref"])
        if target is None:
            node.is_exact = self._compiler.is_closed = False
        else:
            node.all_of = (*node.all_of, ("$ref", target))

    # Kinds of keywords. A value that the draft does not know leaves the keyword to others.

    def _read(self, keyword: str, is_right: Callable[[object], bool]) -> object:
        value = self._schema.get(keyword)
        if keyword not in self._schema or is_right(value):
            return value
        self._is_exact = False
        return None

    def _one(self, keyword: str) -> Node | None:
        return self._child(self._schema[keyword]) if keyword in self._schema else None

    def _child(self, schema: object) -> Node:
        return self._compiler.node(schema, is_foreign=self._is_foreign)

    def _list(self, keyword: str) -> tuple[Node, ...]:
        schemas = self._read(keyword, lambda value: isinstance(value, list) and bool(value))
        return tuple(map(self._child, schemas)) if isinstance(schemas, list) else ()

    def _map(self, keyword: str) -> Mapping[str, object]:
        schemas = self._read(keyword, lambda value: isinstance(value, dict))
        return schemas if isinstance(schemas, dict) else {}

    def _count(self, keyword: str) -> int | None:
        number = self._number(keyword)
        if number is None or (number >= 0 and number == int(number)):
            return None if number is None else int(number)
        self._is_exact = False
        return None

    def _number(self, keyword: str) -> float | None:
        value = self._schema.get(keyword)
        if keyword not in self._schema:
            return None
        if isinstance(value, int | float) and not isinstance(value, bool) and is_plain(value):
            return value
        self._is_exact = False
        return None

    def _names(self, value: object) -> tuple[str, ...]:
        if isinstance(value, list) and all(isinstance(name, str) for name in value):
            return tuple(value)
        self._is_exact = False
        return ()

    # Groups of keywords.

    def _kinds(self) -> frozenset[str] | None:
        if "type" not in self._schema:
            return None
        value = self._schema["type"]
        kinds = frozenset(self._names(value if isinstance(value, list) else [value]))
        if kinds and kinds <= _KINDS:
            return kinds
        self._is_exact = False
        return None

    def _choices(self, keyword: str) -> Choices | None:
        if keyword not in self._schema:
            return None
        values = self._schema[keyword] if keyword == "enum" else [self._schema[keyword]]
        if not isinstance(values, list):
            self._is_exact = False
            return None
        try:
            frozen = frozenset(map(freeze, values))
        except ValueError:
            self._is_exact = False
            return None
        texts = tuple(dict.fromkeys(value for value in values if isinstance(value, str)))
        return Choices(keyword, frozenset(map(kind_of, values)), frozen, texts)

    def _strings(self) -> StringRules | None:
        if not self._schema.keys() & {"minLength", "maxLength", "pattern"}:
            return None
        pattern = self._read("pattern", lambda value: isinstance(value, str))
        match = self._compiler.match(pattern) if isinstance(pattern, str) else None
        return StringRules(
            self._count("minLength") or 0,
            self._count("maxLength"),
            match,
            is_exact=pattern is None or match is not None,
        )

    def _numbers(self) -> NumberRules | None:
        if not self._schema.keys() & _NUMBER_KEYWORDS:
            return None
        divisor = self._number("multipleOf")
        is_whole = divisor is None or (divisor > 0 and divisor == int(divisor))
        return NumberRules(
            minimum=self._number("minimum"),
            maximum=self._number("maximum"),
            exclusive_minimum=self._number("exclusiveMinimum"),
            exclusive_maximum=self._number("exclusiveMaximum"),
            multiple_of=int(divisor) if divisor is not None and is_whole else None,
            is_exact=is_whole,
        )

    def _arrays(self) -> ArrayRules | None:
        if not self._schema.keys() & _ARRAY_KEYWORDS:
            return None
        prefix, rest = self._items()
        least = self._count("minContains") if self._draft is not Draft.DRAFT_7 else None
        return ArrayRules(
            prefix=prefix,
            prefix_keyword="items" if self._draft is Draft.DRAFT_7 else "prefixItems",
            rest=rest,
            rest_keyword="additionalItems" if prefix and self._draft is Draft.DRAFT_7 else "items",
            min_items=self._count("minItems") or 0,
            max_items=self._count("maxItems"),
            is_unique=self._read("uniqueItems", lambda value: isinstance(value, bool)) is True,
            contains=self._one("contains"),
            min_contains=1 if least is None else least,
            max_contains=self._count("maxContains") if self._draft is not Draft.DRAFT_7 else None,
            is_exact=self._schema.get("unevaluatedItems", True) is True,
        )

    def _items(self) -> tuple[tuple[Node, ...], Node | None]:
        """Return the schemas of the first items, and that of the others."""
        if self._draft is not Draft.DRAFT_7:
            return self._list("prefixItems"), self._one("items")
        if isinstance(self._schema.get("items"), list):
            return self._list("items") or (), self._one("additionalItems")
        return (), self._one("items")

    def _objects(self) -> ObjectRules | None:
        if not self._schema.keys() & _OBJECT_KEYWORDS:
            return None
        patterns = self._map("patternProperties").items()
        return ObjectRules(
            properties={name: self._child(schema) for name, schema in self._map("properties").items()},
            patterns=tuple((self._compiler.match(pattern), self._child(schema)) for pattern, schema in patterns),
            additional=self._one("additionalProperties"),
            names=self._one("propertyNames"),
            required=self._names(self._schema.get("required", [])),
            min_properties=self._count("minProperties") or 0,
            max_properties=self._count("maxProperties"),
            dependent_required=self._dependent_required(),
            is_exact=self._schema.get("unevaluatedProperties", True) is True,
        )

    def _dependent_required(self) -> dict[str, tuple[str, ...]]:
        if self._draft is not Draft.DRAFT_7:
            return {name: self._names(others) for name, others in self._map("dependentRequired").items()}
        # "dependencies": {"bar": ["foo"], "quux": {"minProperties": 2}}
        dependencies = self._map("dependencies").items()
        return {name: self._names(others) for name, others in dependencies if isinstance(others, list)}

    def _dependents(self) -> tuple[tuple[str, Node], ...]:
        keyword = "dependencies" if self._draft is Draft.DRAFT_7 else "dependentSchemas"
        dependents = self._map(keyword).items()
        return tuple((name, self._child(part)) for name, part in dependents if not isinstance(part, list))


def _is_anything(schema: object) -> bool:
    return schema is True or schema == {}
