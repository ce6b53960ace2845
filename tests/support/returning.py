"""An application whose answers are kept, as clients of its two dialects with kept answers see it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from support.apps import ScriptedApp, scripted
from support.asgi_client import AsgiCall, ask
from support.wait import until

from sluiceway.dialects.openai_responses import OPENAI_RESPONSES
from sluiceway.dialects.ui_stream import UI_STREAM
from sluiceway.testing import Step, text_frames
from sluiceway.usage import Usage
from sluiceway.wire.sse import SSEDecoder

__all__ = [
    "CHATS",
    "DIALECTS",
    "RESPONSES",
    "WORDS",
    "ReturningApp",
    "chat",
    "events_in",
    "numbers_in",
    "response",
    "returning",
    "text_in",
]

DIALECTS = (OPENAI_RESPONSES, UI_STREAM)
RESPONSES = "/v1/responses"
CHATS = "/ui/chat"
WORDS = [f"{number} " for number in range(8)]
SCRIPT: list[Step] = [(1, [frame]) for frame in text_frames(WORDS, usage=Usage(3, 8))]


def response(**fields: object) -> bytes:
    """Return the body of a request for a response in the background that streams, unless told otherwise."""
    return json.dumps({"model": "m", "input": "Hi", "background": True, "stream": True, **fields}).encode()


def chat(name: str | None = "chat-1") -> bytes:
    """Return the body of a chat's request."""
    message = {"id": "1", "role": "user", "parts": [{"type": "text", "text": "Hi"}]}
    return json.dumps({"id": name, "model": "m", "messages": [message], "trigger": "submit-message"}).encode()


def events_in(body: bytes) -> list[Any]:
    """Return the whole payloads of a stream, but for its end mark."""
    events = SSEDecoder().feed(body)
    return [json.loads(event.data) for event in events if event.data != b"[DONE]"]


def numbers_in(body: bytes) -> list[int]:
    """Return the numbers of a stream of response events."""
    return [event["sequence_number"] for event in events_in(body)]


def text_in(body: bytes) -> str:
    """Return the text a stream tells."""
    deltas = {"response.output_text.delta", "text-delta"}
    return "".join(event["delta"] for event in events_in(body) if event["type"] in deltas)


class ReturningApp:
    """An application under test.

    Attributes:
        scripted: the application, what answers, and their time.
    """

    def __init__(self, scripted: ScriptedApp) -> None:
        self.scripted = scripted

    async def post(self, path: str, body: bytes, *, has_writer: bool = False, is_resumable: bool = True) -> AsgiCall:
        """Ask for an answer, and return when the engine has been asked."""
        count = len(self.scripted.engine.calls)
        headers = {"sluiceway-resume": "on"} if is_resumable else {}
        call = AsgiCall(self.scripted.app, "POST", path, body, has_writer=has_writer, headers=headers)
        await until(lambda: len(self.scripted.engine.calls) > count or call.task.done())
        return call

    def follow(self, path: str, *, has_writer: bool = False, **headers: str) -> AsgiCall:
        """Come back."""
        return AsgiCall(self.scripted.app, "GET", path, has_writer=has_writer, headers=headers)

    async def get(self, path: str) -> AsgiCall:
        """Ask for what is there, and return the whole response."""
        return await ask(self.scripted.app, "GET", path)

    async def cancel(self, name: str) -> AsgiCall:
        """Stop a response."""
        return await ask(self.scripted.app, "POST", f"{RESPONSES}/{name}/cancel")

    async def play(self, seconds: int) -> None:
        """Let time pass."""
        await self.scripted.play(seconds)


@asynccontextmanager
async def returning(steps: Sequence[Step] = SCRIPT, **settings: object) -> AsyncIterator[ReturningApp]:
    """Run an application whose every answer plays ``steps``."""
    async with scripted(steps, dialects=DIALECTS, **settings) as app:  # type: ignore[arg-type]  # settings only
        yield ReturningApp(app)
