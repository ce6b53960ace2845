"""The timeline of one answer: when it was asked for, when its output came. Arithmetic only; times are arguments.

Definitions, taken at the reader (when a delta is handed to its connection):

- TTFT: request accepted → first output delta (s);
- ITL: gap between consecutive output deltas (s); deltas that arrive in one read have a gap of 0 between them;
- TPS: output tokens ÷ (last − first output delta) (tokens/s). Where the vendor reports no count, deltas are counted.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

__all__ = ["ITL_BOUNDS_S", "Timeline"]

ITL_BOUNDS_S = (0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 10.0)
"""Upper bounds of the ITL histogram's buckets, in seconds; one more bucket is above them."""


class Timeline:
    """Counts output deltas and the gaps between them.

    Attributes:
        accepted_at: when the request was accepted (monotonic seconds).
        first_at: when the first output delta was delivered, or None.
        last_at: when the latest was.
        deltas: how many were delivered.
        gaps: how many gaps fell into each bucket of `ITL_BOUNDS_S`, and above.
        gaps_sum_s: all gaps together.
    """

    __slots__ = ("accepted_at", "deltas", "first_at", "gaps", "gaps_sum_s", "last_at")

    def __init__(self, accepted_at: float) -> None:
        self.accepted_at = accepted_at
        self.first_at: float | None = None
        self.last_at = accepted_at
        self.deltas = 0
        self.gaps = [0] * (len(ITL_BOUNDS_S) + 1)
        self.gaps_sum_s = 0.0

    def delivered(self, deltas: int, now: float) -> None:
        """Note that ``deltas`` (at least one) output deltas were delivered together at ``now``."""
        if self.first_at is None:
            self.first_at = now
        else:
            gap_s = now - self.last_at
            self.gaps[bisect_left(ITL_BOUNDS_S, gap_s)] += 1
            self.gaps_sum_s += gap_s
        if deltas > 1:
            self.gaps[0] += deltas - 1
        self.deltas += deltas
        self.last_at = now

    def delivered_each(self, times: Sequence[float]) -> None:
        """Note that one output delta was delivered at each of ``times``, at least one, in their order."""
        if self.first_at is None:
            self.first_at = self.last_at = times[0]
            self.deltas += 1
            times = times[1:]
        gaps, last_at = self.gaps, self.last_at
        for now in times:
            gaps[bisect_left(ITL_BOUNDS_S, now - last_at)] += 1
            last_at = now
        self.gaps_sum_s += last_at - self.last_at
        self.deltas += len(times)
        self.last_at = last_at

    @property
    def ttft_s(self) -> float | None:
        """Time to first token, or None before it."""
        return None if self.first_at is None else self.first_at - self.accepted_at

    def tps(self, output_tokens: int | None) -> float | None:
        """Tokens per second between the first and the last delta; None when they are one moment or none."""
        if self.first_at is None or self.last_at <= self.first_at:
            return None
        return (self.deltas if output_tokens is None else output_tokens) / (self.last_at - self.first_at)
