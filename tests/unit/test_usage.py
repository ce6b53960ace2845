"""Token counts: unknown is None, never 0."""

from __future__ import annotations

import pytest

from sluiceway.usage import FinishReason, Stop, Usage


def test_nothing_is_known_at_first() -> None:
    usage = Usage()
    assert (usage.input_tokens, usage.output_tokens, usage.reasoning_tokens) == (None, None, None)
    assert not usage.is_estimate


@pytest.mark.parametrize(
    ("usage", "total"),
    [(Usage(3, 4), 7), (Usage(0, 0), 0), (Usage(3), None), (Usage(None, 4), None), (Usage(), None)],
)
def test_the_total_needs_both_counts(usage: Usage, total: int | None) -> None:
    assert usage.total_tokens == total


def test_parts_do_not_count_twice() -> None:
    assert Usage(10, 5, cache_read_tokens=8, cache_write_tokens=2, reasoning_tokens=4).total_tokens == 15


def test_a_finish_reason_is_what_it_means_and_the_word_that_said_so() -> None:
    assert FinishReason(Stop.END, "end_turn") != FinishReason(Stop.END, "stop")
    assert FinishReason(Stop.CANCELLED).raw is None
