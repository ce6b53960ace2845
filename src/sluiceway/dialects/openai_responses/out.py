"""Where an encoder's events go: numbered, and as the bytes of their payloads.

Source: OpenAI's API reference, "Streaming events", ``sequence_number`` (August 2026).
"""

from __future__ import annotations

import msgspec

__all__ = ["Out", "Told", "form_of"]

_json = msgspec.json.encode

Told = tuple[str, bytes]
"""The type of an event, and its payload."""


class Out:
    """Takes events and numbers them, from 0 and without gaps.

    Attributes:
        number: the number of the next event.
        is_muted: whether events are only counted as told: they reached the reader in bytes not written here.
        payloads: type and payload of what was told; whoever takes them empties the list.
    """

    __slots__ = ("is_muted", "number", "payloads")

    def __init__(self) -> None:
        self.number = 0
        self.is_muted = False
        self.payloads: list[Told] = []

    def tell(self, kind: str, fields: dict[str, object]) -> None:
        """Tell an event of a type, with its fields."""
        if not self.is_muted:
            self.tell_text(kind, _json({"type": kind, **fields})[:-1])

    def tell_text(self, kind: str, payload: bytes) -> None:
        """Tell an event whose payload is there but for its number and its closing brace."""
        if not self.is_muted:
            self.payloads.append((kind, b'%b,"sequence_number":%d}' % (payload, self.take_number())))

    def take_number(self) -> int:
        """Return the number of the next event, which is about to be told."""
        number = self.number
        self.number = number + 1
        return number


def form_of(before: bytes, after: bytes) -> bytes:
    """Return the form of a payload: ``form % (value, number)`` is the payload with a value between these bytes."""
    return before.replace(b"%", b"%%") + b"%b" + after.replace(b"%", b"%%") + b',"sequence_number":%d}'
