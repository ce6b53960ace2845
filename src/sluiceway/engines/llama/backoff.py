"""How long to wait before the next restart: doubling, bounded, and short again after a good run."""

from __future__ import annotations

__all__ = ["Backoff"]


class Backoff:
    """The pauses between restarts.

    Args:
        first_s: the first pause.
        max_s: the longest.
        steady_s: after a run this long the next pause is the first one again.
    """

    def __init__(self, first_s: float, max_s: float, steady_s: float) -> None:
        self._first_s = first_s
        self._max_s = max_s
        self._steady_s = steady_s
        self._next_s = first_s

    def pause_s(self, ran_s: float) -> float:
        """Return the pause after a run of ``ran_s`` seconds."""
        if ran_s >= self._steady_s:
            self._next_s = self._first_s
        pause_s = min(self._next_s, self._max_s)
        self._next_s = min(pause_s * 2, self._max_s)
        return pause_s
