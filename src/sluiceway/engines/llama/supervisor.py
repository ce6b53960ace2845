"""Keeps llama.cpp running: starts the child, starts it again whenever it ends or stands still, and stops it.

One process owns the supervisor; any other that knows the `LlamaAddress` can use the server. Answers under way when
the child dies are lost, and their connections say so; new ones are refused until it is back, at the same address.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import logging
import os
import secrets
import socket

from sluiceway.engines.llama.address import LlamaAddress, reserve_port
from sluiceway.engines.llama.backoff import Backoff
from sluiceway.engines.llama.options import LlamaOptions, context_tokens, find_model, model_name, thread_count
from sluiceway.engines.llama.process import ChildProcess, start_child
from sluiceway.engines.llama.spec import ChildSpec
from sluiceway.engines.secret import Secret
from sluiceway.errors import EngineUnavailable, SettingsError

__all__ = ["LlamaSupervisor"]

LOGGER_NAME = "sluiceway.llama"

_WARNINGS, _INFORMATION = 2, 3


class LlamaSupervisor:
    """The owner of the child process.

    Args:
        options: which model, and how it is watched over.

    Raises:
        SettingsError: there is no such model file, or the package that brings llama.cpp is not installed.
    """

    def __init__(self, options: LlamaOptions) -> None:
        if importlib.util.find_spec("xllamacpp") is None:
            raise SettingsError('a local model needs llama.cpp: pip install "sluiceway[llama]"')
        self._options = options
        self._model_path = find_model(options)
        self._logger = logging.getLogger(LOGGER_NAME)
        self._key = Secret(secrets.token_urlsafe(32))
        self._holder: socket.socket | None = None
        self._child: ChildProcess | None = None
        self._watch: asyncio.Task[None] | None = None
        self._is_ready = False

    @property
    def address(self) -> LlamaAddress:
        """Where the server is; known after `open`, and the same until `close`."""
        if self._holder is None:
            raise EngineUnavailable("llama.cpp was not started")
        return LlamaAddress(self._holder.getsockname()[1], self._key)

    @property
    def is_ready(self) -> bool:
        """Whether the server answers now, as far as is known."""
        return self._is_ready

    @property
    def pid(self) -> int | None:
        """The child's process id, None when there is none now."""
        return self._child.pid if self._child is not None else None

    async def open(self) -> None:
        """Start the child and wait until its server answers; from then on it is kept running.

        Raises:
            EngineUnavailable: it does not start; nothing is left running.
        """
        self._holder = reserve_port()
        async with contextlib.AsyncExitStack() as undo:
            undo.push_async_callback(self.close)
            await self._start()
            undo.pop_all()
        self._watch = asyncio.create_task(self._keep_running())

    async def close(self) -> None:
        """Stop the child and give the port back. Idempotent."""
        if self._watch is not None:
            self._watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watch
            self._watch = None
        await self._stop()
        if self._holder is not None:
            self._holder.close()
            self._holder = None

    async def _start(self) -> None:
        loop = asyncio.get_running_loop()
        began_at = loop.time()
        self._child = await start_child(self._spec(), self._logger)
        await self._child.until_ready(self._options.start_timeout_s)
        self._is_ready = True
        self._logger.info("%s is ready after %.2f s", model_name(self._options), loop.time() - began_at)

    async def _stop(self) -> None:
        self._is_ready = False
        if self._child is not None:
            await self._child.stop(self._options.stop_grace_s)
            self._child = None

    async def _keep_running(self) -> None:
        options, loop = self._options, asyncio.get_running_loop()
        backoff = Backoff(options.restart_delay_s, options.max_restart_delay_s, options.steady_s)
        while True:
            began_at = loop.time()
            await self._until_over()
            pause_s = backoff.pause_s(loop.time() - began_at)
            self._logger.info("starting llama.cpp again in %.2f s", pause_s)
            await asyncio.sleep(pause_s)
            try:
                await self._start()
            except EngineUnavailable as exc:
                await self._give_up(exc.message)

    async def _until_over(self) -> None:
        if self._child is not None:
            await self._child.watch(self._options.max_silence_s)
            status = await self._child.wait()
            await self._give_up(f"llama.cpp ended by itself with status {status}")

    async def _give_up(self, why: str) -> None:
        self._logger.error("%s", why)
        await self._stop()

    def _spec(self) -> ChildSpec:
        options, address = self._options, self.address
        return ChildSpec(
            parent_pid=os.getpid(),
            model_path=str(self._model_path),
            model_name=model_name(options),
            port=address.port,
            api_key=address.api_key.reveal(),
            context_tokens=context_tokens(options),
            parallel_slots=options.parallel_slots,
            threads=thread_count(options),
            gpu_layers=-1 if options.gpu_layers is None else options.gpu_layers,
            batch_tokens=options.batch_tokens,
            prompt_cache_mib=options.prompt_cache_mib,
            verbosity=_INFORMATION if self._logger.isEnabledFor(logging.DEBUG) else _WARNINGS,
        )
