"""Kept answers, as the server knows them: by dialect and name, each with what it takes to tell it again."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable
from typing import Protocol

import msgspec

from sluiceway.clock import Clock
from sluiceway.delivery.cursor import START, Cursor
from sluiceway.delivery.follower import Follower
from sluiceway.delivery.generation import Ending, Generation
from sluiceway.delivery.kept import FOR_EVER, KeptGeneration
from sluiceway.delivery.log.memory import Budget
from sluiceway.delivery.reader import FrameEncoder
from sluiceway.delivery.resume import AfterFrames, AfterNumber, Split
from sluiceway.delivery.shelf import Shelf, ShelfLimits
from sluiceway.delivery.stamp import Place, Stamped
from sluiceway.dialects.base import EncodeOptions, Encoder, Framing, Keep
from sluiceway.errors import CursorExpired, RequestError, ServerBusy, UnsupportedFeature
from sluiceway.request import Request
from sluiceway.server.resumption import Terms
from sluiceway.server.settings import Settings
from sluiceway.wire.ndjson import NDJSONDecoder
from sluiceway.wire.sse import SSEDecoder

__all__ = ["Answer", "Answers", "Elsewhere", "Voice"]


class Voice(msgspec.Struct, frozen=True):
    """In which words an answer is told.

    Attributes:
        framing: how payloads are set apart.
        has_ids: whether server-sent events have ids.
        encoder: of another dialect than the answer's own; None for that.
    """

    framing: Framing
    has_ids: bool = False
    encoder: Callable[[EncodeOptions], Encoder] | None = None

    @property
    def is_stamped(self) -> bool:
        """Whether what is told has ids."""
        return self.has_ids and self.framing is Framing.SSE


class Answer(msgspec.Struct, frozen=True):
    """One kept answer.

    Attributes:
        kept: itself.
        keep: how its dialect keeps it; its request is done with, and as small as can be.
        created_at_unix_s: when it was asked for.
        path: of the endpoint where it was.
        is_resumable: whether its reader asked to be able to come back.
        max_followers: how many may follow it at a time.
    """

    kept: KeptGeneration
    keep: Keep
    created_at_unix_s: int
    path: str = ""
    is_resumable: bool = False
    max_followers: int = sys.maxsize

    def options(self, framing: Framing, *, include_usage: bool = True) -> EncodeOptions:
        """Return what an encoder is told; the same each time, so that the same is told again."""
        origin = self.kept.generation.origin
        return EncodeOptions(framing, origin.id, origin.model, self.created_at_unix_s, include_usage=include_usage)

    def snapshot(self) -> bytes:
        """Return the body that tells it as far as it goes.

        Raises:
            CursorExpired: not all of it is kept.
        """
        return self.keep.snapshot(self.options(Framing.JSON), self.kept.completion())

    def follow(self, voice: Voice) -> tuple[Follower, FrameEncoder]:
        """Return a view of all of it, and what encodes that.

        Raises:
            CursorExpired: not all of it is kept.
            ServerBusy: as many follow it as are allowed to.
        """
        return self.follow_from(START, voice)

    def follow_from(self, cursor: Cursor, voice: Voice) -> tuple[Follower, FrameEncoder]:
        """Return a view for a reader who is at ``cursor``, and what encodes it.

        Raises:
            CursorExpired: what follows the cursor is no longer kept.
            RequestError: the cursor is not one of this answer.
            ServerBusy: as many follow it as are allowed to.
        """
        place = self._seek(cursor)
        encoder = self._encoder(voice)
        follower = self._join()
        if voice.is_stamped:
            return follower, Stamped(encoder, follower, self.kept.log, place)
        silent_frames = follower.frames_before(place.seq)
        if silent_frames or place.part:
            return follower, AfterFrames(encoder, silent_frames, place.part, _split(voice.framing))
        return follower, encoder

    def follow_after(
        self, number: int, number_of: Callable[[bytes], int | None], voice: Voice
    ) -> tuple[Follower, FrameEncoder]:
        """Return a view for a reader who has the payload of a number of his dialect's own, and what encodes it.

        Raises:
            CursorExpired: some of it is no longer kept as it came, so nobody knows the numbers any more.
            ServerBusy: as many follow it as are allowed to.
        """
        self.check_whole()
        spelling = self._encoder(voice)
        follower = self._join()
        encoder = Stamped(spelling, follower, self.kept.log) if voice.is_stamped else spelling
        return follower, AfterNumber(encoder, number_of, number, _split(voice.framing))

    def follow_after_count(self, count: int, voice: Voice) -> tuple[Follower, FrameEncoder]:
        """Return a view for a reader who has so many payloads, and what encodes it; raises as `follow_after`."""
        numbers = itertools.count(1)
        return self.follow_after(count, lambda _payload: next(numbers), voice)

    def check_whole(self) -> None:
        """Look whether all of it is kept as it was told.

        Raises:
            CursorExpired: it is not.
        """
        if self.kept.log.first_seq > 1:
            raise CursorExpired("the answer is no longer kept as it was told")

    def _seek(self, cursor: Cursor) -> Place:
        if cursor == START:
            return Place()
        log = self.kept.log
        seq = log.seek(cursor)
        if log.is_ended and seq > log.next_seq:
            raise RequestError("the cursor is beyond the end of the answer", field="after")
        return Place(seq, cursor.part if seq == cursor.seq else 0)

    def _join(self) -> Follower:
        if self.kept.follower_count >= self.max_followers:
            raise ServerBusy("as many readers follow this answer as are allowed to")
        return Follower(self.kept)

    def _encoder(self, voice: Voice) -> Encoder:
        if voice.encoder is not None:
            return voice.encoder(self.options(voice.framing))
        return self.keep.encoder(self.options(voice.framing, include_usage=self.keep.include_usage))


def _split(framing: Framing) -> Split:
    """Return what takes encoded bytes apart; they are our own, so they need no limit."""
    return SSEDecoder(sys.maxsize).feed if framing is Framing.SSE else NDJSONDecoder(sys.maxsize).feed


class Elsewhere(Protocol):
    """The answers that other replicas keep; see `sluiceway.server.replicas`."""

    def publish(self, answer: Answer) -> None:
        """Let others have an answer of this process from now on."""
        ...

    def retire(self, stream_id: str) -> None:
        """Let go of an answer of this process."""
        ...

    async def find(self, stream_id: str, cursor: Cursor = START) -> Answer | None:
        """Return the answer with this id, as far as a reader at ``cursor`` needs it; None when nobody has it.

        Raises:
            LogUnavailable: that cannot be told now.
        """
        ...

    async def find_named(self, dialect: str, name: str) -> Answer | None:
        """Return the whole answer of a dialect with this id, or the latest with this name; None when nobody has it.

        Raises:
            LogUnavailable: that cannot be told now.
        """
        ...

    async def stop(self, stream_id: str) -> str:
        """Have an answer stopped, and return what it was; empty for one that nobody knows.

        Raises:
            LogUnavailable: that cannot be done now.
        """
        ...


class Answers:
    """All kept answers of one process.

    Args:
        settings: the settings.
        clock: time and timers.
        on_over: told when one is over and nobody follows it; perhaps more than once.

    Attributes:
        elsewhere: the answers of other replicas; None without them.
    """

    def __init__(self, settings: Settings, clock: Clock, on_over: Callable[[Generation], None]) -> None:
        limits = ShelfLimits(
            settings.kept_answer_bytes, settings.kept_bytes, settings.kept_s, settings.max_background_streams
        )
        self._shelf = Shelf(limits, clock, on_over=lambda kept: on_over(kept.generation), on_gone=self._forget)
        self._max_followers = settings.max_followers
        self._usual_terms = Terms(is_resumable=False, grace_s=settings.resume_grace_s)
        self._is_alone = settings.workers == 1
        self.elsewhere: Elsewhere | None = None
        self._answers: dict[str, Answer] = {}
        self._ids: dict[tuple[str, str], str] = {}
        self._names: dict[str, tuple[str, str]] = {}

    def admit(self, keep: Keep) -> bool:
        """Return whether an answer is to be kept; to be asked before it begins.

        Raises:
            UnsupportedFeature: it must run in the background, and cannot be found again here.
            ServerBusy: as many are kept, or run in the background, as are allowed.
        """
        # Readers come back to any process of the server, and an answer lives in one, unless they tell each other.
        if not self._is_alone and self.elsewhere is None:
            if keep.is_background:
                raise UnsupportedFeature(
                    "with several workers, answers in the background need a Redis: --redis", field="background"
                )
            return False
        self._shelf.check(FOR_EVER if keep.is_background else 0)
        return True

    def add(
        self,
        generation: Generation,
        keep: Keep,
        created_at_unix_s: int,
        terms: Terms | None = None,
        *,
        path: str = "",
    ) -> Answer:
        """Keep an answer that has just begun.

        Args:
            generation: itself.
            keep: how its dialect keeps it.
            created_at_unix_s: when it was asked for.
            terms: what its reader asked for; one in the background goes on to its end whatever they are.
            path: the endpoint's.
        """
        terms = terms or self._usual_terms
        origin = generation.origin
        if keep.is_background:
            kept = self._shelf.keep(generation, grace_s=FOR_EVER)
        else:
            kept = self._shelf.keep(generation, grace_s=terms.grace_s, max_alone_tokens=terms.max_alone_tokens)
        small = msgspec.structs.replace(keep, request=Request(origin.model, []))
        answer = self._answers[origin.id] = Answer(
            kept, small, created_at_unix_s, path, terms.is_resumable, self._max_followers
        )
        if keep.name:
            name = self._names[origin.id] = (origin.dialect, keep.name)
            self._ids[name] = origin.id
        if self.elsewhere is not None:
            self.elsewhere.publish(answer)
        return answer

    async def find(self, dialect: str, name: str) -> Answer | None:
        """Return the answer of a dialect with this id, or the latest with this name, wherever it is kept.

        Raises:
            LogUnavailable: other replicas may keep it, and what they keep cannot be reached now.
        """
        answer = self._answers.get(self._ids.get((dialect, name), name))
        if answer is None and self.elsewhere is not None:
            return await self.elsewhere.find_named(dialect, name)
        if answer is None or not answer.keep.has_revisits:
            return None
        return answer if answer.kept.generation.origin.dialect == dialect else None

    def get(self, stream_id: str) -> Answer | None:
        """Return the answer with this id that this process keeps."""
        return self._answers.get(stream_id)

    async def find_stream(self, stream_id: str, cursor: Cursor = START) -> Answer | None:
        """Return the answer with this id, whatever its dialect and wherever it is kept.

        Args:
            stream_id: its id.
            cursor: where its reader is.

        Raises:
            LogUnavailable: other replicas may keep it, and what they keep cannot be reached now.
        """
        answer = self._answers.get(stream_id)
        if answer is None and self.elsewhere is not None:
            return await self.elsewhere.find(stream_id, cursor)
        return answer

    async def stop(self, answer: Answer) -> bool:
        """Have an answer stopped, wherever it is kept, and return whether that is how it ended.

        Raises:
            LogUnavailable: another replica keeps it, and cannot be told now.
        """
        generation = answer.kept.generation
        if self.elsewhere is not None and self._answers.get(generation.origin.id) is not answer:
            return await self.elsewhere.stop(generation.origin.id) in {"run", "stopped"}
        generation.stop()
        return generation.ending is Ending.STOPPED

    @property
    def budget(self) -> Budget:
        """The memory that kept answers share."""
        return self._shelf.budget

    def close(self) -> None:
        """Let go of all. Idempotent."""
        self._shelf.close()

    def _forget(self, kept: KeptGeneration) -> None:
        generation_id = kept.generation.origin.id
        del self._answers[generation_id]
        if self.elsewhere is not None:
            self.elsewhere.retire(generation_id)
        name = self._names.pop(generation_id, None)
        if name is not None and self._ids.get(name) == generation_id:
            del self._ids[name]
