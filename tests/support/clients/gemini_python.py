"""Google's Python client."""

from __future__ import annotations

from typing import Any

from google import genai
from google.genai import errors, types
from support.clients.base import PROMPT, SCHEMA, Ask, ToolCall

__all__ = ["Gemini"]


class Gemini:
    """``client.aio.models``."""

    name = "google-genai Python"

    def _client(self, ask: Ask) -> genai.Client:
        once = types.HttpRetryOptions(attempts=1)
        options = types.HttpOptions(base_url=ask.url, timeout=30_000, retry_options=once)
        return genai.Client(api_key="any", http_options=options)

    def _config(self, ask: Ask, **more: Any) -> types.GenerateContentConfig:
        return types.GenerateContentConfig(max_output_tokens=ask.max_tokens, **more)

    async def text(self, ask: Ask, **more: Any) -> str:
        return "".join([piece async for piece in self._pieces(ask, **more)])

    async def _pieces(self, ask: Ask, **more: Any) -> Any:
        async with self._client(ask).aio as client:
            config = self._config(ask, **more)
            stream = await client.models.generate_content_stream(model=ask.model, contents=PROMPT, config=config)
            async for chunk in stream:
                if chunk.text:
                    yield chunk.text

    async def whole(self, ask: Ask) -> str:
        async with self._client(ask).aio as client:
            answer = await client.models.generate_content(model=ask.model, contents=PROMPT, config=self._config(ask))
        return answer.text or ""

    async def tools(self, ask: Ask) -> ToolCall:
        function = types.FunctionDeclaration(name=ask.tool_name, parameters_json_schema=ask.parameters)
        mode = types.FunctionCallingConfigMode.ANY if ask.is_forced else types.FunctionCallingConfigMode.AUTO
        config = self._config(
            ask,
            tools=[types.Tool(function_declarations=[function])],
            tool_config=types.ToolConfig(function_calling_config=types.FunctionCallingConfig(mode=mode)),
            automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
        )
        async with self._client(ask).aio as client:
            stream = await client.models.generate_content_stream(model=ask.model, contents=PROMPT, config=config)
            calls = [call async for chunk in stream for call in chunk.function_calls or ()]
        (call,) = calls
        return ToolCall(call.name or "", dict(call.args or {}))

    async def json(self, ask: Ask) -> str:
        return await self.text(ask, response_mime_type="application/json", response_json_schema=SCHEMA)

    async def error(self, ask: Ask) -> int:
        try:
            await self.text(ask)
        except errors.APIError as error:
            return int(error.code)
        raise AssertionError("nothing was raised")

    async def cut(self, ask: Ask) -> str:
        text = ""
        try:
            async for piece in self._pieces(ask):
                text += piece
        except errors.APIError:
            return text
        raise AssertionError("nothing was raised")

    async def stop(self, ask: Ask) -> None:
        pieces = self._pieces(ask)
        async for _ in pieces:
            break
        await pieces.aclose()
