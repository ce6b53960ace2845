from __future__ import annotations

from sluiceway.delivery.outcome import GuardRecord, Outcome


def test_an_answer_is_unfinished_until_more_is_known() -> None:
    assert GuardRecord() == GuardRecord(Outcome.UNFINISHED, pointer="", keyword="")
