"""Numbers, which are whole when they are seen. Those that not every reader takes for the same are left to others."""

from __future__ import annotations

from sluiceway.partial.schema.equality import is_plain
from sluiceway.partial.schema.nodes import NumberRules
from sluiceway.partial.schema.verdict import Owner

__all__ = ["judge_number"]


def judge_number(rules: NumberRules, owner: Owner, value: float) -> None:
    """Tell ``owner`` whether ``value`` follows ``rules``."""
    if not rules.is_exact or not is_plain(value):
        owner.is_unsure = True
    if is_plain(value):
        _judge_range(rules, owner, value)
        _judge_multiple(rules, owner, value)


def _judge_range(rules: NumberRules, owner: Owner, value: float) -> None:
    if rules.minimum is not None and value < rules.minimum:
        owner.fail("minimum", f"it is less than {rules.minimum}")
    elif rules.exclusive_minimum is not None and value <= rules.exclusive_minimum:
        owner.fail("exclusiveMinimum", f"it is not more than {rules.exclusive_minimum}")
    elif rules.maximum is not None and value > rules.maximum:
        owner.fail("maximum", f"it is more than {rules.maximum}")
    elif rules.exclusive_maximum is not None and value >= rules.exclusive_maximum:
        owner.fail("exclusiveMaximum", f"it is not less than {rules.exclusive_maximum}")


def _judge_multiple(rules: NumberRules, owner: Owner, value: float) -> None:
    # Whole numbers only: what 0.3 is a multiple of depends on who divides.
    if rules.multiple_of is not None:
        if value != int(value):
            owner.is_unsure = True
        elif int(value) % rules.multiple_of:
            owner.fail("multipleOf", f"it is not a multiple of {rules.multiple_of}")
