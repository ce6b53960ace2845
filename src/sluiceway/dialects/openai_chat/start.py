"""The constant part of an answer: its id, model and time stamp, which every chunk repeats.

Source: OpenAI's API reference, "chat completion chunk" (August 2026).
"""

from __future__ import annotations

import msgspec

from sluiceway.dialects.openai_api.start import decode_head
from sluiceway.dialects.openai_chat.shapes import NAME, ChatHead
from sluiceway.events import StreamStart

__all__ = ["decode_start"]

_HEAD = msgspec.json.Decoder(ChatHead)


def decode_start(payload: bytes, *, is_preface_legal: bool) -> StreamStart | None:
    """Return the start that a payload tells of, or None for a preface that names neither id nor model.

    Raises:
        msgspec.DecodeError: the payload is not JSON, or has a field of a wrong type.
    """
    head = _HEAD.decode(payload)
    extras = {"system_fingerprint": head.system_fingerprint, "service_tier": head.service_tier}
    return decode_head(head, NAME, extras, is_preface_legal=is_preface_legal)
