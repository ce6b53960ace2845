"""What a request's body says and nobody reads: fields of its messages, parts and tools that have no canonical place.

Where the upstream speaks the reader's dialect they travel in the body. Any other upstream does not get them, so the
reader is told their names. A body is walked along what its decoder reads, which is what the shapes of the decoder say
(`known`); what stands where anything may stand (arguments, schemas, a vendor's own parts) is passed over. A field
that is null or empty says nothing.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator, Mapping
from typing import Union, get_args, get_origin

import msgspec

from sluiceway.errors import RequestError

__all__ = ["MAX_STRAYS", "Below", "Known", "find_strays", "known"]

MAX_STRAYS = 64
"""How many different names are looked for; beyond them a body is a torrent of nonsense."""

Record = Mapping[str, object]

Known = Mapping[str, "Below"]
"""The names of the fields that are read of a record, each with what is read below it."""

Below = Known | Callable[[Record], Known | None] | None
"""What is read of a record, or of each record of a list; or a record → what is read of it; None for anything."""

_NOTHING: tuple[object, ...] = (None, "", [], {})


def known(shape: type[msgspec.Struct], *more: str, **below: Below) -> Known:
    """Return what is read of a record with a shape.

    Args:
        shape: the decoder's; the shapes of its fields say what stands below them.
        more: names of further fields, which are none of the model's business, such as ids.
        below: what stands below a field, where its type does not say that.
    """
    fields = msgspec.structs.fields(shape)
    found = {field.encode_name: _below(field.type) for field in fields if field.encode_name not in below}
    return {**dict.fromkeys(more), **found, **below}


def find_strays(body: bytes, fields: Known) -> list[str]:
    """Return the paths of what is not read, each once, such as ``messages[].content[].foo``; linear in the body.

    Args:
        body: a body that its decoder has taken.
        fields: what is read of it. Its own further fields are left to the decoder, which keeps them as extras.

    Raises:
        RequestError: it is nested too deeply, or what the decoder passed over is no JSON.
    """
    try:
        record: Record = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise RequestError("The request body is not valid JSON, or is nested too deeply.") from None
    names: dict[str, None] = {}
    for field in (name for name in record if name in fields):
        for name in _walk(record[field], fields[field], field):
            names[name] = None
            if len(names) == MAX_STRAYS:
                return list(names)
    return list(names)


def _below(kind: object) -> Known | None:
    """Return what is read below a field of a type."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return known(kind)
    parts = get_args(kind) if get_origin(kind) in {list, Union, types.UnionType} else ()
    return next((found for part in parts if (found := _below(part)) is not None), None)


def _walk(value: object, below: Below, path: str) -> Iterator[str]:
    if below is None:
        return
    if isinstance(value, list):
        for item in value:
            yield from _walk(item, below, f"{path}[]")
    elif isinstance(value, dict):
        fields = below(value) if callable(below) else below
        if fields is not None:
            yield from _walk_record(value, fields, path)


def _walk_record(record: Record, fields: Known, path: str) -> Iterator[str]:
    for name, value in record.items():
        if name not in fields:
            if value not in _NOTHING:
                yield f"{path}.{name}"
        elif isinstance(value, list | dict):
            yield from _walk(value, fields[name], f"{path}.{name}")
