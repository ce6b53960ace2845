"""Answers that run in the background: how they are asked for, kept, told, and come back to.

``"background": true`` in a request is Sluiceway's to do: the upstream is asked for a stream, without it. A kept
answer has an id of its own from its first moment, before its upstream has said anything; so it is told under that id
and with numbers of its own, and never in the upstream's bytes.

What is told while it runs has no output yet. A stopped answer is ``cancelled``.
Source: OpenAI's guide "Background mode" and its API reference, "Get a model response" (August 2026).
"""

from __future__ import annotations

import re

import msgspec

from sluiceway.dialects.base import EncodeOptions, Encoder, Framing, Keep, Revisit, Revisits, Target
from sluiceway.dialects.openai_responses.encode import encoder
from sluiceway.dialects.openai_responses.response import ResponseObject
from sluiceway.dialects.openai_responses.shapes import ECHOED, NAME, Payload
from sluiceway.errors import RequestError
from sluiceway.events import Event, Frame, StreamStart
from sluiceway.fold import Completion, unfold
from sluiceway.request import Request
from sluiceway.usual import Around, Usual

__all__ = ["REVISITS", "keep", "outline"]

_FIELD = "background"
_ID_PREFIX = "resp_"
_NUMBER = re.compile("0|[1-9][0-9]{0,15}")

_json = msgspec.json.encode
_FIELDS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_PAYLOAD = msgspec.json.Decoder(Payload)


class _BackgroundEncoder:
    """Encodes an answer under its own id; a `sluiceway.dialects.base.Encoder`.

    Args:
        encoder: this dialect's.
    """

    __slots__ = ("_encoder",)

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder

    def encode(self, frame: Frame) -> bytes:
        """Return the bytes of one frame, possibly none."""
        return self._encoder.encode(Frame([_as_own(event) for event in frame.events]))

    def heartbeat(self) -> bytes:
        """Return bytes that keep the connection alive and say nothing."""
        return self._encoder.heartbeat()

    def telling(self, _usual: Usual) -> Around | None:
        """Return nothing: events are numbered."""
        return None


def keep(request: Request) -> Keep | None:
    """Return how the answer is kept; None for one that does not run in the background."""
    own = request.extras.get(NAME, {})
    if own.get(_FIELD) is not True:
        return None
    fields = _FIELDS.decode(request.body)
    known = outline(request)
    asked = msgspec.structs.replace(
        request,
        stream=True,
        extras={**request.extras, NAME: {name: value for name, value in own.items() if name != _FIELD}},
        body=_json({**{name: field for name, field in fields.items() if name != _FIELD}, "stream": True}),
    )
    return Keep(
        request=asked,
        encoder=lambda options: _BackgroundEncoder(encoder(options, known)),
        is_background=True,
        snapshot=lambda options, completion: _encode_snapshot(options, known, completion),
        is_told_at_once=not request.stream,
        known=msgspec.structs.replace(known, extras={NAME: {_FIELD: True}}),
    )


def outline(request: Request) -> Request:
    """Return what an encoder must know of a request: what is said again in the response object."""
    fields = _FIELDS.decode(request.body)
    echoed = _json({name: field for name, field in fields.items() if name in ECHOED})
    return msgspec.structs.replace(request, messages=[], extras={}, body=echoed)


def _encode_snapshot(options: EncodeOptions, known: Request, completion: Completion) -> bytes:
    if completion.is_complete:
        whole = msgspec.structs.replace(options, framing=Framing.JSON)
        return _BackgroundEncoder(encoder(whole, known)).encode(Frame(unfold(completion)))
    response = ResponseObject(options, known)
    response.start(_named(completion.start))
    error = completion.error
    if error is not None:
        told = {"code": error.upstream_code or error.code, "message": error.message}
        return response.encode("failed", [], usage=completion.usage, extras={"error": told})
    is_begun = completion.start != StreamStart() or bool(completion.choices)
    return response.encode("in_progress" if is_begun else "queued", [])


def _as_own(event: Event) -> Event:
    return _named(event) if type(event) is StreamStart else event


def _named(start: StreamStart) -> StreamStart:
    """Return the start without its upstream's id, which says that it runs in the background."""
    own = {**start.extras.get(NAME, {}), _FIELD: True}
    return msgspec.structs.replace(start, id="", extras={**start.extras, NAME: own})


def _decode(target: Target) -> Revisit:
    """Return what a reader who comes back asks for: ``GET /v1/responses/{id}?stream=true&starting_after=7``."""
    is_stream = target.query.get("stream", "").lower() in {"true", "1"}
    after = target.query.get("starting_after")
    if after is not None and not is_stream:
        raise RequestError("starting_after needs stream=true", field="starting_after")
    if after is not None and _NUMBER.fullmatch(after) is None:
        raise RequestError("starting_after is a sequence number", field="starting_after")
    prefix, _, name = target.path.get("id", "").partition("_")
    return Revisit(name if f"{prefix}_" == _ID_PREFIX else "", is_stream, None if after is None else int(after))


def _number_of(payload: bytes) -> int | None:
    number = _PAYLOAD.decode(payload).sequence_number
    return number if isinstance(number, int) else None


REVISITS = Revisits("/v1/responses/{id}", _decode, stop_path="/v1/responses/{id}/cancel", number_of=_number_of)
"""Where its readers come back."""
