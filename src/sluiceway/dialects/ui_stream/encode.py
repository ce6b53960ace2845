"""Frames → the bytes of a UI message stream, as server-sent events or NDJSON.

No upstream speaks it, so every frame is told from its events. A stream begins with ``start`` and ``start-step`` and
ends with ``finish-step``, ``finish`` and ``[DONE]``, which NDJSON leaves out. Keepalives are comments: a part that
clients do not know makes them give up.

What this dialect cannot hold:

- choices but the first, log probabilities, and what only one vendor has (sources and citations with it): left out;
- a refusal as such: it is told as text, and the answer ends with ``content-filter``;
- the vendor's own finish reason, and a stop sequence apart from a natural end;
- an id of a tool call that the conversation has already: clients look for a call in the whole message, so it gets a
  number behind it;
- the usage of an answer, but for ``messageMetadata``.

An error's message is told as it is, not masked: what must not be seen is not in it.

Source: vercel/ai, ``packages/ai/src/ui-message-stream`` (August 2026).
"""

from __future__ import annotations

from sluiceway.dialects.base import EncodeOptions, Framing
from sluiceway.dialects.steady import around
from sluiceway.dialects.ui_stream.parts import Envelope, PartWriter
from sluiceway.dialects.ui_stream.shapes import DONE
from sluiceway.events import Frame
from sluiceway.request import Request, Role, ToolCallPart
from sluiceway.usual import Around, Usual
from sluiceway.wire.ndjson import encode_line
from sluiceway.wire.sse import encode_comment, encode_event

__all__ = ["StreamEncoder"]

_MARK = b"\0"
_ANSWER = (Role.ASSISTANT, Role.TOOL)


class StreamEncoder:
    """Encodes one answer for one reader.

    Args:
        options: the framing, and what to say where the upstream said nothing.
        request: the conversation that is answered.
    """

    __slots__ = ("_encode", "_is_sse")

    def __init__(self, options: EncodeOptions, request: Request) -> None:
        self._is_sse = options.framing is Framing.SSE
        writer = PartWriter(
            options,
            _envelope(is_sse=self._is_sse),
            is_new_message=not request.messages or request.messages[-1].role not in _ANSWER,
            call_ids={
                part.id for message in request.messages for part in message.parts if isinstance(part, ToolCallPart)
            },
        )
        self._encode = writer.encode

    def encode(self, frame: Frame) -> bytes:
        """Return the bytes of one frame, possibly none."""
        return b"".join(map(self._encode, frame.events))

    def heartbeat(self) -> bytes:
        """Return a comment, or an empty line, which decoders of NDJSON skip."""
        return encode_comment("ping") if self._is_sse else b"\n"

    def telling(self, usual: Usual) -> Around | None:
        """Return what stands around each text of the usual event, as this reader gets it."""
        return around(self.encode, usual)


def _envelope(*, is_sse: bool) -> Envelope:
    before, after = (encode_event(_MARK) if is_sse else encode_line(_MARK)).split(_MARK)
    return Envelope(before, after, encode_event(DONE) if is_sse else b"")
