"""How often, and after how long, a client tries again. Arithmetic only: it neither sleeps nor draws at random."""

from __future__ import annotations

import msgspec

__all__ = ["Retry"]


class Retry(msgspec.Struct, frozen=True):
    """Attempts that grow apart.

    Attributes:
        attempts: how many may fail in a row before the client gives up; each event that comes begins a new row.
        first_delay_s: the longest wait after the first failure; each further one doubles it.
        max_delay_s: the longest wait there is.
    """

    attempts: int = 8
    first_delay_s: float = 0.1
    max_delay_s: float = 5.0

    def delay_s(self, failures: int, share: float, retry_after_s: float = 0.0) -> float:
        """Return how long to wait.

        Args:
            failures: how many attempts failed in a row, from 1.
            share: a random number in [0, 1), so that clients that were cut together come back apart.
            retry_after_s: what the server asked for; it is waited for, up to the longest wait.
        """
        longest_s = min(self.first_delay_s * 2.0 ** (failures - 1), self.max_delay_s)
        return max(longest_s * share, min(retry_after_s, self.max_delay_s))
