from __future__ import annotations

from sluiceway.delivery.log.base import Log
from sluiceway.delivery.log.memory import Budget, MemoryLog
from sluiceway.testing import text_frames

FRAMES = text_frames(["Hel", "lo"])


def told(log: Log) -> str:
    """Return everything a log tells, as any reader finds it out."""
    opening = log.opening()
    frames = [] if opening is None else [opening]
    seq = log.first_seq
    while page := log.read(seq, 1):
        frames += page
        seq += len(page)
    return f"{len(frames)} frames to {log.cursor(seq - 1).seq}, {'ended' if log.is_ended else 'running'}"


def test_a_log_in_memory_is_a_log() -> None:
    log: Log = MemoryLog(1 << 20, Budget(1 << 20))
    log.append(FRAMES)
    assert told(log) == "4 frames to 4, running"
    log.end()
    assert told(log) == "4 frames to 4, ended"
