"""The constant part of an answer: its id, model and time stamp, which every chunk repeats.

Source: OpenAI's API reference, "completion object" (August 2026).
"""

from __future__ import annotations

import msgspec

from sluiceway.dialects.base import EncodeOptions
from sluiceway.dialects.openai_completions.shapes import NAME, Head
from sluiceway.events import StreamStart

__all__ = ["decode_start", "encode_start"]

_HEAD = msgspec.json.Decoder(Head)
_MAX_UNIX_S = 2**53


def decode_start(payload: bytes, *, is_preface_legal: bool) -> StreamStart | None:
    """Return the start that a payload tells of, or None for a preface that names neither id nor model.

    Raises:
        msgspec.DecodeError: the payload is not JSON, or has a field of a wrong type.
    """
    head = _HEAD.decode(payload)
    # Azure: {"choices":[],"created":0,"id":"","model":"","object":"","prompt_filter_results":[…]}
    if is_preface_legal and not head.id and not head.model:
        return None
    created = head.created if isinstance(head.created, int) and 0 < head.created <= _MAX_UNIX_S else None
    fingerprint = head.system_fingerprint
    extras: dict[str, dict[str, object]] = {NAME: {"system_fingerprint": fingerprint}} if fingerprint else {}
    return StreamStart(head.id or "", head.model or "", created, extras)


def encode_start(start: StreamStart, options: EncodeOptions) -> dict[str, object]:
    """Return the constant part of chunks and completions."""
    created = options.created_at_unix_s if start.created_at_unix_s is None else start.created_at_unix_s
    return {
        "id": start.id or options.stream_id,
        "object": "text_completion",
        "created": created,
        "model": start.model or options.model,
        **start.extras.get(NAME, {}),
    }
