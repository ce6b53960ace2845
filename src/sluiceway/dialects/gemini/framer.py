"""The wire events of a Gemini stream: server-sent events, and what Google's servers leave outside of them.

An error in mid-stream may come as bare JSON lines, without ``data``, behind the last event; or instead of events
altogether, as one object or a list. SSE ignores such lines, so they are found at the end of the body, and handed on
as an event of their own. The last event may lack its blank line.

Source: google-genai 1.30, whose client reads all of these; reports of bare errors in streams (2026).
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from sluiceway.wire.sse import SSEDecoder, SSEEvent, bare_data, encode_crlf_event

__all__ = ["Framer"]

_ANY = msgspec.json.Decoder()


class Framer:
    """Bytes → events; a `sluiceway.dialects.stream.Framer`.

    Args:
        max_event_bytes: the limit of one event.

    Attributes:
        is_between: whether the input stands between two events.
    """

    __slots__ = ("_decoder", "_has_begun", "_max_event_bytes", "is_between")

    def __init__(self, max_event_bytes: int) -> None:
        self.is_between = True
        self._decoder = SSEDecoder(max_event_bytes)
        self._max_event_bytes = max_event_bytes
        self._has_begun = False  # the beginning, which may have a byte order mark, is over

    def feed(self, data: bytes) -> Sequence[SSEEvent]:
        """Take the next bytes and return the events they complete.

        Raises:
            BufferLimitExceeded: an event is larger than the limit.
        """
        decoder = self._decoder
        # The usual read is one event.
        if self._has_begun and decoder.is_between and len(data) <= self._max_event_bytes:
            payload = bare_data(data)
            if payload is not None:
                return [SSEEvent(_valid(payload), raw=data)]
        events = decoder.feed(data)
        self.is_between = decoder.is_between
        self._has_begun = self._has_begun or bool(events)
        return [_bare(event) for event in events]

    def close(self) -> Sequence[SSEEvent]:
        """Take the end of the input.

        Raises:
            BufferLimitExceeded: an event was larger than the limit.
        """
        decoder = self._decoder
        events = decoder.close()
        # What was cut in mid-event is no event: the answer lacks its end, and that is what will be said.
        events += [event for event in decoder.flush() if _is_json(event.data)]
        bare = _without_comments(decoder.tail)
        if bare.startswith((b"{", b"[")) and _is_json(bare):
            # {⏎  "error": {⏎    "code": 503,⏎    "message": "The model is overloaded.",⏎    "status": "UNAVAILABLE"…
            events.append(SSEEvent(bare))
        return [_bare(event) for event in events]


def _bare(event: SSEEvent) -> SSEEvent:
    """Return the event as one line of data: between JSON's tokens a line end is a space."""
    if bare_data(event.raw) is not None:
        return event
    line = b" ".join(event.data.splitlines())
    return SSEEvent(line, raw=encode_crlf_event(line))


def _valid(data: bytes) -> bytes:
    return data if data.isascii() else data.decode(errors="replace").encode()


def _without_comments(tail: bytes) -> bytes:
    return b"\n".join(line for line in tail.splitlines() if not line.startswith(b":")).strip()


def _is_json(data: bytes) -> bool:
    try:
        _ANY.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True
