"""LangChain's chat model over OpenAI's API."""

from __future__ import annotations

from typing import Any

import openai
from langchain_core.messages import AIMessageChunk
from langchain_openai import ChatOpenAI
from support.clients.base import PROMPT, SCHEMA, Ask, ToolCall

__all__ = ["LangChain"]


class LangChain:
    """``ChatOpenAI``."""

    name = "langchain-openai"

    def _model(self, ask: Ask) -> ChatOpenAI:
        return ChatOpenAI(
            model=ask.model,
            base_url=f"{ask.url}/v1",
            api_key="any",  # type: ignore[arg-type]
            max_retries=0,
            timeout=30,
            max_completion_tokens=ask.max_tokens,
        )

    async def text(self, ask: Ask) -> str:
        return "".join([str(chunk.content) async for chunk in self._model(ask).astream(PROMPT)])

    async def whole(self, ask: Ask) -> str:
        return str((await self._model(ask).ainvoke(PROMPT)).content)

    async def tools(self, ask: Ask) -> ToolCall:
        function = {"name": ask.tool_name, "description": "any", "parameters": ask.parameters}
        choice = "required" if ask.is_forced else "auto"
        model = self._model(ask).bind_tools([{"type": "function", "function": function}], tool_choice=choice)
        gathered: Any = None
        async for chunk in model.astream(PROMPT):
            assert isinstance(chunk, AIMessageChunk)
            gathered = chunk if gathered is None else gathered + chunk
        (call,) = gathered.tool_calls
        return ToolCall(call["name"], call["args"])

    async def json(self, ask: Ask) -> str:
        form = {"type": "json_schema", "json_schema": {"name": "trip", "schema": SCHEMA, "strict": True}}
        model = self._model(ask).bind(response_format=form)
        return "".join([str(chunk.content) async for chunk in model.astream(PROMPT)])

    async def error(self, ask: Ask) -> int:
        try:
            await self.text(ask)
        except openai.APIStatusError as error:
            return int(error.status_code)
        raise AssertionError("nothing was raised")

    async def cut(self, ask: Ask) -> str:
        text = ""
        try:
            async for chunk in self._model(ask).astream(PROMPT):
                text += str(chunk.content)
        except openai.APIError:
            return text
        raise AssertionError("nothing was raised")

    async def stop(self, ask: Ask) -> None:
        stream: Any = self._model(ask).astream(PROMPT)
        async for chunk in stream:
            if chunk.content:
                break
        await stream.aclose()
