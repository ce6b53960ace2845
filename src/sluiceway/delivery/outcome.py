"""What a guard has found out about an answer, for metrics and for whoever looks at the answer."""

from __future__ import annotations

import enum

import msgspec

__all__ = ["GuardRecord", "Outcome"]


class Outcome(enum.Enum):
    """What became of the schema; the closed set of the metrics' ``outcome`` label."""

    VALID = "valid"
    INVALID = "invalid"
    UNFINISHED = "unfinished"
    """The document is not whole: it runs, was cut short, or broke off."""
    UNCHECKED = "unchecked"
    """There was no document but a tool call or a refusal, or none that could be followed to its end."""


class GuardRecord(msgspec.Struct):
    """The state of one guarded answer.

    Attributes:
        outcome: what is known.
        pointer: of a violation, the JSON Pointer of the value, cut where it is very long.
        keyword: of a violation, the schema's keyword; empty where the text is no JSON.
    """

    outcome: Outcome = Outcome.UNFINISHED
    pointer: str = ""
    keyword: str = ""
