"""A streaming answer's bytes → frames, for any dialect: framing and failures here, meanings in the dialect's reading.

What arrives goes into one frame an event, with the event's own bytes. It never raises for what the bytes say: broken
bytes end the answer in one last frame with a `StreamError`. Bytes after the end are ignored.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, Protocol, TypeVar

import msgspec

from sluiceway.dialects.template import Template
from sluiceway.errors import (
    BufferLimitExceeded,
    EngineError,
    RemoteProtocolError,
    SluicewayError,
    UpstreamFailed,
)
from sluiceway.events import Event, Frame, StreamError
from sluiceway.usual import Usual

__all__ = ["Framer", "Payload", "Reading", "StreamDecoder", "malformed"]

_SURELY_WITHIN_BYTES = 1 << 16
"""With a limit of at least this no usual event can pass it, and whoever knows it by heart need not look."""


class Payload(Protocol):
    """One wire event: a server-sent event, or a line."""

    @property
    def data(self) -> bytes:
        """The payload."""
        ...

    @property
    def raw(self) -> bytes:
        """The bytes it came as."""
        ...


P = TypeVar("P", bound=Payload)
P_contra = TypeVar("P_contra", bound=Payload, contravariant=True)
P_co = TypeVar("P_co", bound=Payload, covariant=True)


class Framer(Protocol[P_co]):
    """Bytes → wire events, such as `sluiceway.wire.sse.SSEDecoder`."""

    @property
    def is_between(self) -> bool:
        """Whether the input stands between two events."""
        ...

    def feed(self, data: bytes) -> Sequence[P_co]:
        """Take the next bytes and return what they complete. Raises `BufferLimitExceeded`."""
        ...

    def close(self) -> Sequence[P_co]:
        """Take the end of the input. Raises `BufferLimitExceeded`."""
        ...


class Reading(Protocol[P_contra]):
    """What one vendor's payloads mean; one per answer.

    Attributes:
        is_over: whether a terminal event was told.
        template: the usual event of the answer; None where no two are alike. A reading teaches it.
    """

    is_over: bool
    template: Template | None

    def feed(self, payload: P_contra, events: list[Event]) -> None:
        """Append what one payload says; what was appended before an error is kept.

        Raises:
            msgspec.DecodeError: the payload is not JSON, or of a wrong shape.
            RemoteProtocolError: it breaks the dialect in another way.
            UpstreamFailed: it reports an error; a reading may as well append the `StreamError` itself.
        """
        ...

    def close(self, events: list[Event], /) -> bytes:
        """Take the end of the body, no terminal event having come: append the ending, if there was a proper one.

        Returns:
            The bytes the vendor would have sent for it, when they can be had; else none.

        Raises:
            EngineUnavailable: the answer was cut.
        """
        ...

    def break_off(self, events: list[Event]) -> None:
        """Append what is still to be told before an error: choices whose finish reason was held back. Blocks stay
        open, for a cut is a cut.
        """
        ...


class StreamDecoder(Generic[P]):
    """Decodes one streaming answer; a `sluiceway.dialects.base.Decoder`.

    Args:
        framer: takes the bytes apart.
        reading: knows what the parts mean.
        wire: the wire form of the frames.
        max_event_bytes: the limit of one event.
    """

    __slots__ = ("_framer", "_max_event_bytes", "_reading", "_wire")

    def __init__(self, framer: Framer[P], reading: Reading[P], wire: str, max_event_bytes: int) -> None:
        self._framer = framer
        self._reading = reading
        self._wire = wire
        self._max_event_bytes = max_event_bytes

    def feed(self, data: bytes) -> list[Frame]:
        """Take a slice of the body and return the frames it completes."""
        frames: list[Frame] = []
        reading = self._reading
        if reading.is_over:
            return frames
        # The usual read is one event of the template, or several.
        template = reading.template
        if template is not None and self._framer.is_between and len(data) <= self._max_event_bytes:
            taken = template.take(data, self._wire, frames)
            if taken == len(data):
                return frames
            data = data[taken:]
        try:
            self._take_apart(self._framer.feed(data), frames)
        except BufferLimitExceeded as error:
            frames.append(self._fail(error))
        return frames

    @property
    def usual(self) -> Usual | None:
        """The usual event, where the next bytes may be one."""
        template = self._reading.template
        if template is None or self._reading.is_over or not self._framer.is_between:
            return None
        return template.usual if self._max_event_bytes >= _SURELY_WITHIN_BYTES else None

    def close(self) -> list[Frame]:
        """Take the end of the body and return the last frames, if the end was not told before."""
        frames: list[Frame] = []
        if self._reading.is_over:
            return frames
        try:
            self._take_apart(self._framer.close(), frames)
        except BufferLimitExceeded as error:
            return [self._fail(error)]
        return frames if _is_over(self._reading) else [*frames, self._ending()]

    def _take_apart(self, arrived: Sequence[P], frames: list[Frame]) -> None:
        reading = self._reading
        template = reading.template
        for payload in arrived:
            if template is None or not template.take(payload.raw, self._wire, frames):
                frames.append(self._frame(payload))
                if reading.is_over:
                    break

    def _frame(self, payload: P) -> Frame:
        events: list[Event] = []
        try:
            self._reading.feed(payload, events)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            return self._fail(malformed(error), events)
        except (RemoteProtocolError, UpstreamFailed) as error:
            return self._fail(error, events)
        return Frame(events, self._wire, payload.raw)

    def _ending(self) -> Frame:
        events: list[Event] = []
        try:
            raw = self._reading.close(events)
        except (RemoteProtocolError, EngineError) as error:
            return self._fail(error, events)
        self._reading.is_over = True
        return Frame(events, self._wire if raw else "", raw)

    def _fail(self, error: SluicewayError, events: Sequence[Event] = ()) -> Frame:
        """Return the last frame; it has no bytes, for they are not fit to be handed on."""
        last = list(events)
        self._reading.break_off(last)
        self._reading.is_over = True
        upstream_code = error.upstream_code if isinstance(error, UpstreamFailed) else ""
        last.append(StreamError(error.code, error.message, upstream_code))
        return Frame(last)


def malformed(error: Exception) -> RemoteProtocolError:
    """Return the error for a payload that cannot be read."""
    if isinstance(error, msgspec.ValidationError):
        return RemoteProtocolError(f"the upstream sent a payload of a wrong shape: {error}")
    return RemoteProtocolError("the upstream sent a payload that is not JSON")


def _is_over(reading: Reading[P]) -> bool:
    return reading.is_over
