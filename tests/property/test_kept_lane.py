"""What goes past the pump into the log and to followers is what they would have been told without the lane."""

from __future__ import annotations

import itertools
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, multiple, precondition, rule
from support.generations import REQUEST
from support.lanes import Traffic, content_of

from sluiceway.delivery.follower import Follower
from sluiceway.delivery.generation import Generation, Origin
from sluiceway.delivery.kept import FOR_EVER, KeptGeneration
from sluiceway.delivery.log.memory import LOG_BYTES
from sluiceway.delivery.reader import Limits, Reader
from sluiceway.delivery.shelf import Shelf, ShelfLimits
from sluiceway.delivery.stamp import Stamped
from sluiceway.errors import CursorExpired
from sluiceway.events import BlockKind, BlockStart, Frame, StreamError, StreamStart
from sluiceway.metering.timeline import Timeline
from sluiceway.testing import FakeClock, ScriptedEngine
from sluiceway.usual import Around, Usual
from sluiceway.wire.sse import SSEDecoder

USUALS = [Usual("a/sse", Around(b"data: a", b"\n\n")), Usual("b/sse", Around(b"data: 50%", b" \n\n"))]
HEAD = Frame([StreamStart(), BlockStart(0, BlockKind.TEXT)], "a/sse", b"data: head\n\n")
LIMIT_BYTES = LOG_BYTES + 6000
texts = st.lists(st.text("xy", min_size=1, max_size=200), min_size=1, max_size=5)


class AsItCame:
    """Gives a frame's own bytes; what stands for dropped frames, or broke them off, is an event of its own."""

    def encode(self, frame: Frame) -> bytes:
        """Return the bytes of one frame."""
        last = frame.events[-1]
        return frame.raw or b"data: %b\n\n" % (b"error" if isinstance(last, StreamError) else b"opening")

    def heartbeat(self) -> bytes:
        """Return nothing."""
        return b""

    def telling(self, usual: Usual) -> Around:
        """Return what stands around each text."""
        return usual.around


class Socket:
    """A reader's connection: what it wrote, and whether it takes more."""

    def __init__(self, kept: KeptGeneration, number: int) -> None:
        self.data = b""
        self.is_writable = True
        follower = Follower(kept)
        self.first_seq = follower.first_seq
        self.reader = Reader(follower, Stamped(AsItCame(), follower, kept.log), Limits(0, 0), kept.clock.time)
        self.number = number
        self.reader.listen(self.flush)
        self.turn()

    def write_chunk(self, chunk: bytes) -> None:
        """Write at once."""
        assert self.is_writable, "the lane is closed while the socket is full"
        self.data += content_of(chunk)

    def flush(self) -> None:
        """Write what waits."""
        if self.is_writable:
            self.data += self.reader.take()

    def turn(self) -> None:
        """Take note that the socket takes more, or from now on no more."""
        self.reader.open_lane(None)
        self.flush()
        if self.is_writable:
            self.reader.open_lane(self)

    def told(self) -> list[tuple[str, bytes]]:
        """Return the events it got."""
        return [(event.id, event.data) for event in SSEDecoder().feed(self.data)]


class LaneMachine(RuleBasedStateMachine):
    """An answer whose text takes the lane where there is one, and readers that come, are full, and leave."""

    sockets: Bundle[Socket] = Bundle("sockets")

    def __init__(self) -> None:
        super().__init__()
        self.clock = FakeClock()
        origin = Origin("g", "m", True, "e", "d")
        self.generation = Generation(origin, Timeline(0), clock=self.clock.time, max_pending_bytes=3000)
        self.generation.start(ScriptedEngine([], clock=FakeClock()), REQUEST)
        shelf = Shelf(ShelfLimits(log_max_bytes=LIMIT_BYTES), self.clock, on_over=_nothing, on_gone=_nothing)
        self.kept = shelf.keep(self.generation, grace_s=FOR_EVER)
        self.traffic = Traffic(self.generation.lane, self.clock.time)
        self.said: list[bytes] = []
        self.open: list[Socket] = []
        self.numbers = itertools.count()
        self.feed([HEAD])

    def feed(self, frames: list[Frame]) -> None:
        """Say it the long way."""
        self.said += [frame.raw.removeprefix(b"data: ").removesuffix(b"\n\n") for frame in frames]
        self.generation.feed(list(frames))

    @rule(words=texts, usual=st.sampled_from(USUALS))
    def speak(self, words: list[str], usual: Usual) -> None:
        frames = [usual.frame(word.encode()) for word in words]
        if self.traffic.send(usual, *(word.encode() for word in words)):
            self.said += [frame.raw[6:-2] for frame in frames]
        else:
            self.feed(frames)

    @rule(words=texts)
    def speak_the_long_way(self, words: list[str]) -> None:
        self.feed([USUALS[0].frame(word.encode()) for word in words])

    @rule(target=sockets)
    def come(self) -> Any:
        try:
            socket = Socket(self.kept, next(self.numbers))
        except CursorExpired:  # a full log lets go of its front for good
            assert self.kept.log.first_seq > 1
            return multiple()
        self.open.append(socket)
        return socket

    @rule(socket=consumes(sockets))
    def leave(self, socket: Socket) -> None:
        self.open.remove(socket)
        socket.reader.generation.leave()

    @rule(socket=sockets)
    def fill(self, socket: Socket) -> None:
        socket.is_writable = False
        socket.turn()

    @rule(socket=sockets)
    def drain(self, socket: Socket) -> None:
        socket.is_writable = True
        socket.turn()

    @rule(is_watched=st.booleans())
    def watch(self, *, is_watched: bool) -> None:
        self.kept.on_growth = _ignore if is_watched else None
        self.kept.watch(is_watched=is_watched)

    @rule()
    def pass_time(self) -> None:
        self.clock.advance(0)

    @precondition(lambda self: self.generation.ending is None)
    @rule()
    def settle(self) -> None:
        self.generation.settle()
        assert self.generation.output_deltas == len(self.said) - 1

    @rule()
    def look_at_the_log(self) -> None:
        log = self.kept.log
        waiting = len(self.said) + 1 - log.next_seq
        raws = [frame.raw[6:-2] for frame in log.read(log.first_seq, 1 << 30)]
        assert raws == self.said[log.first_seq - 1 : len(self.said) - waiting]

    @invariant()
    def everybody_was_told_what_was_said_each_with_its_number(self) -> None:
        for socket in self.open:
            told = socket.told()
            if told and told[-1][1] == b"error":
                told.pop()
            start = socket.first_seq
            for number, (event_id, data) in enumerate(told, start):
                assert event_id == f"1-{number}"
                assert data in (b"opening", self.said[number - 1]), number

    def teardown(self) -> None:
        """See that whoever can take gets all."""
        self.look_at_the_log()
        for socket in self.open:
            self.drain(socket)
        self.clock.advance(1)
        for socket in self.open:
            told = socket.told()
            assert told[-1][1] == b"error" or told[-1][0] == f"1-{len(self.said)}"
        try:
            self.kept.completion()
        except CursorExpired:
            assert self.kept.log.first_seq > 1
        super().teardown()


def _ignore() -> None:
    """Take note of nothing."""


def _nothing(_kept: KeptGeneration) -> None:
    """Take note of nothing."""


TestLane = LaneMachine.TestCase
TestLane.settings = settings(max_examples=60, stateful_step_count=30)
