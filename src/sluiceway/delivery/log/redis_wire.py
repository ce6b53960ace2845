"""Redis's wire, RESP2, as far as the log speaks it: commands out, replies in; no I/O.

Source: redis.io, "Redis serialization protocol specification" and "Redis cluster specification", key hash tags.
"""

from __future__ import annotations

import binascii
from collections.abc import Iterable

import msgspec

__all__ = ["SLOTS", "Refusal", "Replies", "Reply", "encode_command", "encode_words", "find_slot"]

SLOTS = 16384
"""How many slots a cluster shares out among its nodes."""

_MAX_DEPTH = 8


class Refusal(msgspec.Struct, frozen=True):
    """An error reply.

    Attributes:
        text: ``MOVED 3999 127.0.0.1:6381``.
    """

    text: str

    @property
    def kind(self) -> str:
        """Its first word, such as ``NOSCRIPT``."""
        return self.text.partition(" ")[0]


Reply = bytes | int | None | Refusal | list["Reply"]
"""What a command is answered with."""


def encode_command(*arguments: bytes) -> bytes:
    """Return the bytes of a command."""
    return b"*%d\r\n%b" % (len(arguments), encode_words(*arguments))


def encode_words(*words: bytes) -> bytes:
    """Return the bytes of words of a command, of which there may be more."""
    return b"".join([b"$%d\r\n%b\r\n" % (len(word), word) for word in words])


def find_slot(key: bytes) -> int:
    """Return the slot of a key: of what stands between its first braces, where there is something."""
    start = key.find(b"{")
    if start >= 0:
        end = key.find(b"}", start + 1)
        if end > start + 1:
            key = key[start + 1 : end]
    return binascii.crc_hqx(key, 0) % SLOTS


class _Incomplete(Exception):
    """More bytes are needed."""


class Replies:
    """Decodes replies from any split of their bytes.

    Args:
        max_bytes: the limit of what is kept of a reply that is not complete yet.
    """

    __slots__ = ("_buffer", "_max_bytes", "_place")

    def __init__(self, max_bytes: int) -> None:
        self._buffer = b""
        self._max_bytes = max_bytes
        self._place = 0

    def feed(self, data: bytes) -> Iterable[Reply]:
        """Return the replies that ``data`` completes.

        Raises:
            ValueError: the bytes are no replies, or one of them is too long.
        """
        self._buffer = self._buffer + data if self._buffer else data
        replies: list[Reply] = []
        place = 0
        while place < len(self._buffer):
            self._place = place
            try:
                replies.append(self._decode(0))
            except _Incomplete:
                break
            place = self._place
        self._buffer = self._buffer[place:]
        if len(self._buffer) > self._max_bytes:
            raise ValueError("a reply is too long")
        return replies

    def _decode(self, depth: int) -> Reply:
        start = self._place
        end = self._buffer.find(b"\r\n", start)
        if end < 0:
            raise _Incomplete
        self._place = end + 2
        kind, rest = self._buffer[start : start + 1], self._buffer[start + 1 : end]
        if kind == b"$":
            return self._bulk(int(rest))
        if kind == b":":
            return int(rest)
        if kind == b"+":
            return rest
        if kind == b"-":
            return Refusal(rest.decode("utf-8", "replace"))
        if kind == b"*" and depth < _MAX_DEPTH:
            count = int(rest)
            return None if count < 0 else [self._decode(depth + 1) for _ in range(count)]
        raise ValueError("this is no reply of Redis")

    def _bulk(self, size_bytes: int) -> bytes | None:
        if size_bytes < 0:
            return None
        start, end = self._place, self._place + size_bytes
        if len(self._buffer) < end + 2:
            raise _Incomplete
        self._place = end + 2
        return self._buffer[start:end]
