"""Kept answers, as the server knows them: by dialect and name, each with what it takes to tell it again."""

from __future__ import annotations

import sys
from collections.abc import Callable

import msgspec

from sluiceway.clock import Clock
from sluiceway.delivery.cursor import START, Cursor
from sluiceway.delivery.follower import Follower
from sluiceway.delivery.generation import Generation
from sluiceway.delivery.kept import FOR_EVER, KeptGeneration
from sluiceway.delivery.reader import FrameEncoder
from sluiceway.delivery.resume import AfterFrames, AfterNumber, Split
from sluiceway.delivery.shelf import Shelf, ShelfLimits
from sluiceway.dialects.base import EncodeOptions, Framing, Keep
from sluiceway.errors import CursorExpired, UnsupportedFeature
from sluiceway.server.settings import Settings
from sluiceway.wire.ndjson import NDJSONDecoder
from sluiceway.wire.sse import SSEDecoder

__all__ = ["Answer", "Answers"]


class Answer(msgspec.Struct, frozen=True):
    """One kept answer.

    Attributes:
        kept: itself.
        keep: how its dialect keeps it.
        created_at_unix_s: when it was asked for.
    """

    kept: KeptGeneration
    keep: Keep
    created_at_unix_s: int

    def options(self, framing: Framing) -> EncodeOptions:
        """Return what an encoder is told; the same each time, so that the same is told again."""
        origin = self.kept.generation.origin
        return EncodeOptions(framing, origin.id, origin.model, self.created_at_unix_s, include_usage=True)

    def snapshot(self) -> bytes:
        """Return the body that tells it as far as it goes.

        Raises:
            CursorExpired: not all of it is kept.
        """
        return self.keep.snapshot(self.options(Framing.JSON), self.kept.completion())

    def follow(self, framing: Framing) -> tuple[Follower, FrameEncoder]:
        """Return a view of all of it, and what encodes that.

        Raises:
            CursorExpired: not all of it is kept.
        """
        return self.follow_from(START, framing)

    def follow_from(self, cursor: Cursor, framing: Framing) -> tuple[Follower, FrameEncoder]:
        """Return a view for a reader who is at ``cursor``, and what encodes it.

        Raises:
            CursorExpired: what follows the cursor is no longer kept.
            RequestError: the cursor is not one of this answer.
        """
        seq = 1 if cursor == START else self.kept.log.seek(cursor)
        follower = Follower(self.kept)
        silent_frames = follower.frames_before(seq)
        encoder: FrameEncoder = self.keep.encoder(self.options(framing))
        return follower, AfterFrames(encoder, silent_frames) if silent_frames else encoder

    def follow_after(
        self, number: int, number_of: Callable[[bytes], int | None], framing: Framing
    ) -> tuple[Follower, FrameEncoder]:
        """Return a view for a reader who has the payload of a number of his dialect's own, and what encodes it.

        Raises:
            CursorExpired: some of it is no longer kept as it came, so nobody knows the numbers any more.
        """
        if self.kept.log.first_seq > 1:
            raise CursorExpired("the answer is no longer kept as it was told")
        encoder = self.keep.encoder(self.options(framing))
        return Follower(self.kept), AfterNumber(encoder, number_of, number, _split(framing))


def _split(framing: Framing) -> Split:
    """Return what takes encoded bytes apart; they are our own, so they need no limit."""
    return SSEDecoder(sys.maxsize).feed if framing is Framing.SSE else NDJSONDecoder(sys.maxsize).feed


class Answers:
    """All kept answers of one process.

    Args:
        settings: the settings.
        clock: time and timers.
        on_over: told when one is over and nobody follows it; perhaps more than once.
    """

    def __init__(self, settings: Settings, clock: Clock, on_over: Callable[[Generation], None]) -> None:
        limits = ShelfLimits(
            settings.kept_answer_bytes, settings.kept_bytes, settings.kept_s, settings.max_background_streams
        )
        self._shelf = Shelf(limits, clock, on_over=lambda kept: on_over(kept.generation), on_gone=self._forget)
        self._grace_s = settings.resume_grace_s
        self._is_alone = settings.workers == 1
        self._answers: dict[str, Answer] = {}
        self._ids: dict[tuple[str, str], str] = {}
        self._names: dict[str, tuple[str, str]] = {}

    def admit(self, keep: Keep) -> bool:
        """Return whether an answer is to be kept; to be asked before it begins.

        Raises:
            UnsupportedFeature: it must run in the background, and cannot be found again here.
            ServerBusy: as many are kept, or run in the background, as are allowed.
        """
        # Readers come back to any process of the server, and an answer lives in one.
        if not self._is_alone:
            if keep.is_background:
                raise UnsupportedFeature("answers run in the background on servers of one worker", field="background")
            return False
        self._shelf.check(FOR_EVER if keep.is_background else 0)
        return True

    def add(self, generation: Generation, keep: Keep, created_at_unix_s: int) -> Answer:
        """Keep an answer that has just begun."""
        origin = generation.origin
        kept = self._shelf.keep(generation, grace_s=FOR_EVER if keep.is_background else self._grace_s)
        answer = self._answers[origin.id] = Answer(kept, keep, created_at_unix_s)
        if keep.name:
            name = self._names[origin.id] = (origin.dialect, keep.name)
            self._ids[name] = origin.id
        return answer

    def find(self, dialect: str, name: str) -> Answer | None:
        """Return the answer of a dialect with this id, or the latest with this name."""
        answer = self._answers.get(self._ids.get((dialect, name), name))
        return answer if answer is not None and answer.kept.generation.origin.dialect == dialect else None

    def close(self) -> None:
        """Let go of all. Idempotent."""
        self._shelf.close()

    def _forget(self, kept: KeptGeneration) -> None:
        generation_id = kept.generation.origin.id
        del self._answers[generation_id]
        name = self._names.pop(generation_id, None)
        if name is not None and self._ids.get(name) == generation_id:
            del self._ids[name]
