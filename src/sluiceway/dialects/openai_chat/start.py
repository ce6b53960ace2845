"""The constant part of an answer: its id, model and time stamp, which every chunk repeats.

Source: OpenAI's API reference, "chat completion chunk" (August 2026).
"""

from __future__ import annotations

import msgspec

from sluiceway.dialects.openai_chat.shapes import NAME, Head
from sluiceway.events import StreamStart

__all__ = ["decode_start"]

_HEAD = msgspec.json.Decoder(Head)
_MAX_UNIX_S = 2**53
_EXTRAS = ("system_fingerprint", "service_tier")


def decode_start(payload: bytes, *, is_preface_legal: bool) -> StreamStart | None:
    """Return the start that a payload tells of, or None for a preface that names neither id nor model.

    Raises:
        msgspec.DecodeError: the payload is not JSON, or has a field of a wrong type.
    """
    head = _HEAD.decode(payload)
    # {"choices":[],"created":0,"id":"","model":"","object":"","prompt_filter_results":[…]}
    if is_preface_legal and not head.id and not head.model:
        return None
    extras = {name: value for name in _EXTRAS if (value := getattr(head, name))}
    created = head.created if isinstance(head.created, int) and 0 < head.created <= _MAX_UNIX_S else None
    return StreamStart(head.id or "", head.model or "", created, {NAME: extras} if extras else {})
