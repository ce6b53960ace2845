"""A generation ends once: whoever calls what and when, its reader is told one ending, and nothing after it."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st
from support.generations import begin

from sluiceway.delivery.generation import Ending
from sluiceway.errors import EngineUnavailable, ServerDraining
from sluiceway.events import Event, Frame, StreamEnd, StreamError
from sluiceway.order import StreamState, check_order
from sluiceway.testing import FakeClock, text_frames

_WHOLE = text_frames(["Hel", "lo"])
_CUT = _WHOLE[:3]
_BROKEN = [*_CUT, Frame([StreamError("upstream_failed", "overloaded")])]

Step = Callable[["Told"], None]


class Told:
    """A generation, and what its reader was told."""

    def __init__(self) -> None:
        self.generation, _ = begin([], FakeClock())
        self.events: list[Event] = []

    def take(self) -> None:
        """Take what waits, as the reader."""
        self.events += [event for frame in self.generation.take() for event in frame.events]

    def stop(self) -> None:
        """Stop it, as whoever asked for it."""
        self.generation.stop()

    def fail(self) -> None:
        """End it, as a server that shuts down."""
        self.generation.fail(ServerDraining("bye"), Ending.DRAINED)

    def nothing(self) -> None:
        """Do something else."""


_ACTS = st.sampled_from([Told.take, Told.stop, Told.fail])


@st.composite
def _engines(draw: st.DrawFn) -> list[Step]:
    """Draw what an engine calls: the frames of an answer in reads of any size, then its close."""
    frames = draw(st.sampled_from([_WHOLE, _BROKEN, _CUT]))
    borders = sorted(draw(st.sets(st.integers(1, len(frames) - 1))))
    reads = [frames[start:end] for start, end in zip([0, *borders], [*borders, len(frames)], strict=True)]
    error = EngineUnavailable("cut") if frames is _CUT else None
    return [*map(_feed, reads), lambda told: told.generation.close(error)]


def _feed(read: list[Frame]) -> Step:
    return lambda told: told.generation.feed([*read])


@given(_engines(), st.lists(st.tuples(st.integers(0, 5), _ACTS), max_size=5), _ACTS | st.just(Told.nothing))
def test_its_reader_is_told_one_ending(engine: list[Step], acts: list[tuple[int, Step]], rung: Step) -> None:
    told = Told()
    told.generation.attach(lambda: rung(told))  # within the engine's call
    steps = [*engine]
    for at, act in acts:
        steps.insert(at, act)
    for step in steps:
        step(told)
    told.take()
    assert check_order(told.events) is StreamState.ENDED
    assert told.generation.is_over
    assert (told.generation.error is None) is isinstance(told.events[-1], StreamEnd)
