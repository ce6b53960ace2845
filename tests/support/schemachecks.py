"""Shortcuts for tests of the schema checker: a schema and a text in, what was found out."""

from __future__ import annotations

import re

from sluiceway.partial.schema.compile import compile_schema
from sluiceway.partial.schema.document import Document
from sluiceway.partial.schema.nodes import Match
from sluiceway.partial.schema.verdict import Verdict, Violation

__all__ = ["FakeOwner", "FakePart", "compile_pattern", "document", "found", "seen_at"]


class FakeOwner:
    """An owner that keeps what it is told."""

    def __init__(self) -> None:
        self.is_unsure = False
        self.level = 0
        self.failures: list[str] = []
        self.violations: list[Violation] = []

    def fail(self, keyword: str, message: str) -> None:
        """Keep the keyword."""
        assert message
        self.failures.append(keyword)

    def fail_as(self, violation: Violation) -> None:
        """Keep the violation."""
        self.violations.append(violation)


class FakePart:
    """A check that is as it is made."""

    def __init__(self, verdict: Verdict, violation: Violation | None = None) -> None:
        self.verdict = verdict
        self.violation = violation


def compile_pattern(pattern: str) -> Match | None:
    """Return a matcher; the tests' own patterns need no bound."""
    return lambda text: re.search(pattern, text) is not None


def document(schema: object) -> Document:
    """Return a document under ``schema``."""
    return Document(compile_schema(schema, compile_pattern))


def found(schema: object, text: str) -> tuple[str, str] | None:
    """Return pointer and keyword of the first violation of a whole text, pushed letter by letter."""
    under = document(schema)
    for letter in text:
        under.push(letter)
    violation = under.close()
    return None if violation is None else (violation.pointer, violation.keyword)


def seen_at(schema: object, text: str) -> int | None:
    """Return how many characters of ``text`` it takes until the first violation is seen; None for more than all."""
    under = document(schema)
    return next((at for at, letter in enumerate(text, 1) if under.push(letter) is not None), None)
