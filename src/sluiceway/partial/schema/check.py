"""One value under one subschema: what is known of it so far.

Theory. Each open value has a frame, and in it a check for every subschema that has a say in the value. A check that
fails tells its parent at once: the check it is part of, which fails too, or a gate, which knows whether that matters.
So a violation arrives at the root at the very event that makes it certain. When the value is whole, each check that
has not failed has passed, or is unsure where a keyword that is not followed could still fail it; that too goes up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from sluiceway.partial.events import Path
from sluiceway.partial.schema.arrays import ArrayFollower
from sluiceway.partial.schema.choices import ChoiceFollower
from sluiceway.partial.schema.equality import is_plain
from sluiceway.partial.schema.gates import AnyGate, DependentGate, Gate, IfGate, NotGate, OneGate, Parent, Part
from sluiceway.partial.schema.nodes import Condition, Node
from sluiceway.partial.schema.numbers import judge_number
from sluiceway.partial.schema.objects import ObjectFollower
from sluiceway.partial.schema.strings import StringFollower
from sluiceway.partial.schema.verdict import Verdict, Violation

__all__ = ["MAX_CHECKS", "MAX_LEVEL", "Check", "Frame"]

MAX_CHECKS = 256
"""Checks of one value: what comes beyond is not followed, so that no schema can make a value expensive."""

MAX_LEVEL = 100
"""Gates above a check; a failure goes up through them by calls."""


class Frame:
    """One open value.

    Args:
        path: where it is.
        kind: its kind, in the words of ``type``.
        value: the value itself where it is whole already: numbers and literals.

    Attributes:
        checks: every check of it.
        growing: what wants to know of a string's text as it comes.
        entering: checks that have a say in the value's members or items.
        leaving: what wants to know of an array's items when they are whole.
        is_overrun: whether there were more checks than can be followed.
    """

    __slots__ = ("checks", "entering", "growing", "is_overrun", "kind", "leaving", "path", "value")

    def __init__(self, path: Path, kind: str, value: object = None) -> None:
        self.path = path
        self.kind = kind
        self.value = value
        self.checks: list[Check] = []
        self.growing: tuple[Callable[[str], None], ...] = ()
        self.entering: tuple[Check, ...] = ()
        self.leaving: tuple[ArrayFollower, ...] = ()
        self.is_overrun = False

    def spawn(self, keyword: str, node: Node, parent: Parent) -> None:
        """Check the value under ``node``, which ``keyword`` led to, for ``parent``."""
        while node.stand_in is not None:
            node = node.stand_in
        if self.kind in node.free_kinds:
            parent.settled(_PASSED)
        else:
            self.follow(keyword, node, parent)

    def follow(self, keyword: str, node: Node, parent: Parent) -> None:
        """Check the value as `spawn` does, and tell nothing that is good before the value is whole."""
        if len(self.checks) >= MAX_CHECKS or parent.level > MAX_LEVEL:
            self.is_overrun = True
            parent.missed()
            return
        check = Check(self, parent)
        self.checks.append(check)
        check.begin(keyword, node)

    def close(self, value: object) -> None:
        """Take the whole value."""
        for check in reversed(self.checks):  # parts come behind what they are part of
            check.close(value)


class Check:
    """One value under one subschema; a `sluiceway.partial.schema.verdict.Owner`, and the parent of its parts.

    Args:
        frame: the value.
        parent: who is told what becomes of it.

    Attributes:
        verdict: what is known.
        violation: why it failed.
        is_unsure: whether something has a say that is not followed.
        level: how many gates lie above.
    """

    __slots__ = (
        "_choices",
        "_content",
        "_dependents",
        "_frame",
        "_gates",
        "_parent",
        "is_unsure",
        "level",
        "node",
        "verdict",
        "violation",
    )

    def __init__(self, frame: Frame, parent: Parent) -> None:
        self.verdict = Verdict.OPEN
        self.violation: Violation | None = None
        self.is_unsure = False
        self.level = parent.level
        self.node = _ANYTHING
        self._dependents: Mapping[str, list[DependentGate]] = _NOTHING
        self._frame = frame
        self._parent = parent
        self._gates: tuple[Gate, ...] = ()
        self._choices: tuple[ChoiceFollower, ...] = ()
        self._content: StringFollower | ArrayFollower | ObjectFollower | None = None

    # What its parts tell.

    def fail(self, keyword: str, message: str) -> None:
        """Take note that the value breaks ``keyword``."""
        self.fail_as(Violation(self._frame.path, keyword, message))

    def fail_as(self, violation: Violation) -> None:
        """Fail, the first time, and with it all that it is part of; by a loop, since documents are deep."""
        check = self
        while check.verdict is Verdict.OPEN:
            check.verdict, check.violation = Verdict.FAILED, violation
            parent = check._parent
            if not isinstance(parent, Check):
                parent.failed(check)
                return
            check = parent

    def failed(self, part: Part) -> None:
        """Fail with a part that must pass."""
        assert part.violation is not None
        self.fail_as(part.violation)

    def settled(self, part: Part) -> None:
        """Be unsure with it."""
        if part.verdict is Verdict.UNSURE:
            self.is_unsure = True

    def missed(self) -> None:
        """Be unsure."""
        self.is_unsure = True

    # The value's life.

    def begin(self, keyword: str, node: Node) -> None:
        """Look at what is known when the value begins."""
        self.node = node
        if node.is_never:
            self.fail(keyword, "it is not allowed here" if keyword else "nothing is allowed")
            return
        self.is_unsure = not node.is_exact
        kinds = node.kinds
        if kinds is not None and self._frame.kind not in kinds and not self._is_integer(kinds):
            self.fail("type", f"it is not of type {' or '.join(sorted(kinds))}")
            return
        if node.choices:
            self._begin_choices(node)
        self._begin_content(node)
        if node.has_parts:
            self._begin_parts(node)

    def enter(self, child: Frame) -> None:
        """Have a member or an item that begins checked."""
        if self.verdict is not Verdict.OPEN:
            return
        key, content = child.path[-1], self._content
        if isinstance(key, str):
            for dependent in self._dependents.get(key, ()):
                dependent.note_member()
            if isinstance(content, ObjectFollower):
                self._enter_member(content, key, child)
        else:
            assert isinstance(content, ArrayFollower)
            self._enter_item(content, key, child)

    def close(self, value: object) -> None:
        """Take the whole value, and tell the parent what came of it."""
        if self.verdict is not Verdict.OPEN:
            return
        for gate in self._gates:
            gate.close()
        self._close_content(value)
        if self.verdict is Verdict.OPEN:
            self.verdict = Verdict.UNSURE if self.is_unsure else Verdict.PASSED
            self._parent.settled(self)

    def _is_integer(self, kinds: frozenset[str]) -> bool:
        """Say whether the value may pass for an integer, where those are among the kinds."""
        value = self._frame.value
        if "integer" not in kinds or self._frame.kind != "number" or isinstance(value, int):
            return isinstance(value, int) and "integer" in kinds
        assert isinstance(value, float)
        if not is_plain(value):
            self.is_unsure = True
            return True
        return value == int(value)

    def _begin_choices(self, node: Node) -> None:
        for choices in node.choices:
            follower = ChoiceFollower(choices, self, self._frame.kind)
            self._choices += (follower,)
            if self._frame.kind == "string" and follower.grows:
                self._frame.growing += (follower.grow,)

    def _begin_content(self, node: Node) -> None:
        frame, kind = self._frame, self._frame.kind
        if kind == "string" and node.strings is not None:
            self._content = string = StringFollower(node.strings, self)
            if string.grows:
                frame.growing += (string.grow,)
        elif kind == "array" and node.arrays is not None:
            self._content = array = ArrayFollower(node.arrays, self)
            frame.entering += (self,)
            if node.arrays.is_unique:
                frame.leaving += (array,)
        elif kind == "object" and node.objects is not None:
            self._content = ObjectFollower(node.objects, self)
            frame.entering += (self,)

    def _begin_parts(self, node: Node) -> None:
        frame = self._frame
        for keyword, part in node.all_of:
            frame.spawn(keyword, part, self)
        if node.any_of:
            self._begin_alternatives(AnyGate(self, frame.path, len(node.any_of)), node.any_of)
        if node.one_of:
            self._begin_alternatives(OneGate(self, frame.path, len(node.one_of)), node.one_of)
        if node.negated is not None:
            frame.spawn("not", node.negated, NotGate(self))
        if node.condition is not None:
            self._begin_condition(node.condition)
        if frame.kind == "object":
            self._begin_dependents(node.dependents)

    def _begin_dependents(self, dependents: tuple[tuple[str, Node], ...]) -> None:
        gates: dict[str, list[DependentGate]] = {}
        self._dependents = gates
        if self._content is None and dependents:
            self._frame.entering += (self,)
        for name, part in dependents:
            gate = DependentGate(self)
            self._gates += (gate,)
            gates.setdefault(name, []).append(gate)
            self._frame.spawn("dependentSchemas", part, gate.part)

    def _begin_alternatives(self, gate: AnyGate, nodes: tuple[Node, ...]) -> None:
        self._gates += (gate,)
        for node in nodes:
            self._frame.spawn(gate.keyword, node, gate)

    def _begin_condition(self, condition: Condition) -> None:
        has_then, has_else = condition.then is not None, condition.otherwise is not None
        gate = IfGate(self, has_then=has_then, has_else=has_else)
        self._gates += (gate,)
        self._frame.spawn("if", condition.test, gate.test)
        if condition.then is not None:
            self._frame.spawn("then", condition.then, gate.then)
        if condition.otherwise is not None:
            self._frame.spawn("else", condition.otherwise, gate.otherwise)

    def _enter_item(self, array: ArrayFollower, index: int, child: Frame) -> None:
        found = array.enter(index)
        if found is not None:
            child.spawn(*found, self)
        if array.contains is not None and array.rules.contains is not None:
            child.spawn("contains", array.rules.contains, array.contains)

    def _enter_member(self, content: ObjectFollower, key: str, child: Frame) -> None:
        if content.rules.names is not None:
            name = Frame(child.path, "string")
            name.spawn("propertyNames", content.rules.names, self)
            for grow in name.growing:
                grow(key)
            name.close(key)
        for keyword, node in content.enter(key):
            child.spawn(keyword, node, self)

    def _close_content(self, value: Any) -> None:
        for choices in self._choices:
            choices.close(value)
        if self._content is not None:
            self._content.close(value)
        elif self.node.numbers is not None and self._frame.kind == "number":
            judge_number(self.node.numbers, self, value)


class _Passed:
    """A part that is known to pass."""

    verdict = Verdict.PASSED
    violation: Violation | None = None


_PASSED = _Passed()
_ANYTHING = Node()
_NOTHING: Mapping[str, list[DependentGate]] = MappingProxyType({})
