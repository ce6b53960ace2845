"""OpenAI's Python client against its three APIs."""

from __future__ import annotations

import json
from typing import Any, cast

import openai
from openai import AsyncOpenAI
from support.clients.base import PROMPT, SCHEMA, Ask, ToolCall

__all__ = ["OpenAIChat", "OpenAICompletions", "OpenAIResponses"]


def _client(ask: Ask) -> AsyncOpenAI:
    return AsyncOpenAI(base_url=f"{ask.url}/v1", api_key="any", max_retries=0, timeout=30)


class OpenAIChat:
    """``client.chat.completions``."""

    name = "openai Python, chat"

    def _asked(self, ask: Ask) -> dict[str, Any]:
        limit = {} if ask.max_tokens is None else {"max_completion_tokens": ask.max_tokens}
        return {"model": ask.model, "messages": [{"role": "user", "content": PROMPT}], **limit}

    async def text(self, ask: Ask, **more: Any) -> str:
        text = ""
        async with _client(ask) as client:
            async for chunk in await client.chat.completions.create(**self._asked(ask), stream=True, **more):
                text += (chunk.choices[0].delta.content or "") if chunk.choices else ""
        return text

    async def whole(self, ask: Ask) -> str:
        async with _client(ask) as client:
            answer = await client.chat.completions.create(**self._asked(ask))
        return str(answer.choices[0].message.content)

    async def tools(self, ask: Ask) -> ToolCall:
        function = {"name": ask.tool_name, "parameters": ask.parameters}
        tools = [{"type": "function", "function": function}]
        async with _client(ask) as client:
            asked: Any = {**self._asked(ask), "tools": tools, "tool_choice": _choice(ask)}
            async with client.chat.completions.stream(**asked) as stream:
                async for _ in stream:
                    pass
                answer = await stream.get_final_completion()
        (call,) = answer.choices[0].message.tool_calls or []
        return ToolCall(call.function.name, json.loads(call.function.arguments))

    async def json(self, ask: Ask) -> str:
        form = {"type": "json_schema", "json_schema": {"name": "trip", "schema": SCHEMA, "strict": True}}
        return await self.text(ask, response_format=form)

    async def error(self, ask: Ask) -> int:
        return await _status(self.text(ask))

    async def cut(self, ask: Ask) -> str:
        text = ""
        try:
            async with _client(ask) as client:
                async for chunk in await client.chat.completions.create(**self._asked(ask), stream=True):
                    text += (chunk.choices[0].delta.content or "") if chunk.choices else ""
        except openai.APIError:
            return text
        raise AssertionError("nothing was raised")

    async def stop(self, ask: Ask) -> None:
        async with _client(ask) as client, await client.chat.completions.create(**self._asked(ask), stream=True) as s:
            async for chunk in s:
                if chunk.choices and chunk.choices[0].delta.content:
                    return


class OpenAICompletions:
    """``client.completions``, which have text only."""

    name = "openai Python, completions"

    def _asked(self, ask: Ask) -> dict[str, Any]:
        return {"model": ask.model, "prompt": PROMPT, "max_tokens": ask.max_tokens or 400}

    async def text(self, ask: Ask) -> str:
        text = ""
        async with _client(ask) as client:
            async for chunk in await client.completions.create(**self._asked(ask), stream=True):
                text += chunk.choices[0].text if chunk.choices else ""
        return text

    async def whole(self, ask: Ask) -> str:
        async with _client(ask) as client:
            answer = await client.completions.create(**self._asked(ask))
        return str(answer.choices[0].text)

    async def tools(self, ask: Ask) -> ToolCall:
        raise NotImplementedError

    async def json(self, ask: Ask) -> str:
        raise NotImplementedError

    async def error(self, ask: Ask) -> int:
        return await _status(self.text(ask))

    async def cut(self, ask: Ask) -> str:
        text = ""
        try:
            async with _client(ask) as client:
                async for chunk in await client.completions.create(**self._asked(ask), stream=True):
                    text += chunk.choices[0].text if chunk.choices else ""
        except openai.APIError:
            return text
        raise AssertionError("nothing was raised")

    async def stop(self, ask: Ask) -> None:
        async with _client(ask) as client, await client.completions.create(**self._asked(ask), stream=True) as stream:
            async for chunk in stream:
                if chunk.choices and chunk.choices[0].text:
                    return


class OpenAIResponses:
    """``client.responses``."""

    name = "openai Python, responses"

    def _asked(self, ask: Ask) -> dict[str, Any]:
        limit = {} if ask.max_tokens is None else {"max_output_tokens": ask.max_tokens}
        return {"model": ask.model, "input": PROMPT, **limit}

    async def text(self, ask: Ask, **more: Any) -> str:
        text = ""
        async with _client(ask) as client, client.responses.stream(**self._asked(ask), **more) as stream:
            async for event in stream:
                text += event.delta if event.type == "response.output_text.delta" else ""
                if event.type in {"response.completed", "response.incomplete"}:
                    assert cast("Any", event).response.output_text == text
        return text

    async def whole(self, ask: Ask) -> str:
        async with _client(ask) as client:
            answer = await client.responses.create(**self._asked(ask))
        return str(answer.output_text)

    async def tools(self, ask: Ask) -> ToolCall:
        tools = [{"type": "function", "name": ask.tool_name, "parameters": ask.parameters, "strict": False}]
        asked: Any = {**self._asked(ask), "tools": tools, "tool_choice": _choice(ask)}
        async with _client(ask) as client, client.responses.stream(**asked) as stream:
            arguments = ""
            async for event in stream:
                arguments += event.delta if event.type == "response.function_call_arguments.delta" else ""
            answer = await stream.get_final_response()
        (call,) = (item for item in answer.output if item.type == "function_call")
        assert json.loads(arguments or "{}") == json.loads(call.arguments or "{}")
        return ToolCall(call.name, json.loads(call.arguments or "{}"))

    async def json(self, ask: Ask) -> str:
        return await self.text(
            ask, text={"format": {"type": "json_schema", "name": "trip", "schema": SCHEMA, "strict": True}}
        )

    async def error(self, ask: Ask) -> int:
        return await _status(self.text(ask))

    async def cut(self, ask: Ask) -> str:
        text, is_failed = "", False
        try:
            async with _client(ask) as client:
                async for event in await client.responses.create(**self._asked(ask), stream=True):
                    text += event.delta if event.type == "response.output_text.delta" else ""
                    is_failed = is_failed or event.type in {"error", "response.failed"}
        except openai.APIError:
            is_failed = True
        assert is_failed, "nothing was told"
        return text

    async def stop(self, ask: Ask) -> None:
        async with _client(ask) as client, await client.responses.create(**self._asked(ask), stream=True) as stream:
            async for event in stream:
                if event.type == "response.output_text.delta":
                    return


def _choice(ask: Ask) -> str:
    return "required" if ask.is_forced else "auto"


async def _status(asking: Any) -> int:
    try:
        await asking
    except openai.APIStatusError as error:
        return int(error.status_code)
    raise AssertionError("nothing was raised")
