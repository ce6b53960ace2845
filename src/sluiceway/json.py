"""Incremental JSON, from one place: ``from sluiceway.json import JSONFeed``."""

from __future__ import annotations

from sluiceway.errors import (
    JSONError,
    JSONIncomplete,
    JSONInvalid,
    JSONTooLarge,
    ToolCallCut,
    ToolCallError,
    ToolCallInvalid,
    TypedInvalid,
)
from sluiceway.partial.calls import (
    ToolCall,
    ToolCallEvent,
    ToolCallFailed,
    ToolCallFeed,
    ToolCallFinished,
    ToolCallGrew,
    ToolCallStarted,
)
from sluiceway.partial.events import MISSING, Completed, Event, Grew, Missing, Path, Restarted, Started
from sluiceway.partial.feed import JSONFeed
from sluiceway.partial.fence import FenceFilter, strip_fence
from sluiceway.partial.typed import TypedFeed, TypedModel

__all__ = [
    "MISSING",
    "Completed",
    "Event",
    "FenceFilter",
    "Grew",
    "JSONError",
    "JSONFeed",
    "JSONIncomplete",
    "JSONInvalid",
    "JSONTooLarge",
    "Missing",
    "Path",
    "Restarted",
    "Started",
    "ToolCall",
    "ToolCallCut",
    "ToolCallError",
    "ToolCallEvent",
    "ToolCallFailed",
    "ToolCallFeed",
    "ToolCallFinished",
    "ToolCallGrew",
    "ToolCallInvalid",
    "ToolCallStarted",
    "TypedFeed",
    "TypedInvalid",
    "TypedModel",
    "strip_fence",
]
