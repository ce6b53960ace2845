"""curl, as a shell script would use it, against the chat API."""

from __future__ import annotations

import asyncio
import json
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from support.clients.base import PROMPT, SCHEMA, Ask, ToolCall

__all__ = ["Curl"]


class Curl:
    """``curl -N``."""

    name = "curl"

    async def text(self, ask: Ask, **more: Any) -> str:
        payloads = await self._payloads(ask, **more)
        assert payloads[-1] == "[DONE]"
        return _text(payloads)

    async def whole(self, ask: Ask) -> str:
        async with _curl(ask, [], stream=False) as process:
            out, _ = await process.communicate()
        return str(json.loads(out)["choices"][0]["message"]["content"])

    async def tools(self, ask: Ask) -> ToolCall:
        function = {"name": ask.tool_name, "parameters": ask.parameters}
        tools = [{"type": "function", "function": function}]
        payloads = await self._payloads(ask, tools=tools, tool_choice="required" if ask.is_forced else "auto")
        deltas = [
            fragment["function"]
            for payload in payloads[:-1]
            for choice in payload["choices"]
            for fragment in choice["delta"].get("tool_calls") or ()
        ]
        name = "".join(delta.get("name") or "" for delta in deltas)
        return ToolCall(name, json.loads("".join(delta.get("arguments") or "" for delta in deltas)))

    async def json(self, ask: Ask) -> str:
        form = {"type": "json_schema", "json_schema": {"name": "trip", "schema": SCHEMA, "strict": True}}
        return await self.text(ask, response_format=form)

    async def error(self, ask: Ask) -> int:
        async with _curl(ask, ["--fail-with-body", "--write-out", "\n%{http_code}"], stream=True) as process:
            out, _ = await process.communicate()
        assert process.returncode == 22, "an error status is curl's exit code 22"
        return int(out.splitlines()[-1])

    async def cut(self, ask: Ask) -> str:
        payloads = await self._payloads(ask)
        assert any("error" in payload for payload in payloads[:-1])
        return _text([payload for payload in payloads if "error" not in payload])

    async def stop(self, ask: Ask) -> None:
        async with _curl(ask, [], stream=True) as process:
            assert process.stdout is not None
            async for line in process.stdout:
                if line.startswith(b"data: ") and _text([json.loads(line[6:])]):
                    break
            process.terminate()
            await process.communicate()

    async def _payloads(self, ask: Ask, **more: Any) -> list[Any]:
        async with _curl(ask, [], stream=True, **more) as process:
            out, _ = await process.communicate()
        assert process.returncode == 0
        data = [line[6:] for line in out.splitlines() if line.startswith(b"data: ")]
        return ["[DONE]" if line == b"[DONE]" else json.loads(line) for line in data]


def _text(payloads: list[Any]) -> str:
    chunks = [payload for payload in payloads if payload != "[DONE]"]
    return "".join(choice["delta"].get("content") or "" for chunk in chunks for choice in chunk["choices"])


@asynccontextmanager
async def _curl(ask: Ask, flags: list[str], *, stream: bool, **more: Any) -> AsyncIterator[Process]:
    body: dict[str, Any] = {"model": ask.model, "stream": stream, "messages": [{"role": "user", "content": PROMPT}]}
    if ask.max_tokens is not None:
        body["max_tokens"] = ask.max_tokens
    command = ["curl", "--silent", "--no-buffer", "--noproxy", "*", "--max-time", "30", *flags]
    command += ["--json", json.dumps({**body, **more}), f"{ask.url}/v1/chat/completions"]
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=DEVNULL)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()
