"""The constant part of a completion: its id, model and time stamp, which every chunk repeats.

Source: OpenAI's API reference, "chat completion chunk" and "completion object" (August 2026).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import msgspec

from sluiceway.dialects.base import EncodeOptions
from sluiceway.events import StreamStart

__all__ = ["DecodeStart", "Head", "decode_head", "encode_start"]

_MAX_UNIX_S = 2**53


class Head(msgspec.Struct, gc=False):
    """What chunks and whole answers begin with; read once per answer."""

    id: str | None = None
    model: str | None = None
    created: int | float | str | None = None
    system_fingerprint: str | None = None


class DecodeStart(Protocol):
    """A dialect's function for the start of an answer."""

    def __call__(self, payload: bytes, *, is_preface_legal: bool) -> StreamStart | None:
        """Return the start that a payload tells of, or None for a preface that names neither id nor model.

        Raises:
            msgspec.DecodeError: the payload is not JSON, or has a field of a wrong type.
        """
        ...


def decode_head(
    head: Head, dialect: str, extras: Mapping[str, object], *, is_preface_legal: bool
) -> StreamStart | None:
    """Return the start that a payload tells of, or None for a preface that names neither id nor model.

    Args:
        head: what the payload begins with.
        dialect: whose it is.
        extras: fields that only this dialect has; empty values are left out.
        is_preface_legal: whether it may be a preface.
    """
    # Azure: {"choices":[],"created":0,"id":"","model":"","object":"","prompt_filter_results":[…]}
    if is_preface_legal and not head.id and not head.model:
        return None
    own = {name: value for name, value in extras.items() if value}
    created = head.created if isinstance(head.created, int) and 0 < head.created <= _MAX_UNIX_S else None
    return StreamStart(head.id or "", head.model or "", created, {dialect: own} if own else {})


def encode_start(start: StreamStart, options: EncodeOptions, dialect: str, object_name: str) -> dict[str, object]:
    """Return the constant part of chunks and whole answers, with what the same dialect said beside it."""
    created = options.created_at_unix_s if start.created_at_unix_s is None else start.created_at_unix_s
    return {
        "id": start.id or options.stream_id,
        "object": object_name,
        "created": created,
        "model": start.model or options.model,
        **start.extras.get(dialect, {}),
    }
