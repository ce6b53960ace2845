"""Arrays: how many items as they come, each against its schema, and whether they differ as they end."""

from __future__ import annotations

from collections.abc import Hashable

from sluiceway.partial.schema.equality import freeze
from sluiceway.partial.schema.gates import ContainsGate
from sluiceway.partial.schema.nodes import ArrayRules, Node
from sluiceway.partial.schema.verdict import Owner

__all__ = ["ArrayFollower"]


class ArrayFollower:
    """Follows one array.

    Args:
        rules: what it follows.
        owner: the check.

    Attributes:
        rules: what it follows.
        contains: the parent of checks whether an item is of the kind it must contain; None without such a kind.
    """

    __slots__ = ("_owner", "_seen", "contains", "rules")

    def __init__(self, rules: ArrayRules, owner: Owner) -> None:
        self.rules = rules
        self.contains = (
            None if rules.contains is None else ContainsGate(owner, rules.min_contains, rules.max_contains)
        )
        self._owner = owner
        self._seen: set[Hashable] = set()
        if not rules.is_exact:
            owner.is_unsure = True

    def enter(self, index: int) -> tuple[str, Node] | None:
        """Take note that an item begins; return its keyword and schema."""
        rules = self.rules
        if rules.max_items is not None and index >= rules.max_items:
            self._owner.fail("maxItems", f"it has more than {rules.max_items} items")
        if index < len(rules.prefix):
            return rules.prefix_keyword, rules.prefix[index]
        return None if rules.rest is None else (rules.rest_keyword, rules.rest)

    def leave(self, item: object) -> None:
        """Take note that an item is whole, where items must differ."""
        try:
            frozen = freeze(item)
        except ValueError:
            self._owner.is_unsure = True
            return
        if frozen in self._seen:
            self._owner.fail("uniqueItems", "it has the same item twice")
        self._seen.add(frozen)

    def close(self, value: list[object]) -> None:
        """Take the whole array."""
        if len(value) < self.rules.min_items:
            self._owner.fail("minItems", f"it has fewer than {self.rules.min_items} items")
        if self.contains is not None:
            self.contains.close()
