"""One run of the child process: started, made ready, its log passed on, ended.

What to do when it ends by itself is the `supervisor`'s business.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable

import msgspec

from sluiceway.engines.llama.logs import LogDecoder
from sluiceway.engines.llama.spec import READY_LINE, ChildSpec
from sluiceway.errors import EngineUnavailable

__all__ = ["ChildProcess", "start_child"]

_COMMAND = ("-P", "-m", "sluiceway.engines.llama.child")
_READ_BYTES = 64 * 1024


class ChildProcess:
    """A running child.

    Args:
        process: it, with pipes on all three ends.
        logger: where its log goes.
    """

    def __init__(self, process: Process, logger: logging.Logger) -> None:
        self._process = process
        self._logger = logger
        self._complaint = self._last_words = ""
        self._log = asyncio.create_task(self._pass_log_on())

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def tell(self, spec: ChildSpec) -> None:
        """Tell it what to do; a child that died already is found out by `until_ready`."""
        stdin = self._process.stdin
        assert stdin is not None
        stdin.write(msgspec.json.encode(spec) + b"\n")

    async def until_ready(self, timeout_s: float) -> None:
        """Wait until its server answers.

        Raises:
            EngineUnavailable: it ended first, or took too long; it may be running still.
        """
        stdout = self._process.stdout
        assert stdout is not None
        try:
            async with asyncio.timeout(timeout_s):
                line = await stdout.readline()
        except TimeoutError:
            raise EngineUnavailable(f"llama.cpp was not ready after {timeout_s:g} s") from None
        if line != READY_LINE:
            await self._until_log_ends()
            reason = self._complaint or self._last_words or "it said nothing"
            raise EngineUnavailable(f"llama.cpp did not start: {reason}")

    async def watch(self, max_silence_s: float) -> None:
        """Return when it ends; kill it once it has given no sign of life for ``max_silence_s``.

        To be called once it is ready. It may be stopped, frozen or hold its interpreter for ever; what llama.cpp
        computes, or whether, its signs do not say: the time limits of answers do.
        """
        stdout = self._process.stdout
        assert stdout is not None
        # Two halves: if this process itself stood still, the signs of meanwhile are read in the second.
        missed = 0
        while missed < 2:
            try:
                async with asyncio.timeout(max_silence_s / 2):
                    beats = await stdout.read(_READ_BYTES)
            except TimeoutError:
                missed += 1
            else:
                missed = 0
                if not beats:
                    return
        self._logger.error("llama.cpp gave no sign of life for %g s and is killed", max_silence_s)
        self._send(self._process.kill)

    async def wait(self) -> int:
        """Wait for its end, and for the end of its log; return its status, negative for a signal."""
        status = await self._process.wait()
        await self._until_log_ends()
        return status

    async def stop(self, grace_s: float) -> None:
        """End it: its input is closed, then it is asked by signal, and killed after ``grace_s``. Idempotent."""
        stdin = self._process.stdin
        assert stdin is not None
        stdin.close()
        self._send(self._process.terminate)
        try:
            async with asyncio.timeout(grace_s):
                await self._process.wait()
        except TimeoutError:
            self._send(self._process.kill)
        await self.wait()

    async def _until_log_ends(self) -> None:
        await asyncio.wait([self._log])  # unlike a plain await it does not pass a cancellation on

    def _send(self, signal: Callable[[], None]) -> None:
        with contextlib.suppress(ProcessLookupError):
            signal()

    async def _pass_log_on(self) -> None:
        stderr = self._process.stderr
        assert stderr is not None
        decoder = LogDecoder()
        while data := await stderr.read(_READ_BYTES):
            self._write(decoder.feed(data))
        self._write(decoder.close())

    def _write(self, lines: list[tuple[int, str]]) -> None:
        for level, text in lines:
            self._logger.log(level, "%s", text)
            self._last_words = text
            if level == logging.WARNING and not self._complaint:
                self._complaint = text  # llama.cpp's first error names the cause, the ones after it the consequences


async def start_child(spec: ChildSpec, logger: logging.Logger, python: str = sys.executable) -> ChildProcess:
    """Start the child in a session of its own, so that the terminal's Ctrl-C reaches the server alone, and tell it.

    Args:
        spec: what it is to do.
        logger: where its log goes.
        python: the interpreter it runs in.

    Raises:
        EngineUnavailable: the system cannot start it.
    """
    try:
        process = await asyncio.create_subprocess_exec(
            python, *_COMMAND, stdin=PIPE, stdout=PIPE, stderr=PIPE, start_new_session=True
        )
    except OSError as exc:
        raise EngineUnavailable(f"llama.cpp's process cannot be started: {exc}") from exc
    child = ChildProcess(process, logger)
    child.tell(spec)
    return child
