"""What the decoders of every dialect keep to, whatever they are fed. Each check raises AssertionError."""

from __future__ import annotations

from hypothesis import strategies as st
from support.cuts import cuts, decode_pieces
from support.decoding import events_of

from sluiceway.dialects.base import UpstreamSide
from sluiceway.dialects.template import Template
from sluiceway.events import Event, Frame, StreamEnd, StreamError, TextDelta
from sluiceway.order import check_order

__all__ = ["check_every_cut", "check_one_end", "check_short_way", "decode_events"]

_MAX_BYTES = 1 << 20


class _NoTemplate(Template):
    """A template that learns nothing: the long way."""

    __slots__ = ()

    def take(self, _data: bytes, _wire: str, _frames: list[Frame]) -> int:
        return 0


def decode_events(upstream: UpstreamSide, body: bytes, *, is_stream: bool = True) -> list[Event]:
    """Return the events of an answer, their order checked."""
    events = events_of(decode_pieces(upstream.decoder(is_stream, _MAX_BYTES), [body]))
    check_order(events)
    return events


def check_short_way(upstream: UpstreamSide, body: bytes) -> None:
    """Check that a stream says the same where nothing of it is learned by heart."""
    short = upstream.decoder(True, _MAX_BYTES)
    long = upstream.decoder(True, _MAX_BYTES)
    long._reading.template = _NoTemplate("", {})  # type: ignore[attr-defined]
    assert decode_pieces(short, [body]) == decode_pieces(long, [body])


def check_every_cut(upstream: UpstreamSide, body: bytes, data: st.DataObject, *, is_stream: bool = True) -> None:
    """Check that an answer comes in legal order, and is the same however it is cut."""
    whole = decode_pieces(upstream.decoder(is_stream, _MAX_BYTES), [body])
    assert decode_pieces(upstream.decoder(is_stream, _MAX_BYTES), data.draw(cuts(body))) == whole
    check_order(events_of(whole))


def check_one_end(upstream: UpstreamSide, body: bytes, *, may_be_proper: bool = False) -> None:
    """Check that any bytes are an answer that ends once: with an error, unless ``may_be_proper``."""
    ends = StreamError | StreamEnd if may_be_proper else StreamError
    for is_stream in (True, False):
        events = decode_events(upstream, body, is_stream=is_stream)
        assert sum(isinstance(event, ends) for event in events) == 1
        assert not isinstance(events[0], TextDelta)
