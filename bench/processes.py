"""Processes the benchmark starts: ready when they answer, ended by pid with everything they started."""

import contextlib
import resource
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil

__all__ = ["cpu_s", "free_port", "get", "raise_file_limit", "running", "tree_pids"]

READY_WITHIN_S = 30.0
END_WITHIN_S = 10.0


def raise_file_limit() -> None:
    """Allow as many open files as the system lets us; children inherit it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def free_port() -> int:
    """A port on loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def get(port: int, path: str) -> bytes:
    """The body of a GET; raises OSError when it did not answer with 2xx."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
        body: bytes = answer.read()
        return body


def tree_pids(pid: int) -> list[int]:
    """The process and all its descendants."""
    root = psutil.Process(pid)
    return [root.pid, *(child.pid for child in root.children(recursive=True))]


def cpu_s(pids: list[int]) -> float:
    """CPU seconds the processes have used, from their own CPU clocks (those of man 3 clock_getcpuclockid)."""
    return sum(time.clock_gettime((~pid << 3) | 2) for pid in pids)


def _wait_until_ready(process: subprocess.Popen[bytes], ask: Callable[[], object], log: Path) -> None:
    until = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(OSError):
            ask()
            return
        time.sleep(0.05)
    raise SystemExit(f"not ready: {process.args!r}\n{log.read_text(errors='replace')[-2000:]}")


def _end(process: subprocess.Popen[bytes]) -> None:
    family: list[psutil.Process] = []
    with contextlib.suppress(psutil.NoSuchProcess):
        family = psutil.Process(process.pid).children(recursive=True)
    process.terminate()
    try:
        process.wait(END_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    _, alive = psutil.wait_procs(family, timeout=1)
    for child in alive:
        with contextlib.suppress(psutil.NoSuchProcess):
            child.kill()


@contextlib.contextmanager
def running(command: list[str], ask: Callable[[], object], folder: Path) -> Iterator[int]:
    """Run a server until the block ends; gives its pid once it answers. Its output goes to a file in the folder.

    ``ask`` raises OSError while there is no answer.
    """
    log = folder / f"{Path(command[0]).name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
    try:
        _wait_until_ready(process, ask, log)
        yield process.pid
    finally:
        _end(process)
