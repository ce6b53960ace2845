"""Ways to cut a stream of bytes: no cut may change what a decoder gives."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from typing import Protocol, TypeVar

from hypothesis import strategies as st

__all__ = ["FeedDecoder", "cut_at_places", "cut_everywhere", "cut_in_two", "cuts", "decode_pieces"]

# Cutting in two at each byte is quadratic: larger bodies are cut at some places.
_MAX_CUT_BYTES = 4_000
_SAMPLED_BYTES = 1_000_000

T = TypeVar("T")


class FeedDecoder(Protocol[T]):
    """A decoder of any layer: fed, then closed."""

    def feed(self, data: bytes) -> list[T]:
        """Take the next bytes."""
        ...

    def close(self) -> list[T]:
        """Take the end."""
        ...


def decode_pieces(decoder: FeedDecoder[T], pieces: Iterable[bytes]) -> list[T]:
    """Feed all pieces, close, and return everything that came out."""
    decoded = [item for piece in pieces for item in decoder.feed(piece)]
    return decoded + decoder.close()


def cut_everywhere(data: bytes) -> list[bytes]:
    """Return the bytes one by one."""
    return [data[index : index + 1] for index in range(len(data))]


def cut_in_two(data: bytes) -> Iterator[list[bytes]]:
    """Give each way to cut the bytes in two, whole on either side included."""
    return ([data[:index], data[index:]] for index in range(len(data) + 1))


def cut_at_places(data: bytes) -> Iterator[list[bytes]]:
    """Give ways to cut the bytes in two: each of them for a small body, else some that are always the same."""
    if len(data) < _MAX_CUT_BYTES:
        yield from cut_in_two(data)
    else:
        for border in random.Random(0).sample(range(len(data)), _SAMPLED_BYTES // len(data)):
            yield [data[:border], data[border:]]


@st.composite
def cuts(draw: st.DrawFn, data: bytes) -> list[bytes]:
    """Draw one way to cut ``data`` in any number of pieces, empty ones included."""
    borders = sorted(draw(st.lists(st.integers(0, len(data)), max_size=12)))
    return [data[start:end] for start, end in zip([0, *borders], [*borders, len(data)], strict=True)]
