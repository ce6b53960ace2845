"""Kept answers that play a script on a fake clock, and readers of them whose bytes can be read."""

from __future__ import annotations

from collections.abc import Sequence

from support.generations import PlainEncoder, begin

from sluiceway.delivery.follower import Follower
from sluiceway.delivery.generation import Generation
from sluiceway.delivery.kept import FOR_EVER, KeptGeneration
from sluiceway.delivery.reader import FrameEncoder, Limits, Reader
from sluiceway.delivery.resume import AfterFrames
from sluiceway.delivery.shelf import Shelf, ShelfLimits
from sluiceway.testing import FakeClock, ScriptedCall, Step

__all__ = ["Keeping", "Recorder", "follow"]

_PATIENT = Limits(heartbeat_s=0, stall_s=0)


class Recorder:
    """A reader that takes at once, as long as it may.

    Args:
        kept: what it follows.
        after_seq: the number of the frame it has got already.

    Attributes:
        text: what it got.
        reader: itself, as the server sees it.
    """

    def __init__(self, kept: KeptGeneration, *, after_seq: int = 0) -> None:
        self.text = ""
        self.is_slow = False
        self.reader = follow(kept, after_seq=after_seq)
        self.reader.listen(self.read)

    def read(self) -> None:
        """Take, unless it is slow."""
        if not self.is_slow:
            self.text += self.reader.take().decode()

    @property
    def is_over(self) -> bool:
        """Whether it has everything."""
        return self.reader.is_over

    def leave(self) -> None:
        """Go away."""
        self.reader.generation.leave()


def follow(kept: KeptGeneration, *, after_seq: int = 0) -> Reader:
    """Return a reader of a kept answer that has frame ``after_seq`` and all before it."""
    seq = kept.log.seek(kept.log.cursor(after_seq)) if after_seq else 1
    follower = Follower(kept)
    encoder: FrameEncoder = AfterFrames(PlainEncoder(), follower.frames_before(seq))
    return Reader(follower, encoder, _PATIENT, kept.clock.time)


class Keeping:
    """A shelf, and the answer it keeps.

    Attributes:
        clock: the time of everything here.
        gone: ids of what the shelf let go of.
        over: ids of what it was told is over.
    """

    def __init__(self, limits: ShelfLimits | None = None) -> None:
        self.clock = FakeClock()
        self.gone: list[str] = []
        self.over: list[str] = []
        self.generation: Generation
        self.call: ScriptedCall
        self.shelf = Shelf(
            limits or ShelfLimits(),
            self.clock,
            on_over=lambda kept: self.over.append(kept.generation.origin.id),
            on_gone=lambda kept: self.gone.append(kept.generation.origin.id),
        )

    def begin(
        self,
        steps: Sequence[Step],
        *,
        grace_s: float = FOR_EVER,
        max_alone_tokens: int = 0,
        max_pending_bytes: int = 1000,
        name: str = "gen-1",
    ) -> KeptGeneration:
        """Begin an answer that plays ``steps``, and keep it."""
        self.generation, self.call = begin(steps, self.clock, max_pending_bytes=max_pending_bytes, name=name)
        return self.shelf.keep(self.generation, grace_s=grace_s, max_alone_tokens=max_alone_tokens)
