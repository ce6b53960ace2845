"""The live answers, for operators and stop buttons: list them, stop one.

``GET /v1/streams`` and ``DELETE /v1/streams/{id}``. Stopping ends the model at once; the reader still gets an honest
ending, and whoever stopped it gets the usage so far.
"""

from __future__ import annotations

import msgspec

from sluiceway.delivery.generation import Generation
from sluiceway.errors import RequestError
from sluiceway.server.asgi import Receive, Scope, Send, send_whole
from sluiceway.server.service import Service

__all__ = ["StoppedRecord", "StreamList", "StreamRecord", "UsageRecord", "list_streams", "stop_stream"]


class UsageRecord(msgspec.Struct, frozen=True):
    """Tokens so far; ``is_estimate`` when the vendor has not reported and output deltas were counted."""

    input_tokens: int | None
    output_tokens: int | None
    is_estimate: bool


class StreamRecord(msgspec.Struct, frozen=True, tag="stream", tag_field="object"):
    """One live answer, as shown to operators; no content of it."""

    id: str
    model: str
    dialect: str
    upstream: str
    is_stream: bool
    age_s: float
    ttft_s: float | None
    usage: UsageRecord


class StreamList(msgspec.Struct, frozen=True, tag="list", tag_field="object"):
    """All live answers."""

    data: list[StreamRecord]


class StoppedRecord(msgspec.Struct, frozen=True, tag="stream.stopped", tag_field="object"):
    """What a stop answers with."""

    id: str
    stopped: bool
    usage: UsageRecord


def _describe(generation: Generation, now: float) -> StreamRecord:
    """Return the record of one live answer at ``now`` (monotonic seconds)."""
    origin, timeline = generation.origin, generation.timeline
    return StreamRecord(
        origin.id,
        origin.request.model,
        origin.dialect,
        origin.engine,
        origin.request.stream,
        round(now - timeline.accepted_at, 3),
        None if timeline.ttft_s is None else round(timeline.ttft_s, 4),
        _usage(generation),
    )


async def list_streams(service: Service, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001
    """Answer ``GET /v1/streams``."""
    now = service.ambient.clock()
    records = [_describe(generation, now) for generation in service.live.values()]
    await send_whole(send, 200, msgspec.json.encode(StreamList(records)))


async def stop_stream(service: Service, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001
    """Answer ``DELETE /v1/streams/{id}``.

    Raises:
        RequestError: 404, no live answer has this id.
    """
    stream_id = scope["path_params"]["id"]
    generation = service.live.get(stream_id)
    if generation is None:
        raise RequestError(f"no live stream has the id '{stream_id}'", field="id", status=404)
    was_running = generation.ending is None
    generation.stop()
    record = StoppedRecord(stream_id, was_running, _usage(generation))
    await send_whole(send, 200, msgspec.json.encode(record))


def _usage(generation: Generation) -> UsageRecord:
    usage = generation.usage
    return UsageRecord(usage.input_tokens, usage.output_tokens, usage.is_estimate)
