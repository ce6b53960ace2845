"""The live answers of one process, for operators and stop buttons: list them, stop one.

Stopping ends the model at once; the reader still gets an honest ending, and whoever stopped it gets the usage so far.
"""

from __future__ import annotations

import msgspec

from sluiceway.delivery.generation import Generation
from sluiceway.server.service import Service

__all__ = ["StoppedRecord", "StreamRecord", "UsageRecord", "list_live", "stop_elsewhere", "stop_live"]


class UsageRecord(msgspec.Struct, frozen=True):
    """Tokens so far; ``is_estimate`` when the vendor has not reported and output deltas were counted."""

    input_tokens: int | None
    output_tokens: int | None
    is_estimate: bool


class StreamRecord(msgspec.Struct, frozen=True, tag="stream", tag_field="object"):
    """One live answer, as shown to operators; no content of it.

    ``schema`` is what is known of the schema it is held to, such as ``invalid``; None where it is held to none.
    """

    id: str
    model: str
    dialect: str
    upstream: str
    is_stream: bool
    age_s: float
    ttft_s: float | None
    usage: UsageRecord
    schema: str | None = None


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
        origin.model,
        origin.dialect,
        origin.engine,
        origin.is_stream,
        round(now - timeline.accepted_at, 3),
        None if timeline.ttft_s is None else round(timeline.ttft_s, 4),
        _usage(generation),
        None if generation.guard is None else generation.guard.outcome.value,
    )


def list_live(service: Service) -> list[StreamRecord]:
    """Return the records of this process's live answers."""
    now = service.ambient.clock()
    return [_describe(generation, now) for generation in service.live.values()]


def stop_live(service: Service, stream_id: str) -> StoppedRecord | None:
    """Stop an answer of this process, live or kept; return None when it has none of this id.

    To stop one that is over changes nothing, and is answered as well.
    """
    generation = service.live.get(stream_id)
    if generation is None:
        answer = service.answers.get(stream_id)
        if answer is None:
            return None
        generation = answer.kept.generation
    was_running = generation.ending is None
    generation.stop()
    return StoppedRecord(stream_id, was_running, _usage(generation))


async def stop_elsewhere(service: Service, stream_id: str) -> StoppedRecord | None:
    """Stop an answer that another replica keeps; return None when none keeps one of this id.

    Raises:
        LogUnavailable: what others keep cannot be reached now.
    """
    elsewhere = service.answers.elsewhere
    answer = None if elsewhere is None else await elsewhere.find(stream_id)
    if elsewhere is None or answer is None:
        return None
    was_running = await elsewhere.stop(stream_id) == "run"
    return StoppedRecord(stream_id, was_running, _usage(answer.kept.generation))


def _usage(generation: Generation) -> UsageRecord:
    usage = generation.usage
    return UsageRecord(usage.input_tokens, usage.output_tokens, usage.is_estimate)
