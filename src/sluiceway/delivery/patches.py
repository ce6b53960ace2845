"""Patches: what each delta did to the JSON document an answer's text is, told beside the answer.

Behind the bytes of a frame come comments of server-sent events, one line each, which every client skips that does not
look for them: ``: sluiceway {"path":"/items/0","grew":"ab"}``. Events under a name of their own would not do: some
clients take every event they do not know for a chunk.

- ``{"path": p, "value": v}``: the value at ``p`` is ``v`` now; ``""``, ``[]`` and ``{}`` are still to grow.
- ``{"path": p, "grew": text}``: the string at ``p`` got longer.
- ``{"path": p, "complete": true}``: the string, list or object at ``p`` is whole.
- ``{"path": p, "invalid": why}``: the text is no JSON from here on; nothing follows.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

import msgspec

from sluiceway.delivery.reader import FrameEncoder, Telling
from sluiceway.errors import JSONInvalid
from sluiceway.events import BlockKind, BlockStart, ChoiceEnd, Frame, TextDelta
from sluiceway.partial.events import Completed, Event, Grew, Restarted, Started, pointer
from sluiceway.partial.feed import JSONFeed
from sluiceway.usual import Usual
from sluiceway.wire.sse import encode_comment

__all__ = ["PatchEncoder"]


class PatchEncoder:
    """An encoder behind which each frame's patches come; one per reader of server-sent events.

    Args:
        encoder: the dialect's own.
    """

    __slots__ = ("_blocks", "_encoder", "_feed")

    def __init__(self, encoder: FrameEncoder) -> None:
        self._encoder = encoder
        self._feed: JSONFeed | None = JSONFeed()
        self._blocks: set[int] = set()

    def encode(self, frame: Frame) -> bytes:
        """Return the bytes of one frame, and of its patches."""
        data = self._encoder.encode(frame)
        if self._feed is None:
            return data
        return data + b"".join(map(_comment, self._patches(frame, self._feed)))

    def heartbeat(self) -> bytes:
        """Return what the dialect's own encoder says."""
        return self._encoder.heartbeat()

    def telling(self, _usual: Usual) -> Telling | None:
        """Return nothing: all text must be seen."""
        return None

    def _patches(self, frame: Frame, feed: JSONFeed) -> Iterable[dict[str, object]]:
        for event in frame.events:
            if isinstance(event, TextDelta):
                if event.block in self._blocks:
                    yield from self._push(event.text, feed)
            elif isinstance(event, BlockStart):
                if event.choice == 0 and event.kind is BlockKind.TEXT:
                    self._blocks.add(event.block)
            elif isinstance(event, ChoiceEnd) and event.choice == 0:
                if feed.open_path == () and not isinstance(feed.value, dict | list | str):
                    yield from self._push(" ", feed)  # ends a number that is all of the document
                self._feed = None

    def _push(self, text: str, feed: JSONFeed) -> Iterable[dict[str, object]]:
        if self._feed is None:
            return
        try:
            yield from _tell(feed.push(text))
        except JSONInvalid as error:
            self._feed = None
            yield from _tell(cast("tuple[Event, ...]", error.events))
            yield {"path": pointer(error.open_path or ()), "invalid": error.reason}


def _tell(events: Iterable[Event]) -> Iterable[dict[str, object]]:
    # What begins again is told by its new value.
    return ({"path": event.pointer, **_change(event)} for event in events if not isinstance(event, Restarted))


def _change(event: Started | Grew | Completed) -> dict[str, object]:
    match event:
        case Started(kind=kind):
            return {"value": kind()}
        case Grew(text=text):
            return {"grew": text}
        case Completed(value=str() | list() | dict()):
            return {"complete": True}
        case _:
            return {"value": event.value}


def _comment(patch: dict[str, object]) -> bytes:
    return encode_comment("sluiceway " + msgspec.json.encode(patch).decode())
