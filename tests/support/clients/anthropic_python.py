"""Anthropic's Python client."""

from __future__ import annotations

from typing import Any

import anthropic
from anthropic import AsyncAnthropic
from support.clients.base import PROMPT, SCHEMA, Ask, ToolCall

__all__ = ["Anthropic"]


class Anthropic:
    """``client.messages``."""

    name = "anthropic Python"

    def _client(self, ask: Ask) -> AsyncAnthropic:
        return AsyncAnthropic(base_url=ask.url, api_key="any", max_retries=0, timeout=30)

    def _asked(self, ask: Ask) -> dict[str, Any]:
        messages = [{"role": "user", "content": PROMPT}]
        return {"model": ask.model, "messages": messages, "max_tokens": ask.max_tokens or 400}

    async def text(self, ask: Ask, **more: Any) -> str:
        async with self._client(ask) as client, client.messages.stream(**self._asked(ask), **more) as stream:
            text = "".join([piece async for piece in stream.text_stream])
            assert text == await _final_text(stream)
        return text

    async def whole(self, ask: Ask) -> str:
        async with self._client(ask) as client:
            answer = await client.messages.create(**self._asked(ask))
        return "".join(block.text for block in answer.content if block.type == "text")

    async def tools(self, ask: Ask) -> ToolCall:
        tools = [{"name": ask.tool_name, "input_schema": ask.parameters}]
        asked: Any = {**self._asked(ask), "tools": tools, "tool_choice": {"type": "any" if ask.is_forced else "auto"}}
        async with self._client(ask) as client, client.messages.stream(**asked) as stream:
            answer = await stream.get_final_message()
        assert answer.stop_reason == "tool_use"
        (call,) = (block for block in answer.content if block.type == "tool_use")
        return ToolCall(call.name, call.input)

    async def json(self, ask: Ask) -> str:
        return await self.text(ask, output_config={"format": {"type": "json_schema", "schema": SCHEMA}})

    async def error(self, ask: Ask) -> int:
        try:
            await self.text(ask)
        except anthropic.APIStatusError as error:
            return int(error.status_code)
        raise AssertionError("nothing was raised")

    async def cut(self, ask: Ask) -> str:
        text = ""
        try:
            async with self._client(ask) as client, client.messages.stream(**self._asked(ask)) as stream:
                async for piece in stream.text_stream:
                    text += piece
        except anthropic.APIError:
            return text
        raise AssertionError("nothing was raised")

    async def stop(self, ask: Ask) -> None:
        async with self._client(ask) as client, client.messages.stream(**self._asked(ask)) as stream:
            async for _ in stream.text_stream:
                return


async def _final_text(stream: Any) -> str:
    answer = await stream.get_final_message()
    return "".join(block.text for block in answer.content if block.type == "text")
