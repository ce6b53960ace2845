"""Where an encoder's events go: numbered, and as the bytes of their payloads.

Source: OpenAI's API reference, "Streaming events", ``sequence_number`` (August 2026).
"""

from __future__ import annotations

import msgspec

__all__ = ["Out"]

_json = msgspec.json.encode


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
        self.payloads: list[tuple[str, bytes]] = []

    def tell(self, kind: str, fields: dict[str, object]) -> None:
        """Tell an event of a type, with its fields."""
        if not self.is_muted:
            self.tell_text(kind, _json({"type": kind, **fields})[:-1])

    def tell_text(self, kind: str, payload: bytes) -> None:
        """Tell an event whose payload is there but for its number and its closing brace."""
        if not self.is_muted:
            self.payloads.append((kind, b'%b,"sequence_number":%d}' % (payload, self.number)))
            self.number += 1
