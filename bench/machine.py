"""Which machine and which versions a result belongs to."""

import os
import platform
import subprocess
from importlib import metadata
from pathlib import Path

import psutil

from bench.redis import find_redis
from bench.systems import find_nginx

__all__ = ["describe"]


def _cpu_model() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"


def _output(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return (done.stdout + done.stderr).strip()


def _revision() -> str:
    revision = _output("git", "describe", "--always", "--abbrev=9")
    if revision.startswith("fatal"):
        return "unknown"
    changed = _output("git", "status", "--porcelain", "--untracked-files=no")
    return f"{revision} with changes" if changed else revision


def _redis_version() -> str:
    # Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64 build=f44d4f63f0c2e5e0
    found = find_redis()
    return _output(found, "--version").partition("v=")[2].partition(" ")[0] if found else "not installed"


def describe() -> dict[str, str]:
    """Facts about machine and software, in the order they are shown."""
    packages = ("granian", "uvloop", "msgspec", "httptools")
    return {
        "CPU": f"{_cpu_model()}, {os.cpu_count()} cores",
        "memory": f"{psutil.virtual_memory().total / 2**30:.1f} GiB",
        "kernel": platform.release(),
        "Python": platform.python_version(),
        "nginx": _output(find_nginx(), "-v").rpartition("/")[2],
        "Redis": _redis_version(),
        **{package: _version(package) for package in packages},
        "revision": _revision(),
    }
