"""The usual event of a stream: the same bytes each time but for its text, which JSON spells as it is.

Whoever knows what stands around the text can tell it without taking anything apart, in any dialect.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from sluiceway.events import Frame, ReasoningDelta, TextDelta

__all__ = ["Around", "Usual"]


class Around(msgspec.Struct, frozen=True):
    """What stands around the text of an event.

    Attributes:
        head: the bytes before it.
        tail: the bytes behind it.
    """

    head: bytes
    tail: bytes

    def tell(self, texts: list[bytes]) -> bytes:
        """Return the bytes of an event for each text."""
        if len(texts) == 1:
            return b"%b%b%b" % (self.head, texts[0], self.tail)
        return self.head + (self.tail + self.head).join(texts) + self.tail

    def teller(self, write_chunk: Callable[[bytes], None]) -> Callable[[list[bytes]], None]:
        """Return what writes the events for some texts in one chunk. It is called once a token."""
        head, tail = (piece.replace(b"%", b"%%") for piece in (self.head, self.tail))
        form, around_bytes = b"%%x\r\n%b%%b%b\r\n" % (head, tail), len(self.head) + len(self.tail)
        between = self.tail + self.head

        def tell(texts: list[bytes]) -> None:
            text = texts[0] if len(texts) == 1 else between.join(texts)
            write_chunk(form % (around_bytes + len(text), text))

        return tell


class Usual(msgspec.Struct, frozen=True):
    """The usual event of a stream.

    Bytes that begin with the head, end with the tail and have text between that JSON spells as it is (`wire.text`)
    are one output delta, and to feed them would change nothing in the decoder.

    Attributes:
        wire: the wire form of the frame it would be.
        around: what stands around its text.
        block: the block it adds to.
        delta: what it is.
    """

    wire: str
    around: Around
    block: int = 0
    delta: type[TextDelta | ReasoningDelta] = TextDelta

    def frame(self, text: bytes) -> Frame:
        """Return the frame that the decoder would make of the event with this text."""
        return Frame([self.delta(self.block, text.decode())], self.wire, self.around.tell([text]))
