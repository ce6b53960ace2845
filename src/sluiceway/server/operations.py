"""What operators and client libraries ask beside completions: health, readiness, metrics, models."""

from __future__ import annotations

from sluiceway.dialects.openai_chat import OPENAI_CHAT
from sluiceway.metering.prometheus import CONTENT_TYPE, Exposition
from sluiceway.server.asgi import Receive, Scope, Send, send_whole
from sluiceway.server.service import Service

__all__ = ["healthz", "list_models", "metrics", "readyz"]


async def healthz(service: Service, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001
    """Answer ``GET /healthz``: the process serves."""
    await send_whole(send, 200, b'{"status":"ok"}')


async def readyz(service: Service, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001
    """Answer ``GET /readyz``: a completion asked for now has a chance."""
    if service.is_draining:
        await send_whole(send, 503, b'{"status":"draining"}')
        return
    await service.open()
    if await service.routing.is_ready():
        await send_whole(send, 200, b'{"status":"ready"}')
    else:
        await send_whole(send, 503, b'{"status":"no engine is ready"}')


async def metrics(service: Service, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001
    """Answer ``GET /metrics`` in Prometheus' text format."""
    page = Exposition(service.totals, lambda: len(service.live)).render()
    await send_whole(send, 200, page, CONTENT_TYPE)


async def list_models(service: Service, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001
    """Answer ``GET /v1/models``.

    Raises:
        SluicewayError: the engines cannot tell now.
    """
    await service.open()
    names = await service.routing.list_models()
    await send_whole(send, 200, OPENAI_CHAT.encode_models(names))
