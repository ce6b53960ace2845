"""What goes the short way is usual chunks and nothing else."""

from __future__ import annotations

import pytest

from sluiceway.engine import Lane, Lead
from sluiceway.engines.shortcut import Shortcut
from sluiceway.usual import Around, Usual

HEAD, TAIL = b'data: {"x":"', b'"}\n\n'
USUAL = Usual("w/sse", Around(HEAD, TAIL))


class Pace:
    """Paces when told to."""

    window_s = 0.0


class Way:
    """A short way, and what came out of it."""

    def __init__(self, *, takes_chunks: bool = True) -> None:
        self.written: list[bytes] = []
        self.texts: list[list[bytes]] = []
        self.asked: list[Usual] = []
        self.has_way = True
        self.takes_chunks = takes_chunks
        self.settled = 0
        self.pace = Pace()
        self.lane = Lane(self.settle, self.pace)
        self.lane.lead = self.lead
        self.times = iter(range(1000))
        self.shortcut = Shortcut(self.lane, USUAL, lambda: float(next(self.times)))

    def lead(self, usual: Usual) -> Lead | None:
        self.asked.append(usual)
        take_chunks = self.written.append if self.takes_chunks else None
        return Lead(self.texts.append, take_chunks) if self.has_way else None

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
    way.lane.lead = None
    assert not way.shortcut.take(chunk(b"a"))


def test_nothing_goes_by_where_it_must_be_seen() -> None:
    way = Way()
    way.has_way = False
    assert not way.shortcut.take(chunk(b"a"))


def test_where_chunks_will_not_do_the_texts_go_by() -> None:
    way = Way(takes_chunks=False)
    assert way.shortcut.take(chunk(b"a"))
    assert way.shortcut.take(chunk(b"b") + chunk(b"c"))
    assert (way.texts, way.written, way.lane.delivered_at) == ([[b"a"], [b"b", b"c"]], [], [0.0, 1.0, 1.0])


def test_the_way_is_asked_for_once_and_again_when_there_is_another() -> None:
    way = Way()
    for _ in range(3):
        way.shortcut.take(chunk(b"a"))
    assert way.asked == [USUAL]
    way.lane.lead = lambda _usual: None
    assert not way.shortcut.take(chunk(b"a"))


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
