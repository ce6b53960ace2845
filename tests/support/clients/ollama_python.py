"""Ollama's Python client."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ollama
from support.clients.base import PROMPT, SCHEMA, Ask, ToolCall

__all__ = ["OllamaChat", "OllamaGenerate"]


class _Ollama:
    def _asked(self, ask: Ask) -> dict[str, Any]:
        options = {} if ask.max_tokens is None else {"options": {"num_predict": ask.max_tokens}}
        return {"model": ask.model, **options}

    _lines: Callable[..., Any]

    async def text(self, ask: Ask, **more: Any) -> str:
        return "".join([text async for text in self._lines(ask, **more)])

    async def json(self, ask: Ask) -> str:
        return await self.text(ask, format=SCHEMA)

    async def error(self, ask: Ask) -> int:
        try:
            await self.text(ask)
        except ollama.ResponseError as error:
            return int(error.status_code)
        raise AssertionError("nothing was raised")

    async def cut(self, ask: Ask) -> str:
        text = ""
        try:
            async for piece in self._lines(ask):
                text += piece
        except ollama.ResponseError:
            return text
        raise AssertionError("nothing was raised")

    async def stop(self, ask: Ask) -> None:
        lines = self._lines(ask)
        async for text in lines:
            if text:
                break
        await lines.aclose()


class OllamaChat(_Ollama):
    """``client.chat``."""

    name = "ollama Python, chat"

    async def _lines(self, ask: Ask, **more: Any) -> Any:
        async with ollama.AsyncClient(host=ask.url, timeout=30) as client:
            messages = [{"role": "user", "content": PROMPT}]
            async for line in await client.chat(**self._asked(ask), messages=messages, stream=True, **more):
                yield line.message.content or ""

    async def whole(self, ask: Ask) -> str:
        async with ollama.AsyncClient(host=ask.url, timeout=30) as client:
            answer: Any = await client.chat(**self._asked(ask), messages=[{"role": "user", "content": PROMPT}])
        return str(answer.message.content)

    async def tools(self, ask: Ask) -> ToolCall:
        function = {"name": ask.tool_name, "parameters": ask.parameters}
        async with ollama.AsyncClient(host=ask.url, timeout=30) as client:
            stream: Any = await client.chat(
                **self._asked(ask),
                messages=[{"role": "user", "content": PROMPT}],
                tools=[{"type": "function", "function": function}],
                stream=True,
            )
            calls = [call async for line in stream for call in line.message.tool_calls or ()]
        (call,) = calls
        return ToolCall(call.function.name, dict(call.function.arguments))


class OllamaGenerate(_Ollama):
    """``client.generate``."""

    name = "ollama Python, generate"

    async def _lines(self, ask: Ask, **more: Any) -> Any:
        async with ollama.AsyncClient(host=ask.url, timeout=30) as client:
            async for line in await client.generate(**self._asked(ask), prompt=PROMPT, stream=True, **more):
                yield line.response

    async def whole(self, ask: Ask) -> str:
        async with ollama.AsyncClient(host=ask.url, timeout=30) as client:
            answer: Any = await client.generate(**self._asked(ask), prompt=PROMPT)
        return str(answer.response)

    async def tools(self, ask: Ask) -> ToolCall:
        raise NotImplementedError
