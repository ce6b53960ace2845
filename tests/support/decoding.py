"""What the tests of every dialect say in the same way: an answer's bytes decoded, and options to encode with."""

from __future__ import annotations

from collections.abc import Iterable

from sluiceway.dialects.base import EncodeOptions, Framing, UpstreamSide
from sluiceway.events import Event, Frame
from sluiceway.order import check_order
from sluiceway.wire.sse import encode_event

__all__ = ["decode_answer", "events_of", "options", "sse"]


def decode_answer(
    upstream: UpstreamSide, body: bytes, max_bytes: int = 1 << 20, *, is_stream: bool = True
) -> list[Frame]:
    """Decode an answer, its end included, and check the order of its events."""
    decoder = upstream.decoder(is_stream, max_bytes)
    frames = decoder.feed(body) + decoder.close()
    check_order(events_of(frames))
    return frames


def events_of(frames: Iterable[Frame]) -> list[Event]:
    """Return the events of all frames in a row."""
    return [event for frame in frames for event in frame.events]


def options(framing: Framing = Framing.SSE, *, include_usage: bool = False) -> EncodeOptions:
    """Return options whose fallbacks can be told from what upstreams say."""
    return EncodeOptions(framing, "gen_1", "asked", 1_700_000_000, include_usage)


def sse(*payloads: bytes) -> bytes:
    """Return the payloads as server-sent events without names."""
    return b"".join(encode_event(payload) for payload in payloads)
