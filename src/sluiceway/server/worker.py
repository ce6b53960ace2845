"""One of several processes that serve together: ``python -m sluiceway.server.worker``.

Its parent tells it everything in one line on standard input, keys included, so that nothing of it stands in the list
of processes. It says ``ready`` when it takes requests, and ends in good order when its parent says so or is gone.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from pathlib import Path
from typing import BinaryIO

import msgspec
import uvloop

from sluiceway.engines.llama.address import LlamaAddress
from sluiceway.engines.secret import Secret, decode_secret
from sluiceway.errors import SluicewayError
from sluiceway.server.app import Place, create_app
from sluiceway.server.serve import serve
from sluiceway.server.settings import Settings

__all__ = ["READY", "WorkerSpec", "decode_spec", "encode_spec", "main"]

READY = b"ready\n"


class WorkerSpec(msgspec.Struct, frozen=True):
    """What a worker is told.

    Attributes:
        settings: the server's settings.
        environ: the variables that name proxies.
        folder: where the workers find each other.
        name: of this one's socket there.
        llama: the llama.cpp they share, if any.
    """

    settings: Settings
    environ: dict[str, str]
    folder: str
    name: str
    llama: LlamaAddress | None = None


def encode_spec(spec: WorkerSpec) -> bytes:
    """Return the one line a worker reads."""
    return msgspec.json.encode(spec, enc_hook=_reveal) + b"\n"


def decode_spec(line: bytes) -> WorkerSpec:
    """Read it."""
    return msgspec.json.decode(line, type=WorkerSpec, dec_hook=decode_secret)


def main() -> None:
    """Serve as the parent says; an error of ours becomes one line and exit code 1."""
    stdin = sys.stdin.buffer
    spec = decode_spec(stdin.readline())
    settings = spec.settings
    logging.basicConfig(level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    place = Place(Path(spec.folder), spec.name, spec.llama)

    async def run() -> None:
        asyncio.get_running_loop().add_reader(stdin, _end_when_orphaned, stdin)
        await serve(create_app(settings, environ=spec.environ, place=place), settings, _say_ready)

    try:
        uvloop.run(run())
    except SluicewayError as error:
        sys.stderr.write(f"sluiceway: {error}\n")
        sys.exit(1)


def _end_when_orphaned(stdin: BinaryIO) -> None:
    if not os.read(stdin.fileno(), 1):
        asyncio.get_running_loop().remove_reader(stdin)
        os.kill(os.getpid(), signal.SIGTERM)


def _say_ready() -> None:
    sys.stdout.buffer.write(READY)
    sys.stdout.buffer.flush()


def _reveal(value: object) -> str:
    if isinstance(value, Secret):
        return value.reveal()
    raise NotImplementedError(type(value))


if __name__ == "__main__":
    main()
