"""What operators and client libraries ask beside completions: health, readiness, metrics, models, live streams."""

from __future__ import annotations

import msgspec

from sluiceway.dialects.base import Page, ReaderSide
from sluiceway.errors import RequestError, UnsupportedFeature
from sluiceway.metering.prometheus import CONTENT_TYPE, Exposition
from sluiceway.server.asgi import Receive, Scope, Send, header_fields, send_whole
from sluiceway.server.service import Service
from sluiceway.server.siblings import Siblings
from sluiceway.server.streams import StreamRecord

__all__ = [
    "healthz",
    "list_models",
    "list_running",
    "list_streams",
    "metrics",
    "readyz",
    "refuse",
    "send_page",
    "stop_stream",
]


class _StreamList(msgspec.Struct, frozen=True, tag="list", tag_field="object"):
    data: list[StreamRecord]


async def healthz(_service: Service, _scope: Scope, _receive: Receive, send: Send) -> None:
    """Answer ``GET /healthz``: the process serves."""
    await send_whole(send, 200, b'{"status":"ok"}')


async def readyz(service: Service, _scope: Scope, _receive: Receive, send: Send) -> None:
    """Answer ``GET /readyz``: a completion asked for now has a chance."""
    if service.is_draining:
        await send_whole(send, 503, b'{"status":"draining"}')
        return
    await service.open()
    if await service.routing.is_ready():
        await send_whole(send, 200, b'{"status":"ready"}')
    else:
        await send_whole(send, 503, b'{"status":"no engine is ready"}')


async def metrics(siblings: Siblings, _scope: Scope, _receive: Receive, send: Send) -> None:
    """Answer ``GET /metrics`` in Prometheus' text format, for all processes."""
    totals, open_streams = await siblings.totals()
    await send_whole(send, 200, Exposition(totals, lambda: open_streams).render(), CONTENT_TYPE)


async def list_streams(siblings: Siblings, _scope: Scope, _receive: Receive, send: Send) -> None:
    """Answer ``GET /v1/streams``."""
    await send_whole(send, 200, msgspec.json.encode(_StreamList(await siblings.list_streams())))


async def stop_stream(siblings: Siblings, scope: Scope, _receive: Receive, send: Send) -> None:
    """Answer ``DELETE /v1/streams/{id}``.

    Raises:
        RequestError: 404, no live answer has this id.
    """
    stream_id = scope["path_params"]["id"]
    record = await siblings.stop_stream(stream_id)
    if record is None:
        raise RequestError(f"no live stream has the id '{stream_id}'", field="id", status=404)
    await send_whole(send, 200, msgspec.json.encode(record))


async def list_models(
    service: Service,
    sides: list[ReaderSide],
    scope: Scope,
    _receive: Receive,
    send: Send,
) -> None:
    """Answer ``GET /v1/models`` and its like; ``sides`` are the dialects that share the path, the usual one first.

    Raises:
        SluicewayError: the engines cannot tell now.
    """
    await service.open()
    names = await service.routing.list_models()
    fields = header_fields(scope)
    side = next((side for side in sides if side.models_header in fields), sides[0])
    await send_whole(send, 200, side.encode_models(names))


async def list_running(
    service: Service,
    siblings: Siblings,
    side: ReaderSide,
    _scope: Scope,
    _receive: Receive,
    send: Send,
) -> None:
    """Answer ``GET /api/ps`` and its like: the models in memory here, and those that answer somebody now."""
    await service.open()
    loaded = await service.routing.list_loaded()
    answering = [record.model for record in await siblings.list_streams()]
    await send_whole(send, 200, side.encode_running(list(dict.fromkeys([*loaded, *answering]))))


async def send_page(page: Page, _scope: Scope, _receive: Receive, send: Send) -> None:
    """Answer with what is always the same."""
    await send_whole(send, 200, page.body, page.content_type)


async def refuse(why: str, scope: Scope, _receive: Receive, _send: Send) -> None:
    """Answer what is not served.

    Raises:
        UnsupportedFeature: 501, always.
    """
    raise UnsupportedFeature(f"{scope['path']} is not served: {why}", status=501)
