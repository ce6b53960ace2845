"""A request's own body, set to what the request has become since it was read.

Order, spelling and unknown fields stay as they came: only ``model``, ``stream`` and ``stream_options`` are set, and
only where they differ. Whoever changes anything else of such a request empties its ``body``.

A streaming upstream that can be asked for usage is asked for it: the ledger wants it even when the reader does not.

Source: OpenAI's API reference, "stream_options" of Chat Completions, Completions and Responses (August 2026).
"""

from __future__ import annotations

import msgspec

from sluiceway.request import Request

__all__ = ["edit_body"]

_json = msgspec.json.encode
_FIELDS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ABSENT = msgspec.Raw(b"")
_NULL = (b"", b"null")


class _Settled(msgspec.Struct, gc=False):
    """What may differ; other fields are only gone through."""

    model: str | None = None
    stream: msgspec.Raw = _ABSENT
    stream_options: msgspec.Raw = _ABSENT


_SETTLED = msgspec.json.Decoder(_Settled)


def edit_body(request: Request, *, asks_for_usage: bool) -> bytes:
    """Return the body it came as, with what differs set.

    Args:
        request: the request, whose body is not empty.
        asks_for_usage: whether the API has a stream option that asks for usage.
    """
    settled = _SETTLED.decode(request.body)
    changes: dict[str, msgspec.Raw | None] = {}
    if settled.model != request.model:
        changes["model"] = msgspec.Raw(_json(request.model))
    if (bytes(settled.stream) == b"true") != request.stream:
        changes["stream"] = msgspec.Raw(_json(request.stream))
    options = bytes(settled.stream_options)
    if not request.stream and options:
        changes["stream_options"] = None
    elif request.stream and asks_for_usage and not _wants_usage(options):
        changes["stream_options"] = msgspec.Raw(_with_usage(options))
    if not changes:
        return request.body
    fields = {**_FIELDS.decode(request.body), **changes}
    return _json({name: field for name, field in fields.items() if field is not None})


def _wants_usage(options: bytes) -> bool:
    return options not in _NULL and bytes(_FIELDS.decode(options).get("include_usage", b"")) == b"true"


def _with_usage(options: bytes) -> bytes:
    fields = {} if options in _NULL else _FIELDS.decode(options)
    return _json({**fields, "include_usage": True})
