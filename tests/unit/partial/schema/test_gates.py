from __future__ import annotations

import pytest
from support.schemachecks import FakeOwner, FakePart

from sluiceway.partial.schema.gates import AnyGate, ContainsGate, DependentGate, IfGate, NotGate, OneGate
from sluiceway.partial.schema.verdict import Verdict, Violation

WHY, DEEPER = Violation((), "type", "it is wrong"), Violation(("a",), "type", "it is wrong")
PASSED, UNSURE, FAILED = FakePart(Verdict.PASSED), FakePart(Verdict.UNSURE), FakePart(Verdict.FAILED, WHY)


def tell(gate: AnyGate | ContainsGate | NotGate, *parts: FakePart | None) -> None:
    for part in parts:
        if part is None:
            gate.missed()
        elif part.verdict is Verdict.FAILED:
            gate.failed(part)
        else:
            gate.settled(part)
    if not isinstance(gate, NotGate):
        gate.close()


@pytest.mark.parametrize(
    ("gate", "parts", "failures", "is_unsure"),
    [
        (AnyGate, [FAILED, FAILED], ["anyOf"], False),
        (AnyGate, [FAILED, PASSED], [], False),
        (AnyGate, [FAILED, UNSURE], [], True),
        (AnyGate, [None, PASSED], [], False),
        (AnyGate, [None, FAILED], [], True),
        (OneGate, [FAILED, FAILED], ["oneOf"], False),
        (OneGate, [FAILED, PASSED], [], False),
        (OneGate, [PASSED, PASSED], ["oneOf"], False),
        (OneGate, [PASSED, UNSURE], [], True),
        (OneGate, [FAILED, UNSURE], [], True),
        (OneGate, [None, PASSED], [], True),
    ],
)
def test_alternatives(
    gate: type[AnyGate], parts: list[FakePart | None], failures: list[str], *, is_unsure: bool
) -> None:
    owner = FakeOwner()
    tell(gate(owner, (), len(parts)), *parts)
    assert (owner.failures, owner.is_unsure) == (failures, is_unsure)


def test_the_last_alternative_tells_what_it_found_where_that_lies_deeper() -> None:
    owner = FakeOwner()
    tell(AnyGate(owner, (), 2), FAILED, FakePart(Verdict.FAILED, DEEPER))
    assert (owner.failures, owner.violations) == ([], [DEEPER])


@pytest.mark.parametrize(
    ("part", "failures", "is_unsure"),
    [(FAILED, [], False), (PASSED, ["not"], False), (UNSURE, [], True), (None, [], True)],
)
def test_what_must_not_be(part: FakePart | None, failures: list[str], *, is_unsure: bool) -> None:
    owner = FakeOwner()
    tell(NotGate(owner), part)
    assert (owner.failures, owner.is_unsure) == (failures, is_unsure)


@pytest.mark.parametrize(
    ("test", "then", "otherwise", "fails", "is_unsure"),
    [
        (PASSED, PASSED, FAILED, False, False),
        (PASSED, FAILED, PASSED, True, False),
        (PASSED, UNSURE, FAILED, False, True),
        (FAILED, FAILED, PASSED, False, False),
        (FAILED, PASSED, FAILED, True, False),
        (FAILED, PASSED, UNSURE, False, True),
        (UNSURE, PASSED, PASSED, False, False),
        (UNSURE, FAILED, PASSED, False, True),
        (UNSURE, FAILED, FAILED, True, False),
        (UNSURE, None, PASSED, False, True),
    ],
)
def test_conditions(
    test: FakePart, then: FakePart | None, otherwise: FakePart, *, fails: bool, is_unsure: bool
) -> None:
    owner = FakeOwner()
    gate = IfGate(owner, has_then=True, has_else=True)
    for parent, part in ((gate.test, test), (gate.then, then), (gate.otherwise, otherwise)):
        if part is None:
            parent.missed()
        elif part.verdict is Verdict.FAILED:
            parent.failed(part)
        else:
            parent.settled(part)
    if not owner.violations:
        gate.close()
    assert (bool(owner.violations), owner.is_unsure) == (fails, is_unsure)


def test_a_condition_without_consequences_holds() -> None:
    owner = FakeOwner()
    gate = IfGate(owner, has_then=False, has_else=False)
    gate.test.settled(UNSURE)
    gate.close()
    assert (owner.violations, owner.is_unsure) == ([], False)


def test_when_both_consequences_failed_the_condition_does_not_matter() -> None:
    owner = FakeOwner()
    gate = IfGate(owner, has_then=True, has_else=True)
    gate.then.failed(FAILED)
    assert owner.violations == []
    gate.otherwise.failed(FAILED)
    assert owner.violations == [WHY]


def test_what_depends_on_a_member_counts_once_it_is_there() -> None:
    owner = FakeOwner()
    gate = DependentGate(owner)
    gate.part.failed(FAILED)
    gate.close()
    assert owner.violations == []
    gate.note_member()
    assert owner.violations == [WHY]


def test_what_depends_on_a_member_may_be_unsure() -> None:
    owner = FakeOwner()
    gate = DependentGate(owner)
    gate.part.settled(UNSURE)
    gate.close()
    assert not owner.is_unsure
    gate.note_member()
    gate.close()
    assert owner.is_unsure


@pytest.mark.parametrize(
    ("least", "most", "parts", "failures", "is_unsure"),
    [
        (1, None, [FAILED], ["contains"], False),
        (1, None, [FAILED, PASSED], [], False),
        (1, None, [UNSURE], [], True),
        (1, None, [None], [], True),
        (2, None, [PASSED], ["minContains"], False),
        (0, 1, [PASSED, PASSED], ["maxContains"], True),
        (0, 1, [PASSED, UNSURE], [], True),
        (0, None, [], [], False),
    ],
)
def test_what_an_array_contains(
    least: int, most: int | None, parts: list[FakePart | None], failures: list[str], *, is_unsure: bool
) -> None:
    owner = FakeOwner()
    tell(ContainsGate(owner, least, most), *parts)
    assert (owner.failures, owner.is_unsure) == (failures, is_unsure)
