"""What an encoder writes around the text of a usual event, found by asking it."""

from __future__ import annotations

from collections.abc import Callable

from sluiceway.events import Frame
from sluiceway.usual import Around, Usual

__all__ = ["around"]

_SAMPLE = b"~ what the text would be ~"


def around(encode: Callable[[Frame], bytes], usual: Usual) -> Around | None:
    """Return what stands around each text of an answer's usual event; None where it tells nothing of it.

    Args:
        encode: an encoder's, which deltas of text leave as it was.
        usual: the event, of a block that is open.
    """
    told = encode(usual.frame(_SAMPLE))
    if told.count(_SAMPLE) != 1:  # a block that is left out; or an upstream that knows the sample
        return None
    head, _, tail = told.partition(_SAMPLE)
    return Around(head, tail)
