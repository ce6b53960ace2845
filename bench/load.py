"""Runs tokload and reads what it measured."""

import subprocess
from pathlib import Path

import msgspec

__all__ = ["Load", "LoadResult", "Quantiles", "arguments", "offer"]


class Quantiles(msgspec.Struct, frozen=True):
    """One distribution, in milliseconds (buckets 1 % wide)."""

    count: int
    p50: float
    p99: float
    p999: float
    max: float


class LoadResult(msgspec.Struct, frozen=True, kw_only=True):
    """tokload's line: counts, the server's CPU and memory, and distributions; the window is the steady part."""

    requests: int
    started: int
    errors: int
    status_bad: int
    cut: int
    open_at_end: int
    tokens: int
    reads: int
    seconds: float
    cpu_s: float
    window_tokens: int
    window_seconds: float
    window_cpu_s: float
    rss_start_kib: int
    rss_max_kib: int
    own_cpu_s: float
    ttft_ms: Quantiles
    delivery_ms: Quantiles
    window_delivery_ms: Quantiles
    whole_ms: Quantiles
    gone: list[tuple[int, int]]

    @property
    def faults(self) -> int:
        """Requests that failed, were refused, or were not answered in full."""
        return self.errors + self.status_bad + self.cut


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """What to offer; the fields are tokload's options."""

    model: str
    streams: int
    requests: int | None = None
    path: str = "/v1/chat/completions"
    body: str | None = None
    header: str | None = None
    end_mark: str | None = None
    ramp_s: float = 0.0
    window_s: float = 0.0
    limit_s: float = 60.0
    keep_alive: bool = False
    hang_up_every_s: float | None = None
    hang_ups: int = 0


def arguments(load: Load, port: int, pids: list[int]) -> list[str]:
    """Tokload's command line, without the program."""
    pairs: list[tuple[str, object]] = [
        ("-c", load.streams),
        ("-r", load.requests),
        ("-p", load.path),
        ("-b", load.body),
        ("-H", load.header),
        ("-e", load.end_mark),
        ("-R", int(load.ramp_s * 1e6 / load.streams)),
        ("-w", load.window_s),
        ("-t", load.limit_s),
        ("-g", None if load.hang_up_every_s is None else int(load.hang_up_every_s * 1e6)),
        ("-n", load.hang_ups or None),
        *(("-P", pid) for pid in pids),
    ]
    given = [part for name, value in pairs if value is not None for part in (name, str(value))]
    return [*given, *(["-K"] if load.keep_alive else []), str(port), load.model]


def offer(program: Path, load: Load, port: int, pids: list[int]) -> LoadResult:
    """Run the load to its end."""
    command = [str(program), *arguments(load, port, pids)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=load.limit_s + 60)
    return msgspec.json.decode(done.stdout, type=LoadResult)
