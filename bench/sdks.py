"""Each vendor's own Python client, on bytes that come from memory: what it costs a user to read the same stream.

Clients are used as their users use them, with a transport that answers from a list (``httpx.MockTransport``): each
event arrives as one read. No sockets, no TLS.
"""

from collections.abc import Callable, Iterable, Mapping

import anthropic
import httpx
import httpx2
import ollama
import openai
from google import genai
from google.genai import types

__all__ = ["SDKS"]

_URL = "http://upstream/v1"
_SSE = {"content-type": "text/event-stream"}

ReadAll = Callable[[list[bytes]], int]
"""Reads a whole answer, event by event; gives how many objects came."""


def _httpx2_client(events: list[bytes]) -> httpx2.Client:
    return httpx2.Client(
        transport=httpx2.MockTransport(lambda _request: httpx2.Response(200, headers=_SSE, content=iter(events)))
    )


def _httpx_transport(events: list[bytes]) -> httpx.MockTransport:
    return httpx.MockTransport(lambda _request: httpx.Response(200, headers=_SSE, content=iter(events)))


def _count(objects: Iterable[object]) -> int:
    return sum(1 for _ in objects)


def _openai(events: list[bytes]) -> openai.OpenAI:
    return openai.OpenAI(base_url=_URL, api_key="any", http_client=_httpx2_client(events))


def _chat(events: list[bytes]) -> int:
    with _openai(events) as client:
        return _count(
            client.chat.completions.create(model="m", messages=[{"role": "user", "content": "?"}], stream=True)
        )


def _completions(events: list[bytes]) -> int:
    with _openai(events) as client:
        return _count(client.completions.create(model="m", prompt="?", stream=True))


def _responses(events: list[bytes]) -> int:
    with _openai(events) as client:
        return _count(client.responses.create(model="m", input="?", stream=True))


def _anthropic(events: list[bytes]) -> int:
    with anthropic.Anthropic(base_url=_URL, api_key="any", http_client=_httpx2_client(events)) as client:
        asked = client.messages.create(
            model="m", max_tokens=1, messages=[{"role": "user", "content": "?"}], stream=True
        )
        return _count(asked)


def _gemini(events: list[bytes]) -> int:
    with httpx.Client(transport=_httpx_transport(events)) as http:
        options = types.HttpOptions(base_url=_URL, httpx_client=http)
        client = genai.Client(api_key="any", http_options=options)
        return _count(client.models.generate_content_stream(model="m", contents="?"))


def _ollama(events: list[bytes]) -> int:
    with ollama.Client(_URL, transport=_httpx_transport(events)) as client:
        return _count(client.chat("m", stream=True))


SDKS: Mapping[str, tuple[str, ReadAll]] = {
    "openai_chat": ("openai", _chat),
    "openai_completions": ("openai", _completions),
    "openai_responses": ("openai", _responses),
    "anthropic": ("anthropic", _anthropic),
    "gemini": ("google-genai", _gemini),
    "ollama": ("ollama", _ollama),
}
"""Dialect → the package, and how it reads."""
