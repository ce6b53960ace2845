"""Objects: each member against its schemas as it begins, what is missing when the object ends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sluiceway.partial.schema.nodes import Node, ObjectRules
from sluiceway.partial.schema.verdict import Owner

__all__ = ["ObjectFollower"]


class ObjectFollower:
    """Follows one object.

    Args:
        rules: what it follows.
        owner: the check.

    Attributes:
        rules: what it follows.
    """

    __slots__ = ("_count", "_owner", "rules")

    def __init__(self, rules: ObjectRules, owner: Owner) -> None:
        self.rules = rules
        self._owner = owner
        self._count = 0
        if not rules.is_exact:
            owner.is_unsure = True

    def enter(self, key: str) -> Sequence[tuple[str, Node]]:
        """Take note that a member begins; return the keywords and schemas its value must follow."""
        rules = self.rules
        self._count += 1
        if rules.max_properties is not None and self._count > rules.max_properties:
            self._owner.fail("maxProperties", f"it has more than {rules.max_properties} members")
        own = rules.properties.get(key)
        found = [] if own is None else [("properties", own)]
        if rules.patterns:
            found += self._by_pattern(key, rules)
        if own is None and rules.additional is not None and self._is_additional(key, rules):
            found.append(("additionalProperties", rules.additional))
        return found

    def _by_pattern(self, key: str, rules: ObjectRules) -> Iterator[tuple[str, Node]]:
        for match, node in rules.patterns:
            if match is None:
                self._owner.is_unsure = True
            elif match(key):
                yield "patternProperties", node

    def _is_additional(self, key: str, rules: ObjectRules) -> bool:
        return not any(match is None or match(key) for match, _ in rules.patterns)

    def close(self, value: Mapping[str, object]) -> None:
        """Take the whole object."""
        rules = self.rules
        for name in rules.required:
            if name not in value:
                self._owner.fail("required", f"it has no member '{name}'")
        if len(value) < rules.min_properties:
            self._owner.fail("minProperties", f"it has fewer than {rules.min_properties} members")
        for name, others in rules.dependent_required.items():
            missing = next((other for other in others if name in value and other not in value), None)
            if missing is not None:
                self._owner.fail("dependentRequired", f"it has a member '{name}' and no member '{missing}'")
