"""What goes the short way is usual chunks and nothing else."""

from __future__ import annotations

import pytest

from sluiceway.dialects.base import Usual
from sluiceway.engine import Lane
from sluiceway.engines.shortcut import Shortcut

HEAD, TAIL = b'data: {"x":"', b'"}\n\n'
USUAL = Usual("w/sse", HEAD, TAIL)


class Pace:
    """Paces when told to."""

    window_s = 0.0


class Way:
    """A short way, and what came out of it."""

    def __init__(self, wire: str = "w/sse") -> None:
        self.written: list[bytes] = []
        self.settled = 0
        self.pace = Pace()
        self.lane = Lane(self.settle, self.pace)
        self.lane.wire = wire
        self.lane.write_chunk = self.written.append
        self.times = iter(range(1000))
        self.shortcut = Shortcut(self.lane, USUAL, lambda: float(next(self.times)))

    def settle(self) -> None:
        self.settled += len(self.lane.take_times())


def chunk(text: bytes, *, size: bytes = b"") -> bytes:
    payload = HEAD + text + TAIL
    return (size or b"%x" % len(payload)) + b"\r\n" + payload + b"\r\n"


@pytest.mark.parametrize("text", [b" river", b"x" * 300, "東京".encode(), b"x" * (0xFF - len(HEAD + TAIL))])
def test_a_usual_chunk_goes_by_as_it_came(text: bytes) -> None:
    way = Way()
    assert way.shortcut.take(chunk(text))
    assert (way.written, way.lane.delivered_at) == ([chunk(text)], [0.0])


@pytest.mark.parametrize(
    "data",
    [
        chunk(b""),
        chunk(b'a"b'),
        chunk(b"a\\n"),
        chunk(b"a\n"),
        chunk(b"\xff"),
        chunk(b"x" * 5000),
        chunk(b"a", size=b"ff"),
        chunk(b"a", size=b"0015"),
        chunk(b"a") + chunk(b'"'),
        chunk(b"a") + chunk(b"b")[:-1],
        chunk(b"a") + chunk(b"b", size=b"+15"),
        chunk(b"a") + chunk(b"b", size=b" "),
        chunk(b"a") + chunk(b"b", size=b"ff"),
        chunk(b"a") + b"\r\n" + HEAD + b"b" + TAIL,
        chunk(b"a") + b"0\r\n\r\n",
        chunk(b"a")[:-1],
        chunk(b"a")[1:],
        chunk(b"a").replace(b"x", b"y"),
        b"0\r\n\r\n",
        b"",
        HEAD + b"a" + TAIL,
    ],
)
def test_whatever_is_not_just_that_goes_the_long_way(data: bytes) -> None:
    way = Way()
    assert not way.shortcut.take(data)
    assert way.written == []


def test_nothing_goes_by_while_the_way_is_closed() -> None:
    way = Way()
    way.lane.write_chunk = None
    assert not way.shortcut.take(chunk(b"a"))


def test_nothing_goes_by_to_a_reader_of_another_wire_form() -> None:
    assert not Way("other").shortcut.take(chunk(b"a"))


def test_several_usual_chunks_go_by_in_one_write() -> None:
    way = Way()
    data = chunk(b"a") + chunk(b"x" * 300) + chunk("東京".encode())
    assert way.shortcut.take(data)
    assert (way.written, way.lane.delivered_at) == ([data], [0.0, 0.0, 0.0])


def test_while_sources_are_paced_the_owner_hears_of_each_write() -> None:
    way = Way()
    way.pace.window_s = 0.1
    assert way.shortcut.take(chunk(b"a"))
    assert (len(way.written), way.settled) == (1, 1)


def test_a_lane_without_a_pace_is_never_paced() -> None:
    way = Way()
    way.lane.pace = None
    assert way.shortcut.take(chunk(b"a"))


def test_what_went_by_is_counted_in_batches() -> None:
    way = Way()
    for _ in range(130):
        way.shortcut.take(chunk(b"a"))
    assert (way.settled, len(way.lane.delivered_at)) == (128, 2)
    assert way.lane.last_at == 129.0
