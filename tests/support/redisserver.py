"""Real Redis servers on loopback: one, or a cluster of three with a replica each. Debian's package, nothing else."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from support.serverprocess import find_free_port
from support.wait import until

from sluiceway.delivery.log.redis_address import RedisAddress
from sluiceway.delivery.log.redis_node import Node
from sluiceway.delivery.log.redis_wire import Refusal, Reply, encode_command
from sluiceway.errors import LogUnavailable

__all__ = ["RedisCluster", "RedisServer", "require_redis", "running_redis", "running_redis_cluster"]

_START_S = 20.0
_NODE_TIMEOUT_MS = 1500


def require_redis() -> Path:
    """Return ``redis-server``; install Debian's package where that is allowed.

    Raises:
        RuntimeError: it is not there, and cannot be installed.
    """
    found = shutil.which("redis-server")
    if found is None and os.geteuid() == 0 and shutil.which("apt-get"):
        environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update", "-qq"], check=False, env=environ, capture_output=True)
        package = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "redis-server"]
        subprocess.run(package, check=False, env=environ, capture_output=True)
        found = shutil.which("redis-server")
    if found is None:
        raise RuntimeError("these tests need redis-server: install Debian's package (apt-get install redis-server)")
    return Path(found)


class RedisServer:
    """One ``redis-server``, which can be killed and started again.

    Args:
        folder: where its data and its log are.
        arguments: further ones of its command line.

    Attributes:
        port: where it listens, on 127.0.0.1.
    """

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.port = _find_port()
        self._folder = folder / f"redis-{self.port}"
        self._folder.mkdir()
        self._arguments = arguments
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """What a server is told."""
        return f"redis://127.0.0.1:{self.port}/0"

    async def start(self) -> None:
        """Start it and wait until it answers."""
        command = [str(require_redis()), "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self._folder)]
        command += ["--save", "", "--logfile", str(self._folder / "log"), "--daemonize", "no", *self._arguments]
        self._process = subprocess.Popen(  # noqa: ASYNC220 - returns at once
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        await until(self.answers, _START_S, 0.01)

    async def answers(self) -> bool:
        """Say whether it answers."""
        try:
            return await self.ask("PING") == b"PONG"
        except (OSError, LogUnavailable, AssertionError):
            return False

    async def ask(self, *words: str) -> Reply:
        """Return the reply to a command."""
        address = RedisAddress((("127.0.0.1", self.port),))
        node = await Node.connect(address.places[0], address, None)
        try:
            (reply,) = await node.ask([encode_command(*(word.encode() for word in words))], 10)
        finally:
            node.close()
        assert not isinstance(reply, Refusal), reply
        return reply

    def pause(self) -> None:
        """Have it answer nothing."""
        self._send(signal.SIGSTOP)

    def resume(self) -> None:
        """Have it go on."""
        self._send(signal.SIGCONT)

    def kill(self) -> None:
        """Kill it as a crash would, and wait for that."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _send(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)


@asynccontextmanager
async def running_redis(folder: Path, *arguments: str, is_durable: bool = True) -> AsyncIterator[RedisServer]:
    """Run a server until the block ends.

    Args:
        folder: where its data and its log are.
        arguments: further ones of its command line.
        is_durable: whether it remembers what it was told when it is killed.
    """
    server = RedisServer(folder, "--appendonly", "yes" if is_durable else "no", *arguments)
    try:
        await server.start()
        yield server
    finally:
        server.kill()


class RedisCluster:
    """Three servers with a replica each.

    Attributes:
        servers: all six.
    """

    def __init__(self, servers: Sequence[RedisServer]) -> None:
        self.servers = servers

    @property
    def url(self) -> str:
        """What a server is told."""
        return "redis://" + ",".join(f"127.0.0.1:{server.port}" for server in self.servers)

    async def roles(self) -> dict[int, tuple[str, str]]:
        """Return each port's role and the id of its master, as the first server that answers sees it."""
        for server in self.servers:
            if await server.answers():
                reply = await server.ask("CLUSTER", "NODES")
                assert isinstance(reply, bytes)
                rows = [line.split() for line in reply.decode().splitlines()]
                return {_port(row[1]): (row[2], row[3] if row[3] != "-" else row[0]) for row in rows}
        raise AssertionError("no server of the cluster answers")

    async def owner_of(self, key: str) -> RedisServer:
        """Return the server that has a key now."""
        slot = await self.servers[0].ask("CLUSTER", "KEYSLOT", key)
        ranges = await self.servers[0].ask("CLUSTER", "SLOTS")
        assert isinstance(ranges, list)
        assert isinstance(slot, int)
        for row in ranges:
            match row:
                case [int(first), int(last), [_, int(port), *_], *_] if first <= slot <= last:
                    return next(server for server in self.servers if server.port == port)
                case _:
                    continue
        raise AssertionError("nobody has the slot")

    async def is_whole(self) -> bool:
        """Say whether every server says that every slot is served."""
        for server in self.servers:
            if await server.answers():
                info = await server.ask("CLUSTER", "INFO")
                if not isinstance(info, bytes) or b"cluster_state:ok" not in info:
                    return False
        return True


@asynccontextmanager
async def running_redis_cluster(folder: Path) -> AsyncIterator[RedisCluster]:
    """Run a cluster of 3 + 3 until the block ends."""
    async with AsyncExitStack() as stack:
        servers = [
            await stack.enter_async_context(
                running_redis(
                    folder, "--cluster-enabled", "yes", "--cluster-node-timeout", str(_NODE_TIMEOUT_MS),
                    "--repl-diskless-sync-delay", "0",
                )
            )
            for _ in range(6)
        ]  # fmt: skip
        cluster = RedisCluster(servers)
        hosts = [f"127.0.0.1:{server.port}" for server in servers]
        command = ["redis-cli", "--cluster", "create", *hosts, "--cluster-replicas", "1", "--cluster-yes"]
        process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        output, _ = await process.communicate()
        assert process.returncode == 0, output.decode()
        await until(cluster.is_whole, _START_S, 0.05)
        yield cluster


def _find_port() -> int:
    """Return a free port; a cluster's nodes talk to each other 10,000 further up, so it is not too high."""
    return next(port for port in iter(find_free_port, 0) if port + 10_000 < 65_536)


def _port(text: str) -> int:
    # 127.0.0.1:30001@40001
    return int(text.partition("@")[0].rpartition(":")[2])
