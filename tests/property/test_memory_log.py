"""The log in memory against a plain list, and kept answers against what was fed, whatever happens in which order."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, precondition, rule
from support.kept import Keeping, Recorder

from sluiceway.delivery.log.memory import LOG_BYTES, Budget, MemoryLog
from sluiceway.delivery.shelf import ShelfLimits
from sluiceway.errors import CursorExpired
from sluiceway.events import BlockKind, BlockStart, Frame, StreamStart, TextDelta
from sluiceway.fold import fold
from sluiceway.testing import text_frames
from sluiceway.usual import Around, Usual

MAX_BYTES = LOG_BYTES + 6000
USUALS = [Usual("a/sse", Around(b"<", b">")), Usual("b/sse", Around(b"[", b"]"))]
BEGINNING = Frame([StreamStart(), BlockStart(0, BlockKind.TEXT)])
texts = st.lists(st.text("ab", min_size=1, max_size=300), min_size=1, max_size=4)


class LogMachine(RuleBasedStateMachine):
    """One log of two that share a budget, appended to, trimmed, read at any number, ended."""

    def __init__(self) -> None:
        super().__init__()
        budget = Budget(2 * MAX_BYTES - 4000)
        self.log = MemoryLog(MAX_BYTES, budget)
        self.other = MemoryLog(MAX_BYTES, budget)
        self.budget = budget
        self.told: list[Frame] = []
        self.append([])

    @precondition(lambda self: not self.log.is_ended)
    @rule(words=texts)
    def append(self, words: list[str]) -> None:
        frames = [Frame([TextDelta(0, word)]) for word in words] if self.told else [BEGINNING]
        self.log.append(frames)
        self.told += frames

    @precondition(lambda self: self.told and not self.log.is_ended)
    @rule(words=texts, usual=st.sampled_from(USUALS))
    def append_texts(self, words: list[str], usual: Usual) -> None:
        self.log.append_texts(usual, [word.encode() for word in words])
        self.told += [usual.frame(word.encode()) for word in words]

    @rule(size=st.integers(0, 8000))
    def crowd(self, size: int) -> None:
        self.other.append([Frame([], "", b"x" * size)])

    @rule(share=st.floats(0, 1))
    def fit(self, share: float) -> None:
        below = 1 + int(share * len(self.told))
        is_within = self.log.fit(below)
        assert self.log.first_seq <= max(below, self.log.first_seq)
        excess_bytes = max(self.log.size_bytes - MAX_BYTES, self.budget.excess_bytes())
        assert is_within == (excess_bytes <= 0)

    @rule()
    def clear_the_other(self) -> None:
        self.other.clear()

    @rule()
    def end(self) -> None:
        self.log.end()

    @rule(share=st.floats(0, 1), page=st.integers(1, 5000))
    def read(self, share: float, page: int) -> None:
        seq = 1 + int(share * len(self.told))
        try:
            frames = self.log.read(seq, page)
        except CursorExpired:
            assert seq < self.log.first_seq
            return
        assert seq >= self.log.first_seq
        assert frames == self.told[seq - 1 : seq - 1 + len(frames)]
        assert frames or seq == len(self.told) + 1

    @invariant()
    def numbers_are_dense(self) -> None:
        assert self.log.next_seq == len(self.told) + 1
        assert 1 <= self.log.first_seq <= self.log.next_seq

    @invariant()
    def nothing_is_lost(self) -> None:
        opening = self.log.opening()
        rest = self.told[self.log.first_seq - 1 :]
        frames = rest if opening is None else [opening, *rest]
        assert fold(e for f in frames for e in f.events) == fold(e for f in self.told for e in f.events)

    @invariant()
    def memory_is_accounted_for(self) -> None:
        assert self.budget.used_bytes == self.log.size_bytes + self.other.size_bytes


class KeptMachine(RuleBasedStateMachine):
    """A kept answer, and readers that come at any place, are slow, leave, and come back where they were."""

    readers: Bundle[Recorder] = Bundle("readers")
    words = tuple(f"{number} " for number in range(40))

    def __init__(self) -> None:
        super().__init__()
        self.keeping = Keeping(ShelfLimits(log_max_bytes=LOG_BYTES + 8000))
        self.kept = self.keeping.begin(
            [(1, [Frame(frame.events, "plain/sse", b"x" * 500)]) for frame in text_frames(self.words)]
        )
        self.wanted: dict[Recorder, str] = {}

    @rule(target=readers)
    def come(self) -> Recorder:
        return self.begin(0)

    @rule(target=readers, reader=consumes(readers))
    def come_back(self, reader: Recorder) -> Recorder:
        reader.leave()
        words = reader.text.count(" ")
        try:
            return self.begin(words)
        except CursorExpired:
            assert words + 2 < self.kept.log.first_seq
            return self.begin(0)

    def begin(self, words: int) -> Recorder:
        """Let a reader come that has got so many words."""
        reader = Recorder(self.kept, after_seq=words + 1 if words else 0)
        self.wanted[reader] = "".join(self.words[words:]) + "."
        return reader

    @rule(reader=readers)
    def slow_down(self, reader: Recorder) -> None:
        reader.is_slow = True

    @rule(reader=readers)
    def speed_up(self, reader: Recorder) -> None:
        reader.is_slow = False
        reader.read()

    @rule(reader=consumes(readers))
    def go(self, reader: Recorder) -> None:
        reader.leave()
        assert reader.is_over

    @rule(seconds=st.integers(0, 15))
    def wait(self, seconds: int) -> None:
        self.keeping.clock.advance(seconds)

    @invariant()
    def every_reader_is_told_what_it_wants_or_that_it_cannot_be(self) -> None:
        for reader, wanted in self.wanted.items():
            told, _, error = reader.text.partition("[")
            assert wanted.startswith(told)
            assert not error or (error == "cursor_expired]" and reader.is_over)

    @invariant()
    def memory_is_bounded(self) -> None:
        # One read, and when it ends all that still waits in the generation.
        assert self.kept.log.size_bytes <= self.kept.log.max_bytes + 4000

    def teardown(self) -> None:
        staying = [reader for reader in self.wanted if not reader.is_over]
        for reader in staying:
            reader.is_slow = False
            reader.read()
        self.keeping.clock.advance(60)
        self.every_reader_is_told_what_it_wants_or_that_it_cannot_be()
        assert all(reader.text == self.wanted[reader] or "[" in reader.text for reader in staying)


TestLog = LogMachine.TestCase
TestLog.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestKept = KeptMachine.TestCase
TestKept.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
