"""What stands between a check and the checks of its parts, where not all of them must pass.

A gate is told of each part at most once: that it failed, as soon as that is certain; that it settled, when the value
is whole; or that it is not followed at all.
"""

from __future__ import annotations

from typing import Protocol

from sluiceway.partial.events import Path
from sluiceway.partial.schema.verdict import Owner, Verdict, Violation

__all__ = ["AnyGate", "ContainsGate", "DependentGate", "Gate", "IfGate", "NotGate", "OneGate", "Parent", "Part"]


class Part(Protocol):
    """A check, as a gate sees it."""

    verdict: Verdict
    violation: Violation | None


class Parent(Protocol):
    """Who is told what becomes of a check.

    Attributes:
        level: how many gates lie above: a failure may have to go up through all of them.
    """

    level: int

    def failed(self, part: Part) -> None:
        """The part has failed, for certain."""
        ...

    def settled(self, part: Part) -> None:
        """The value is whole, and the part passed or is unsure."""
        ...

    def missed(self) -> None:
        """The part is not followed."""
        ...


class Gate(Protocol):
    """What speaks once its parts have."""

    def close(self) -> None:
        """Tell the owner what comes of it; every part has been told of."""
        ...


class AnyGate:
    """``anyOf``: at least one of ``count`` parts must pass."""

    __slots__ = ("_alive", "_owner", "_path", "level", "passed", "unsure")
    keyword = "anyOf"

    def __init__(self, owner: Owner, path: Path, count: int) -> None:
        self.level = owner.level + 1
        self.passed = self.unsure = 0
        self._owner = owner
        self._path = path
        self._alive = count

    def failed(self, part: Part) -> None:
        """Fail with the last of them: with what it found if that lies deeper, which says more."""
        self._alive -= 1
        if self._alive:
            return
        violation = part.violation
        if violation is not None and len(violation.path) > len(self._path):
            self._owner.fail_as(violation)
        else:
            self._owner.fail(self.keyword, "it fits none of the alternatives")

    def settled(self, part: Part) -> None:
        """Count it."""
        if part.verdict is Verdict.PASSED:
            self.passed += 1
        else:
            self.unsure += 1

    def missed(self) -> None:
        """Count it."""
        self.unsure += 1

    def close(self) -> None:
        """Be unsure where none passed and one might."""
        if not self.passed and self.unsure:
            self._owner.is_unsure = True


class OneGate(AnyGate):
    """``oneOf``: exactly one part must pass."""

    __slots__ = ()
    keyword = "oneOf"

    def close(self) -> None:
        """Fail where several passed; be unsure where that hangs on one that might."""
        if self.passed > 1:
            self._owner.fail("oneOf", "it fits more than one of the alternatives")
        elif self.unsure:
            self._owner.is_unsure = True


class NotGate:
    """``not``: the part must fail."""

    __slots__ = ("_owner", "level")

    def __init__(self, owner: Owner) -> None:
        self.level = owner.level + 1
        self._owner = owner

    def failed(self, part: Part) -> None:
        """Be content."""

    def settled(self, part: Part) -> None:
        """Fail where it passed."""
        if part.verdict is Verdict.PASSED:
            self._owner.fail("not", "it is what it must not be")
        else:
            self._owner.is_unsure = True

    def missed(self) -> None:
        """Be unsure."""
        self._owner.is_unsure = True


class _Held:
    """What became of one part, for a gate that asks later."""

    __slots__ = ("_review", "level", "verdict", "violation")

    def __init__(self, review: _Review, level: int, verdict: Verdict = Verdict.OPEN) -> None:
        self.level = level
        self._review = review
        self.verdict = verdict
        self.violation: Violation | None = None

    def failed(self, part: Part) -> None:
        self.verdict, self.violation = Verdict.FAILED, part.violation
        self._review.review()

    def settled(self, part: Part) -> None:
        self.verdict = part.verdict

    def missed(self) -> None:
        self.verdict = Verdict.UNSURE


class _Review(Protocol):
    def review(self) -> None: ...


class IfGate:
    """``if``, ``then`` and ``else``, all followed from the start, since which of them counts shows last.

    Attributes:
        test: the parent of the condition's check.
        then: the parent of what holds with it.
        otherwise: the parent of what holds without it.
    """

    __slots__ = ("_owner", "otherwise", "test", "then")

    def __init__(self, owner: Owner, *, has_then: bool, has_else: bool) -> None:
        self._owner = owner
        level = owner.level + 1
        self.test = _Held(self, level)
        self.then = _Held(self, level, Verdict.OPEN if has_then else Verdict.PASSED)
        self.otherwise = _Held(self, level, Verdict.OPEN if has_else else Verdict.PASSED)

    def review(self) -> None:
        """Fail where whatever counts has failed."""
        if self.otherwise.verdict is Verdict.FAILED and Verdict.FAILED in {self.test.verdict, self.then.verdict}:
            self._tell(self.otherwise if self.test.verdict is Verdict.FAILED else self.then)

    def close(self) -> None:
        """Tell what becomes of the one that counts."""
        if self.test.verdict is Verdict.PASSED:
            self._tell(self.then)
        elif self.test.verdict is Verdict.FAILED:
            self._tell(self.otherwise)
        elif {self.then.verdict, self.otherwise.verdict} != {Verdict.PASSED}:
            self._owner.is_unsure = True

    def _tell(self, held: _Held) -> None:
        if held.violation is not None:
            self._owner.fail_as(held.violation)
        elif held.verdict is Verdict.UNSURE:
            self._owner.is_unsure = True


class DependentGate:
    """What holds only if the object has a member of some name.

    Attributes:
        part: the parent of what then holds.
    """

    __slots__ = ("_has_member", "_owner", "part")

    def __init__(self, owner: Owner) -> None:
        self.part = _Held(self, owner.level + 1)
        self._owner = owner
        self._has_member = False

    def note_member(self) -> None:
        """Take note that the object has the member."""
        self._has_member = True
        self.review()

    def review(self) -> None:
        """Fail where it counts and has failed."""
        if self._has_member and self.part.violation is not None:
            self._owner.fail_as(self.part.violation)

    def close(self) -> None:
        """Be unsure where it counts and is."""
        if self._has_member and self.part.verdict is Verdict.UNSURE:
            self._owner.is_unsure = True


class ContainsGate:
    """``contains``: how many items pass."""

    __slots__ = ("_least", "_most", "_owner", "_passed", "_unsure", "level")

    def __init__(self, owner: Owner, least: int, most: int | None) -> None:
        self.level = owner.level + 1
        self._owner = owner
        self._least = least
        self._most = most
        self._passed = self._unsure = 0

    def failed(self, part: Part) -> None:
        """Do not count it."""

    def settled(self, part: Part) -> None:
        """Count it; too many are too many at once."""
        if part.verdict is not Verdict.PASSED:
            self._unsure += 1
            return
        self._passed += 1
        if self._most is not None and self._passed > self._most:
            self._owner.fail("maxContains", f"more than {self._most} of its items are of the kind it must contain")

    def missed(self) -> None:
        """Count it as one that might pass."""
        self._unsure += 1

    def close(self) -> None:
        """Fail where too few passed."""
        most_possible = self._passed + self._unsure
        if most_possible < self._least:
            keyword = "contains" if self._least == 1 else "minContains"
            self._owner.fail(keyword, f"fewer than {self._least} of its items are of the kind it must contain")
        elif self._passed < self._least or (self._most is not None and most_possible > self._most):
            self._owner.is_unsure = True
