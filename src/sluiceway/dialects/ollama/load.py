"""Requests without messages or prompt: they ask to load a model, or with ``"keep_alive": 0`` to unload it.

Nothing here can be loaded or unloaded: a model that is served is as ready as it gets. Clients warm models up all the
same, and take the answer for a sign that the model is there. So they get the answer Ollama gives, and no model is
asked.

Source: Ollama's API reference, "Load a model" and "Unload a model" (August 2026).
"""

from __future__ import annotations

import re

from sluiceway.dialects.ollama.shapes import NAME
from sluiceway.events import ChoiceEnd, Event, StreamEnd, StreamStart
from sluiceway.request import Request
from sluiceway.usage import FinishReason, Stop

__all__ = ["answer_load"]

# Such a request has one of these among its demands: what it lacks.
_LACKING = ("messages", "prompt")

# A duration as Go's ``time.ParseDuration`` reads it, such as "0" or "0m0.0s".
_NO_TIME = re.compile(r"[+-]?(?:0|(?:(?:0+(?:\.0*)?|\.0+)(?:ns|us|µs|μs|ms|s|m|h))+)")


def answer_load(request: Request) -> list[Event]:
    """Return the answer to a request to load or unload a model, and nothing for any other."""
    if not any(demand in _LACKING for demand in request.demands):
        return []
    keep_alive = request.extras.get(NAME, {}).get("keep_alive")
    word = "unload" if _is_no_time(keep_alive) else "load"
    return [StreamStart(), ChoiceEnd(0, FinishReason(Stop.OTHER, word)), StreamEnd()]


def _is_no_time(value: object) -> bool:
    if isinstance(value, str):
        return _NO_TIME.fullmatch(value) is not None
    return isinstance(value, int | float) and not isinstance(value, bool) and value == 0
