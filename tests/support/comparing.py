"""What is left out, or read in another way, where an answer is compared with what was told of it."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from sluiceway.errors import UpstreamFailed
from sluiceway.events import Event, StreamError, UsageReport

__all__ = ["plain_error", "without_raw_usage"]


def without_raw_usage(events: Iterable[Event]) -> list[Event]:
    """Leave out the vendor's own record of usage, which is written anew."""
    return [
        UsageReport(msgspec.structs.replace(event.usage, raw=None)) if isinstance(event, UsageReport) else event
        for event in events
    ]


def plain_error(error: StreamError | None) -> StreamError | None:
    """Return what OpenAI's payloads carry of an error: one code, ours or the upstream's, and never an empty text."""
    if error is None:
        return None
    code = error.upstream_code if error.code == UpstreamFailed.code else error.upstream_code or error.code
    return StreamError(UpstreamFailed.code, error.message or "the upstream reported an error", code)
