"""What is measured: the upstream alone, nginx before it, and the server under test before it.

Every run gets fresh processes, so that no run profits or suffers from the one before.
"""

import contextlib
import os
import pwd
import shlex
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import msgspec

from bench.processes import free_port, get, running, tree_pids
from bench.redis import RedisServer, running_redis

__all__ = ["SERVE", "SystemName", "Target", "find_nginx", "nginx_config", "serve_command", "start"]

SystemName = Literal["direct", "nginx", "sluiceway"]

SERVE = "{bin}/sluiceway serve --host 127.0.0.1 --port {port} --upstream http://127.0.0.1:{upstream_port}/v1"


class Target(msgspec.Struct, frozen=True):
    """One running system: where to send requests, whose CPU counts, and where upstream and Redis can be asked."""

    port: int
    upstream_port: int
    upstream_pid: int
    pids: list[int]
    redis: RedisServer | None = None


def find_nginx() -> str:
    """The nginx binary, or the end of the program with what to do about it."""
    found = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if found is None:
        raise SystemExit("The comparison needs nginx: `apt-get install nginx-light`, or your system's way.")
    return found


def nginx_config(port: int, upstream_port: int, folder: Path, user: str | None) -> str:
    """One worker that forwards every read at once and keeps its connections to the upstream."""
    return f"""\
{f"user {user};" if user else ""}
daemon off;
worker_processes 1;
worker_rlimit_nofile 65000;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{ worker_connections 16384; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  keepalive_requests 1000000;
  upstream tokens {{
    server 127.0.0.1:{upstream_port};
    keepalive 4096;
    keepalive_requests 1000000;
  }}
  server {{
    listen 127.0.0.1:{port} backlog=65535;
    location = /readyz {{ return 200 "ready"; }}
    location / {{
      proxy_pass http://tokens;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
      proxy_read_timeout 300s;
    }}
  }}
}}
"""


def _nginx_command(port: int, upstream_port: int, folder: Path) -> list[str]:
    user = pwd.getpwuid(0).pw_name if os.getuid() == 0 else None
    config = folder / "nginx.conf"
    config.write_text(nginx_config(port, upstream_port, folder, user))
    return [find_nginx(), "-c", str(config), "-e", str(folder / "error.log")]


def serve_command(serve: str, port: int, upstream_port: int) -> list[str]:
    """The server's command line, filled in; ``{bin}`` is where this Python's own programs are."""
    scripts = Path(sys.executable).parent
    return [part.format(bin=scripts, port=port, upstream_port=upstream_port) for part in shlex.split(serve)]


@contextlib.contextmanager
def start(system: SystemName, mock: Path, serve: str, *, has_redis: bool = False) -> Iterator[Target]:
    """Run a fresh upstream and, unless it is measured alone, the system before it.

    Args:
        system: which one.
        mock: the built tokmock.
        serve: the server's command; ``{bin}``, ``{port}`` and ``{upstream_port}`` are filled in.
        has_redis: whether the server under test is given a fresh Redis.
    """
    with tempfile.TemporaryDirectory(prefix="bench-") as name, contextlib.ExitStack() as stack:
        folder, upstream_port = Path(name), free_port()
        upstream = [str(mock), str(upstream_port)]
        upstream_pid = stack.enter_context(running(upstream, lambda: get(upstream_port, "/stats"), folder))
        if system == "direct":
            yield Target(upstream_port, upstream_port, upstream_pid, [])
            return
        port = free_port()
        redis = stack.enter_context(running_redis(folder)) if has_redis else None
        if system == "nginx":
            command = _nginx_command(port, upstream_port, folder)
        else:
            command = serve_command(serve, port, upstream_port)
        if redis is not None:
            command += ["--redis", redis.url]
        pid = stack.enter_context(running(command, lambda: get(port, "/readyz"), folder))
        yield Target(port, upstream_port, upstream_pid, tree_pids(pid), redis)
