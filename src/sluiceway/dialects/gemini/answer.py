"""An answer as it comes, payload by payload → events: the same for a stream's chunks and for a whole answer.

Source: Google's API reference, "GenerateContentResponse" (August 2026), and recorded answers.
"""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from sluiceway.dialects.gemini.blocks import Blocks, ChoiceState
from sluiceway.dialects.gemini.errors import decode_stream_error
from sluiceway.dialects.gemini.shapes import NAME, CandidateShape, ChunkShape, is_given
from sluiceway.dialects.gemini.usage import decode_usage
from sluiceway.errors import RemoteProtocolError
from sluiceway.events import Event, StreamStart, UsageReport

__all__ = ["Answer", "split_payload"]

_CHUNK = msgspec.json.Decoder(ChunkShape)
_LIST = msgspec.json.Decoder(list[msgspec.Raw])


class Answer:
    """One answer.

    Attributes:
        is_over: whether an error was told.
        counts: the record of token counts that was told last; empty when there was none.
    """

    __slots__ = ("_blocks", "_is_started", "counts", "is_over")

    def __init__(self) -> None:
        self.is_over = False
        self._blocks = Blocks()
        self._is_started = False
        self.counts = b""

    @property
    def has_finished(self) -> bool:
        """Whether there is a candidate, and each has a finish reason."""
        return self._blocks.has_finished

    def feed(self, payload: bytes, events: list[Event]) -> ChoiceState | None:
        """Take one payload, an object, and append what it says.

        Returns:
            Its candidate, when the payload says nothing beside what that one said, and counts.

        Raises:
            msgspec.DecodeError: it is not JSON, or of a wrong shape.
            RemoteProtocolError: its pieces do not fit together.
        """
        chunk = _CHUNK.decode(payload)
        if is_given(chunk.error):
            self._break(payload, events)
            return None
        if not self._is_started:
            self._is_started = True
            events.append(_start(chunk))
        state: ChoiceState | None = None
        for position, candidate in enumerate(chunk.candidates or ()):
            state = self._blocks.feed(candidate, position, payload, events)
        if is_given(chunk.prompt_feedback):
            self._blocks.block_prompt(chunk.prompt_feedback)
        if chunk.usage_metadata:
            self.report(bytes(chunk.usage_metadata), events)
        return state if _is_plain(chunk) else None

    def report(self, record: bytes, events: list[Event]) -> bool:
        """Tell counts, which come with every chunk, where they changed; return whether they could be read."""
        if record == self.counts:
            return True
        usage = decode_usage(record)
        if usage is None:
            return False
        self.counts = record
        events.append(UsageReport(usage))
        return True

    def end(self, events: list[Event], *, is_last: bool = False) -> None:
        """End the candidates whose finish reason is known; with ``is_last`` all.

        Raises:
            RemoteProtocolError: there is no candidate to end.
        """
        if is_last and not self._blocks.choices:
            raise RemoteProtocolError("the upstream's answer has no candidates", dialect=NAME)
        self._blocks.end(events, is_last=is_last)

    def _break(self, payload: bytes, events: list[Event]) -> None:
        self._blocks.end(events)
        events.append(decode_stream_error(payload))
        self.is_over = True


def split_payload(payload: bytes) -> list[bytes]:
    """Return the objects of a payload: of a list, as Google sends without ``alt=sse``, its elements.

    Raises:
        msgspec.DecodeError: it begins like a list and is none.
    """
    # [{"error":{"code":429,"message":"Resource has been exhausted","status":"RESOURCE_EXHAUSTED",…}}]
    return [bytes(element) for element in _LIST.decode(payload)] if payload.startswith(b"[") else [payload]


def _is_plain(chunk: ChunkShape) -> bool:
    """Return whether a chunk has content for one candidate, counts, and nothing else that is looked at."""
    candidates = chunk.candidates
    if candidates is None or len(candidates) != 1 or chunk.prompt_feedback:
        return False
    (one,) = candidates
    return CandidateShape(one.index, one.content) == one


def _start(chunk: ChunkShape) -> StreamStart:
    return StreamStart(chunk.response_id or "", chunk.model_version or "", _unix_s(chunk.create_time))


def _unix_s(text: str | None) -> int | None:
    """Return a time stamp in Unix seconds, or None where there is none that can be read."""
    # "createTime":"2026-03-19T19:35:33.563823Z"
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return max(int(moment.replace(tzinfo=moment.tzinfo or UTC).timestamp()), 0)
