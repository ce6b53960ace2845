"""What one event costs to decode and to encode, dialect by dialect, beside the vendor's client on the same bytes.

All in one process, from memory to memory. The quantity is CPU time of the process per event. Tasks take turns, so
what the machine does meanwhile meets all of them; the figure is the median of the rounds. Each runs once before it is
timed, so that what it reads is in the processor's cache, as an event is that has just arrived. The garbage collector
runs as usual, and decoders and encoders are fresh for each round.
"""

import os
import time
from collections.abc import Callable, Iterator
from statistics import median

import msgspec

from bench import noise
from bench.recordings import RECORDINGS, Stream, frames_of, new_decoder, record
from bench.sdks import SDKS
from sluiceway.dialects.base import EncodeOptions, Encoder, Framing
from sluiceway.dialects.registry import DIALECTS
from sluiceway.events import Frame
from sluiceway.request import Request

__all__ = ["COLUMNS", "Codec", "Findings", "Scale", "measure_codecs"]

COLUMNS = ("decode", "decode, 8 a read", "encode, same bytes", "encode, told", "client")
"""What is measured of a dialect; of a pair of dialects, decode and encode told at once."""

TRANSCODED = (
    ("openai_chat", "openai_chat"),
    ("openai_chat", "anthropic"),
    ("openai_chat", "openai_responses"),
    ("openai_chat", "ui_stream"),
    ("anthropic", "openai_chat"),
    ("gemini", "openai_chat"),
)

_ASKED = Request("m", [])
_BESIDE_SSE = {"ollama": Framing.NDJSON}

Task = Callable[[], object]


class Scale(msgspec.Struct, frozen=True, kw_only=True):
    """How much is measured."""

    events: int = 2000
    rounds: int = 15


class Codec(msgspec.Struct, frozen=True):
    """The figures of one dialect, or of one pair of them, in µs per event.

    Attributes:
        title: what was taken apart, or from what to what.
        client: the package of the vendor's client.
        us: by column.
    """

    title: str
    client: str
    us: dict[str, float]


class Findings(msgspec.Struct, frozen=True):
    """Everything that was found."""

    dialects: list[Codec]
    pairs: list[Codec]
    noise: noise.Noise


def measure_codecs(scale: Scale, note: Callable[[str], None]) -> Findings:
    """Measure every dialect, and some pairs."""
    tasks: dict[tuple[str, str], Task] = {}
    for recording in RECORDINGS:
        stream = record(recording, scale.events)
        tasks |= {(recording.title, column): task for column, task in _dialect_tasks(stream, scale)}
    first = {recording.dialect: recording for recording in reversed(RECORDINGS)}
    told = _without_bytes(frames_of(record(first["openai_chat"], scale.events)))
    tasks["ui_stream", "encode, told"] = lambda: _encode("ui_stream", told)
    for source, target in TRANSCODED:
        tasks[f"{source} → {target}", "both"] = _transcoding(record(first[source], scale.events), target)
    before, own_s = noise.now(), time.process_time()
    us = _medians(tasks, scale, note)
    quiet = noise.noise_between(before, noise.now(), time.process_time() - own_s, os.cpu_count() or 1)
    return _findings(us, quiet)


def _dialect_tasks(stream: Stream, scale: Scale) -> Iterator[tuple[str, Task]]:
    name = stream.recording.dialect
    frames = frames_of(stream)
    told = _without_bytes(frames)
    eights = [b"".join(stream.events[at : at + 8]) for at in range(0, len(stream.events), 8)]
    _, read_all = SDKS[name]
    yield "decode", lambda: _decode(name, stream.events)
    yield "decode, 8 a read", lambda: _decode(name, eights)
    yield "encode, same bytes", lambda: _encode(name, frames)
    yield "encode, told", lambda: _encode(name, told)
    if read_all(stream.events) < scale.events - 5:
        raise SystemExit(f"the client of {name} did not read the whole of {stream.recording.path}")
    yield "client", lambda: read_all(stream.events)


def _decode(name: str, reads: list[bytes]) -> None:
    feed = new_decoder(DIALECTS[name]).feed
    for data in reads:
        feed(data)


def _encode(name: str, frames: list[Frame]) -> None:
    encode = _new_encoder(name).encode
    for frame in frames:
        encode(frame)


def _transcoding(stream: Stream, target: str) -> Task:
    def run() -> None:
        feed = new_decoder(DIALECTS[stream.recording.dialect]).feed
        encode = _new_encoder(target).encode
        for event in stream.events:
            for frame in feed(event):
                encode(frame)

    return run


def _new_encoder(name: str) -> Encoder:
    reader = DIALECTS[name].reader
    assert reader is not None
    framing = _BESIDE_SSE.get(name, Framing.SSE)
    return reader.endpoints[0].encoder(EncodeOptions(framing, "stream-1", "m", 1, include_usage=True), _ASKED)


def _without_bytes(frames: list[Frame]) -> list[Frame]:
    return [Frame(frame.events) for frame in frames]


def _medians(
    tasks: dict[tuple[str, str], Task], scale: Scale, note: Callable[[str], None]
) -> dict[tuple[str, str], float]:
    spent_ns: dict[tuple[str, str], list[int]] = {key: [] for key in tasks}
    for number in range(scale.rounds):
        note(f"codecs: round {number + 1} of {scale.rounds}")
        for key, task in tasks.items():
            task()
            start_ns = time.process_time_ns()
            task()
            spent_ns[key].append(time.process_time_ns() - start_ns)
    return {key: median(spent) / scale.events / 1000 for key, spent in spent_ns.items()}


def _findings(us: dict[tuple[str, str], float], quiet: noise.Noise) -> Findings:
    found: dict[str, dict[str, float]] = {}
    for (title, column), value in us.items():
        found.setdefault(title, {})[column] = value
    clients = {recording.title: SDKS[recording.dialect][0] for recording in RECORDINGS}
    rows = [Codec(title, clients.get(title, ""), values) for title, values in found.items()]
    return Findings([row for row in rows if "both" not in row.us], [row for row in rows if "both" in row.us], quiet)
