"""What form of answer a client takes, from its ``Accept`` header.

Source: RFC 9110, section 12.5.1. Official SDKs send ``application/json`` for streams too, so that means events there.
"""

from __future__ import annotations

from sluiceway.dialects.base import Framing
from sluiceway.errors import RequestError

__all__ = ["choose_framing"]

_NDJSON = ("application/x-ndjson", "application/ndjson", "application/jsonl")
_STREAM: dict[str, Framing] = {
    "text/event-stream": Framing.SSE,
    "text/*": Framing.SSE,
    **dict.fromkeys(_NDJSON, Framing.NDJSON),
}
_ANY = frozenset({"*/*", "application/json", "application/*"})
_UNARY = dict.fromkeys(("application/json", "application/*", "*/*", *_NDJSON, "text/event-stream"), Framing.JSON)


def choose_framing(accept: str, *, is_stream: bool, usual: Framing = Framing.SSE) -> Framing:
    """Return the framing the client likes best, the first of equals.

    Args:
        accept: the header field; empty takes anything.
        is_stream: whether the answer streams.
        usual: a stream's framing where the client leaves the choice to us.

    Raises:
        RequestError: 406, the client takes nothing that can be made.
    """
    forms = _STREAM if is_stream else _UNARY
    best: Framing | None = None
    best_quality = 0.0
    for part in (accept or "*/*").split(","):
        name, _, parameters = part.strip().lower().partition(";")
        framing = usual if is_stream and name.strip() in _ANY else forms.get(name.strip())
        quality = _quality(parameters)
        if framing is not None and quality > best_quality:
            best, best_quality = framing, quality
    if best is None:
        forms_told = "text/event-stream or application/x-ndjson" if is_stream else "application/json"
        raise RequestError(f"Accept takes nothing that is served here: {forms_told}", status=406)
    return best


def _quality(parameters: str) -> float:
    for parameter in parameters.split(";"):
        name, _, value = parameter.strip().partition("=")
        if name == "q":
            try:
                return min(max(float(value), 0.0), 1.0)
            except ValueError:
                return 0.0
    return 1.0
