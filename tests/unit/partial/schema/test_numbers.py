from __future__ import annotations

import pytest
from support.schemachecks import FakeOwner

from sluiceway.partial.schema.nodes import NumberRules
from sluiceway.partial.schema.numbers import judge_number


def judged(rules: NumberRules, value: float) -> tuple[list[str], bool]:
    owner = FakeOwner()
    judge_number(rules, owner, value)
    return owner.failures, owner.is_unsure


@pytest.mark.parametrize(
    ("rules", "value", "failures"),
    [
        (NumberRules(minimum=1), 1, []),
        (NumberRules(minimum=1), 0.5, ["minimum"]),
        (NumberRules(exclusive_minimum=1), 1.5, []),
        (NumberRules(exclusive_minimum=1), 1, ["exclusiveMinimum"]),
        (NumberRules(maximum=1), 1.0, []),
        (NumberRules(maximum=1), 2, ["maximum"]),
        (NumberRules(exclusive_maximum=1), 0, []),
        (NumberRules(exclusive_maximum=1), 1.0, ["exclusiveMaximum"]),
        (NumberRules(multiple_of=3), -9, []),
        (NumberRules(multiple_of=3), 9.0, []),
        (NumberRules(multiple_of=3), 10, ["multipleOf"]),
    ],
)
def test_a_number_follows_its_rules_or_not(rules: NumberRules, value: float, failures: list[str]) -> None:
    assert judged(rules, value) == (failures, False)


def test_a_number_that_is_not_the_same_to_everybody_is_left_to_others() -> None:
    assert judged(NumberRules(maximum=1), 2**60) == ([], True)
    assert judged(NumberRules(minimum=1), float("-inf")) == ([], True)


def test_what_a_fraction_is_a_multiple_of_is_left_to_others() -> None:
    assert judged(NumberRules(multiple_of=3), 0.3) == ([], True)
    assert judged(NumberRules(is_exact=False), 1) == ([], True)
