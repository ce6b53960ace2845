"""Runs everybody over the same deltas in turns, and looks at the feed more closely."""

import gc
import json
import time
import tracemalloc
from collections.abc import Callable
from statistics import mean, median
from typing import Any

import msgspec

from bench.json.contenders import CONTENDERS, Contender
from bench.json.documents import KINDS, deltas_of, document
from sluiceway.json import JSONFeed

__all__ = ["Closer", "Findings", "Scale", "measure"]

_SAMPLES = {1_000: 0, 10_000: 60, 100_000: 24, 1_000_000: 4}
"""How many evenly spaced deltas of a text are timed in one round where a whole text would take too long; 0 is all."""


class Scale(msgspec.Struct, frozen=True, kw_only=True):
    """How much is measured."""

    rounds: int = 5
    passes: int = 15
    sizes: tuple[int, ...] = (1_000, 10_000, 100_000, 1_000_000)


class Closer(msgspec.Struct, frozen=True):
    """The feed alone on one document.

    Attributes:
        p50_us: of the time of one delta; each delta's is its best of all passes, and holds the timer's own.
        p99_us: the same.
        timer_us: what reading the clock takes.
        tenths: the mean of each tenth of the document against the first.
        memory: the value's memory against that of json.loads.
        peak: the highest memory on the way against that of json.loads.
        whole_mb_per_s: megabytes a second when the text arrives in one piece.
    """

    kind: str
    chars: int
    p50_us: float
    p99_us: float
    timer_us: float
    tenths: list[float]
    memory: float
    peak: float
    whole_mb_per_s: float


class Findings(msgspec.Struct, frozen=True):
    """Everything that was found.

    Attributes:
        us: CPU µs per delta, by kind, size and title.
        times: how many times the first contender's, by the same; the median of the rounds.
        closer: the feed alone.
    """

    us: dict[str, dict[str, dict[str, float]]]
    times: dict[str, dict[str, dict[str, float]]]
    closer: list[Closer]


def measure(scale: Scale, note: Callable[[str], None]) -> Findings:
    """Measure every contender on every document."""
    us: dict[str, dict[str, dict[str, float]]] = {}
    times: dict[str, dict[str, dict[str, float]]] = {}
    closer = []
    for kind in KINDS:
        for chars in scale.sizes:
            note(f"json: {kind}, {chars:,} characters")
            deltas = deltas_of(document(kind, chars))
            rounds = [
                _round(kind, deltas, chars, number) for number in range(scale.rounds if chars < 1_000_000 else 3)
            ]
            first = CONTENDERS[0].title
            us.setdefault(kind, {})[str(chars)] = {key: median(one[key] for one in rounds) for key in rounds[0]}
            times.setdefault(kind, {})[str(chars)] = {
                key: median(one[key] / one[first] for one in rounds) for key in rounds[0]
            }
            closer.append(_look_closer(kind, chars, scale.passes))
    return Findings(us, times, closer)


def _round(kind: str, deltas: list[str], chars: int, number: int) -> dict[str, float]:
    return {
        contender.title: _whole_us(contender, deltas)
        if kind in contender.linear_in or not _SAMPLES[chars]
        else _sampled_us(contender, deltas, _SAMPLES[chars], number)
        for contender in CONTENDERS
    }


def _whole_us(contender: Contender, deltas: list[str]) -> float:
    push = contender.start()
    start_ns = time.process_time_ns()
    for delta in deltas:
        push(delta)
    return (time.process_time_ns() - start_ns) / len(deltas) / 1000


def _sampled_us(contender: Contender, deltas: list[str], samples: int, number: int) -> float:
    """Give all text before a delta in one piece, and time what comes for the delta."""
    spent_ns = []
    for sample in range(samples):
        at = int((sample + (number * 0.37 + 0.5) % 1) / samples * len(deltas))
        push = contender.start()
        push("".join(deltas[: max(at, 1)]))
        start_ns = time.process_time_ns()
        push(deltas[max(at, 1)])
        spent_ns.append(time.process_time_ns() - start_ns)
    return mean(spent_ns) / 1000


def _look_closer(kind: str, chars: int, passes: int) -> Closer:
    text = document(kind, chars)
    deltas = deltas_of(text)
    best_ns = _best_ns(deltas, max(3, passes if chars < 1_000_000 else passes // 5))
    tenth = len(best_ns) // 10
    means = [mean(best_ns[start * tenth : (start + 1) * tenth]) for start in range(10)]
    ordered = sorted(best_ns)
    clock = time.perf_counter_ns
    timer_ns = min(-(clock() - clock()) for _ in range(1000))
    plain, plain_peak = _memory(lambda: json.loads(text))
    ours, our_peak = _memory(lambda: _fed(deltas))
    return Closer(
        kind=kind,
        chars=chars,
        p50_us=ordered[len(ordered) // 2] / 1000,
        p99_us=ordered[len(ordered) * 99 // 100] / 1000,
        timer_us=timer_ns / 1000,
        tenths=[each / means[0] for each in means],
        memory=ours / plain,
        peak=our_peak / plain_peak,
        whole_mb_per_s=_whole_mb_per_s(text),
    )


def _best_ns(deltas: list[str], passes: int) -> list[int]:
    clock = time.perf_counter_ns
    best = [1 << 60] * len(deltas)
    for _ in range(passes):
        gc.collect()
        gc.disable()
        push = JSONFeed().push
        for number, delta in enumerate(deltas):
            start_ns = clock()
            push(delta)
            spent_ns = clock() - start_ns
            best[number] = min(best[number], spent_ns)
        gc.enable()
    return best


def _fed(deltas: list[str]) -> Any:
    feed = JSONFeed()
    for delta in deltas:
        feed.push(delta)
    return feed.close()


def _memory(make: Callable[[], Any]) -> tuple[int, int]:
    """Return the memory of what is made, and the highest on the way, in bytes."""
    make()
    gc.collect()
    tracemalloc.start()
    kept = make()
    now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept is not None
    return now, peak


def _whole_mb_per_s(text: str) -> float:
    spent_s = []
    for _ in range(5):
        start_s = time.process_time()
        feed = JSONFeed()
        feed.push(text)
        feed.close()
        spent_s.append(time.process_time() - start_s)
    return len(text) / median(spent_s) / 1e6
