"""What was dropped from the front of a log, in as little memory as tells the same; and what frames weigh."""

from __future__ import annotations

from sluiceway.events import Event, Frame, ReasoningDelta, TextDelta, ToolInputDelta
from sluiceway.fold import Folder, unfold

__all__ = ["Digest", "frame_bytes"]

# The objects around the bytes of a usual frame: tracemalloc says 272 bytes a frame of one delta (Python 3.11).
_OBJECTS_BYTES = 280

# A piece of text that was not joined to others yet: a string of its own, and its place in a list.
_PIECE_BYTES = 64
_MIN_PIECES = 1024


def frame_bytes(frame: Frame) -> int:
    """Return about how much memory a frame takes."""
    size_bytes = _OBJECTS_BYTES + len(frame.raw)
    for event in frame.events:
        # The usual one first: this is asked of every frame that is kept.
        if type(event) is TextDelta and event.logprobs is None:
            size_bytes += len(event.text)
        else:
            size_bytes += _text_bytes(event)
    return size_bytes


class Digest:
    """Folds what is dropped.

    Attributes:
        size_bytes: about how much memory it takes.
    """

    __slots__ = ("_folder", "_pieces", "size_bytes")

    def __init__(self) -> None:
        self.size_bytes = 0
        self._folder = Folder()
        self._pieces = 0

    def feed(self, frame: Frame) -> int:
        """Take a frame in, and return by how many bytes that made it larger."""
        before_bytes = self.size_bytes
        for event in frame.events:
            self._feed(event, len(frame.raw))
        # Joining copies everything, so it waits until there is as much to gain as there is to copy.
        if self._pieces >= _MIN_PIECES and 2 * _PIECE_BYTES * self._pieces > self.size_bytes:
            self._join()
        return self.size_bytes - before_bytes

    def frame(self) -> Frame:
        """Return all of it in one frame."""
        return Frame(unfold(self._folder.completion()))

    def _feed(self, event: Event, raw_bytes: int) -> None:
        self._folder.feed(event)
        if isinstance(event, TextDelta | ReasoningDelta | ToolInputDelta):
            self.size_bytes += _PIECE_BYTES + _text_bytes(event)
            self._pieces += 1
        else:  # what it says is kept as it is, and cannot be more than it came with
            self.size_bytes += _OBJECTS_BYTES + raw_bytes

    def _join(self) -> None:
        events = unfold(self._folder.completion())
        self._folder = Folder()
        for event in events:
            self._folder.feed(event)
        self.size_bytes -= _PIECE_BYTES * self._pieces
        self._pieces = 0


def _text_bytes(event: Event) -> int:
    if isinstance(event, TextDelta):
        return len(event.text) + _OBJECTS_BYTES * len(event.logprobs or ())
    if isinstance(event, ReasoningDelta):
        return len(event.text)
    if isinstance(event, ToolInputDelta):
        return len(event.json)
    return 0
