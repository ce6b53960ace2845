"""Checks that what an encoder says stands around texts is what it writes around them."""

from __future__ import annotations

from sluiceway.dialects.base import Encoder
from sluiceway.events import BlockKind, BlockStart, Frame, ReasoningDelta, StreamStart, TextDelta
from sluiceway.usual import Around, Usual

__all__ = ["check_telling"]

_TEXTS = [" river", "東京 é", "a" * 300, "100 % {x} </b>"]
_OTHER = Around(b'data: {"their":"', b'"}\n\n')
_KINDS: dict[BlockKind, type[TextDelta | ReasoningDelta]] = {
    BlockKind.TEXT: TextDelta,
    BlockKind.REASONING: ReasoningDelta,
}


def check_telling(encoder: Encoder, own_wire: str) -> None:
    """Begin an answer, and compare both ways of telling its texts, in this wire form and in another."""
    encoder.encode(Frame([StreamStart("id-1", "m", 3)]))
    for block, (kind, delta) in enumerate(_KINDS.items()):
        encoder.encode(Frame([BlockStart(block, kind)]))
        for wire in ("other/sse", own_wire):
            _check(encoder, Usual(wire, _OTHER, block, delta))


def _check(encoder: Encoder, usual: Usual) -> None:
    around = encoder.telling(usual)
    told = [encoder.encode(usual.frame(text.encode())) for text in _TEXTS]
    if around is None:
        assert not any(told)
        assert usual.delta is not TextDelta, "it tells nothing of a text"
        return
    assert around.tell([text.encode() for text in _TEXTS]) == b"".join(told)
    assert [around.tell([text.encode()]) for text in _TEXTS] == told
