"""Replicas as processes of their own, behind one nginx, which speaks HTTP/1.1 on one port and HTTP/2 on another."""

from __future__ import annotations

import asyncio
import shutil
import signal
import subprocess
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from support.serverprocess import COMMAND, ServerProcess, clean_environ, find_free_port
from support.wait import until

from chaos.reader import Door
from chaos.upstream import Upstream

__all__ = ["Fleet", "running_fleet"]

_SIZE = 3
_FLAGS = ("--drain-s", "3", "--resume-grace-s", "30")


class Fleet:
    """What is under test.

    Args:
        folder: where logs are written.
        upstream: who is asked.
        redis_url: what the replicas share.
        flags: of every replica.

    Attributes:
        port: nginx's.
        http2_port: nginx's for HTTP/2.
        upstream: who is asked.
        redis_url: what the replicas were told.
        replicas: the servers.
    """

    def __init__(self, folder: Path, upstream: Upstream, redis_url: str, flags: Sequence[str] = _FLAGS) -> None:
        self.port, self.http2_port = find_free_port(), find_free_port()
        self.upstream = upstream
        self.redis_url = redis_url
        self.ports = [find_free_port() for _ in range(_SIZE)]
        self.replicas: dict[int, ServerProcess] = {}
        self._folder = folder
        self._flags = flags
        self._nginx: subprocess.Popen[bytes] | None = None

    @property
    def doors(self) -> list[Door]:
        """The proxy's, and twice as often as HTTP/2 HTTP/1.1."""
        return [Door(self.port), Door(self.port), Door(self.http2_port, is_http2=True)]

    @property
    def every_door(self) -> list[Door]:
        """The proxy's, and each replica's own for HTTP/2."""
        return [*self.doors, *(Door(port, is_http2=True) for port in self.ports)]

    @property
    def alive(self) -> dict[int, ServerProcess]:
        """The replicas that run, by number."""
        return {number: replica for number, replica in self.replicas.items() if not replica.is_over}

    async def start(self, *numbers: int) -> None:
        """Start replicas and wait until they serve."""
        for number in numbers:
            port = self.ports[number]
            log = self._folder / f"replica-{number}.log"
            command = [str(COMMAND), "serve", "--port", str(port), "--redis", self.redis_url]
            command += ["--upstream", f"http://127.0.0.1:{self.upstream.port}/v1", *self._flags]
            with log.open("wb") as output:
                process = subprocess.Popen(  # noqa: ASYNC220 - returns at once
                    command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=clean_environ()
                )
            self.replicas[number] = ServerProcess(process, port, log)
        for number in numbers:
            await self.replicas[number].until_ready()

    async def kill(self, number: int) -> None:
        """Kill a replica as a crash would."""
        self.replicas[number].send(signal.SIGKILL)
        await self.replicas[number].ended()

    async def holder_of(self, stream_id: str) -> int:
        """Return the number of the replica that has an answer from its upstream."""
        for number, replica in self.alive.items():
            if any(stream.id == stream_id for stream in await replica.live()):
                return number
        raise LookupError(stream_id)

    async def start_proxy(self) -> None:
        """Start nginx and wait until it serves."""
        nginx = shutil.which("nginx") or "/usr/sbin/nginx"
        servers = " ".join(f"server 127.0.0.1:{port} max_fails=0;" for port in self.ports)
        config = self._folder / "nginx.conf"
        config.write_text(
            f"daemon off; worker_processes 1; pid {self._folder}/nginx.pid; error_log {self._folder}/nginx.log crit;"
            "events { worker_connections 8192; }"
            f"http {{ access_log off; client_body_temp_path {self._folder}/a; proxy_temp_path {self._folder}/b;"
            f"fastcgi_temp_path {self._folder}/c; uwsgi_temp_path {self._folder}/d; scgi_temp_path {self._folder}/e;"
            f"upstream replicas {{ {servers} }}"
            f"server {{ listen 127.0.0.1:{self.port} backlog=4096;"
            f"listen 127.0.0.1:{self.http2_port} http2 backlog=4096;"
            "location / { proxy_pass http://replicas;"
            "proxy_http_version 1.1; proxy_set_header Connection ''; proxy_buffering off; proxy_read_timeout 120s;"
            "proxy_next_upstream error; keepalive_requests 100000; } } }",
            "utf-8",
        )
        self._nginx = subprocess.Popen(  # noqa: ASYNC220 - returns at once
            [nginx, "-c", str(config), "-e", str(self._folder / "nginx.log")],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        await until(self._listens, 10)

    async def stop(self) -> None:
        """End everything."""
        if self._nginx is not None:
            self._nginx.terminate()
            self._nginx.wait()
        for replica in self.replicas.values():
            replica.send(signal.SIGKILL)
            await replica.ended()

    async def _listens(self) -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return False
        writer.close()
        return True


@asynccontextmanager
async def running_fleet(folder: Path, redis_url: str, flags: Sequence[str] = ()) -> AsyncIterator[Fleet]:
    """Run three replicas of a Redis, their upstream and nginx."""
    async with AsyncExitStack() as stack:
        fleet = Fleet(folder, await stack.enter_async_context(Upstream()), redis_url, [*_FLAGS, *flags])
        stack.push_async_callback(fleet.stop)
        await fleet.start(*range(_SIZE))
        await fleet.start_proxy()
        yield fleet
