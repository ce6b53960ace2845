"""What a reader has, compared with what the upstream said. It believes nobody, and overlooks nothing.

A whole answer is a stream as its dialect and its framing have it: every token once and in order, chunks that keep to
the grammar, at most one error, behind which nothing comes but the end mark, and that mark once, as the last payload.
Lines have no mark: their body ends in good order, behind a finish reason or an error. Ids rise.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Sequence
from typing import Any

import msgspec
from support.openai_chat_grammar import check_chat

from chaos.upstream import Spec, token_of

__all__ = ["Transcript", "Verdict", "judge"]

_TOKEN = re.compile("([0-9]+)·é🙂x* ")
_ID = re.compile("([0-9]+)-([0-9]+)(?:[.]([0-9]+))?")
_MARK = "[DONE]"


class Transcript(msgspec.Struct):
    """What a reader has of an answer.

    Attributes:
        is_lines: whether it read lines instead of events.
        payloads: all payloads, the end mark among them.
        ids: those of the events that had one.
        is_closed: whether the last body ended in good order.
        strange: what was neither a payload, an id, nor a comment.
    """

    is_lines: bool = False
    payloads: list[str] = msgspec.field(default_factory=list)
    ids: list[str] = msgspec.field(default_factory=list)
    is_closed: bool = False
    strange: list[str] = msgspec.field(default_factory=list)

    @property
    def is_over(self) -> bool:
        """Whether its reader need not come back."""
        return self.is_closed or (not self.is_lines and self.payloads[-1:] == [_MARK])


class Verdict(msgspec.Struct):
    """What became of one reader's answer.

    Attributes:
        lost: tokens it never got.
        doubled: tokens it got again.
        reordered: tokens that came before an earlier one.
        endings: how many endings it got.
        error: the code of the error it ended with; empty for none.
        broken: what is not as its dialect has it; empty for nothing.
        seen: how many tokens it got.
    """

    lost: int = 0
    doubled: int = 0
    reordered: int = 0
    endings: int = 0
    error: str = ""
    broken: str = ""
    seen: int = 0


def judge(told: Transcript, spec: Spec, *, is_stopped: bool = False) -> Verdict:
    """Compare what a reader has with what the upstream says.

    Args:
        told: what it has.
        spec: the answer.
        is_stopped: whether somebody stopped the answer, so that it owes no more than it had.
    """
    try:
        records = [json.loads(payload) for payload in told.payloads if payload != _MARK]
        text, errors = _read(records)
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        return Verdict(broken=f"not chunks: {error!r}")
    seen = [int(number) for number in _TOKEN.findall(text)]
    error_code = errors[0] if errors else ""
    owed = max(seen, default=-1) + 1 if error_code or is_stopped else spec.tokens
    return Verdict(
        lost=len(set(range(owed)) - set(seen)),
        doubled=len(seen) - len(set(seen)),
        reordered=sum(later < earlier for earlier, later in itertools.pairwise(seen)),
        endings=max(_count_endings(told), len(errors)),
        error=error_code,
        broken=_find_fault(told, text, spec),
        seen=len(set(seen)),
    )


def _read(records: Sequence[Any]) -> tuple[str, list[str]]:
    """Return all text, and the codes of all errors."""
    deltas = [choice["delta"] for record in records for choice in record.get("choices", ())]
    errors = [str(record["error"].get("code")) for record in records if "error" in record]
    return "".join(delta.get("content") or "" for delta in deltas), errors


def _count_endings(told: Transcript) -> int:
    return int(told.is_closed) if told.is_lines else told.payloads.count(_MARK)


def _find_fault(told: Transcript, text: str, spec: Spec) -> str:
    """Return what is wrong with the form; of several faults the first."""
    if told.strange:
        return f"strange: {told.strange[0]!r}"
    if told.is_lines and _MARK in told.payloads:
        return "lines have no end mark"
    if "".join(token_of(int(number), spec.pad_bytes) for number in _TOKEN.findall(text)) != text:
        return "text that the upstream has not said"
    places = [_place(text_id) for text_id in told.ids]
    if any(later <= earlier for earlier, later in itertools.pairwise(places)):
        return "ids that do not rise"
    marks = [_MARK] if told.is_lines else []
    try:
        check_chat("".join(f"data: {payload}\n\n" for payload in [*told.payloads, *marks]).encode())
    except (AssertionError, ValueError, LookupError, TypeError, AttributeError) as error:
        return f"not the dialect's grammar: {error}"
    return ""


def _place(text: str) -> tuple[int, int, float]:
    """Return where an event stands; one without a part is behind those of its frame that have one."""
    match = _ID.fullmatch(text)
    if match is None:
        return 0, 0, 0.0
    epoch, seq, part = match.groups()
    return int(epoch), int(seq), int(part) if part else float("inf")
