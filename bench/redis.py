"""A Redis for the server to keep answers in, on loopback, without a disk; and what it says of its own use."""

import contextlib
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import msgspec

from bench.processes import cpu_s, free_port, running

__all__ = ["RedisServer", "RedisUse", "find_redis", "read_use", "running_redis", "use_of"]


class RedisServer(msgspec.Struct, frozen=True):
    """One running redis-server."""

    port: int
    pid: int

    @property
    def url(self) -> str:
        """What the server under test is told."""
        return f"redis://127.0.0.1:{self.port}/0"


class RedisUse(msgspec.Struct, frozen=True):
    """What a Redis has done so far, and the memory it takes; or the difference of two such.

    ``commands`` counts those that scripts run, and each script as one more.
    """

    commands: int
    memory_bytes: int
    cpu_s: float

    def since(self, earlier: "RedisUse") -> "RedisUse":
        """The difference."""
        return RedisUse(
            self.commands - earlier.commands, self.memory_bytes - earlier.memory_bytes, self.cpu_s - earlier.cpu_s
        )


def find_redis() -> str | None:
    """The redis-server binary, where there is one."""
    return shutil.which("redis-server")


@contextlib.contextmanager
def running_redis(folder: Path) -> Iterator[RedisServer]:
    """Run a fresh one until the block ends."""
    port = free_port()
    command = [find_redis() or "redis-server", "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder)]
    command += ["--save", "", "--appendonly", "no", "--daemonize", "no"]
    with running(command, lambda: _info(port, "server"), folder) as pid:
        yield RedisServer(port, pid)


def use_of(server: RedisServer) -> RedisUse:
    """What it has done up to now; asking is two commands more."""
    stats, memory = _info(server.port, "commandstats"), _info(server.port, "memory")
    return read_use(stats + memory, cpu_s([server.pid]))


def read_use(info: str, used_s: float) -> RedisUse:
    """Read the sections ``commandstats`` and ``memory`` of INFO."""
    # cmdstat_evalsha:calls=12,usec=240,usec_per_call=20.00,rejected_calls=0,failed_calls=0
    fields = dict(line.split(":", 1) for line in info.splitlines() if ":" in line)
    calls = (value.split(",")[0].removeprefix("calls=") for name, value in fields.items() if "cmdstat_" in name)
    return RedisUse(sum(map(int, calls)), int(fields["used_memory"]), used_s)


def _info(port: int, section: str) -> str:
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection, connection.makefile("rb") as replies:
        connection.sendall(f"INFO {section}\r\n".encode())
        # $1234\r\n, then so many bytes and \r\n
        size_bytes = int(replies.readline()[1:])
        return replies.read(size_bytes).decode()
