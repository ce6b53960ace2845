"""How a reader wants to be able to come back to an answer, from the headers of its request.

``Sluiceway-Resume: on`` keeps the answer, and gives its events ids. ``Sluiceway-On-Disconnect`` says what becomes
of a kept answer when its last reader leaves: ``cancel`` stops it at once, ``continue`` lets it go on to its end, a
number is the seconds it has. Answers in one piece have neither: they are told at their end, or not at all.
"""

from __future__ import annotations

import re

import msgspec

from sluiceway.delivery.kept import FOR_EVER
from sluiceway.dialects.base import Endpoint, Keep, Target
from sluiceway.errors import RequestError
from sluiceway.request import Request
from sluiceway.server.settings import Settings

__all__ = ["ON_DISCONNECT", "RESUME", "Terms", "choose_keep", "decode_terms"]

RESUME, ON_DISCONNECT = "sluiceway-resume", "sluiceway-on-disconnect"
"""The header fields, in lower case."""

_SECONDS = re.compile(r"[0-9]{1,9}(\.[0-9]{1,3})?")


class Terms(msgspec.Struct, frozen=True):
    """How an answer is kept, as its reader wants it.

    Attributes:
        is_resumable: whether the reader asked to be able to come back.
        grace_s: how long it goes on without a reader.
        max_alone_tokens: how many tokens it may go on for meanwhile; 0 for any number.
    """

    is_resumable: bool
    grace_s: float
    max_alone_tokens: int = 0


def decode_terms(target: Target, settings: Settings) -> Terms:
    """Return the terms that a request's headers ask for, within the limits of the settings.

    Raises:
        RequestError: a header says something else than it can.
    """
    # Sluiceway-Resume: on
    wish = target.headers.get(RESUME, "off").lower()
    if wish not in {"on", "off"}:
        raise RequestError("Sluiceway-Resume is on or off", field="Sluiceway-Resume")
    grace_s = _decode_grace_s(target.headers.get(ON_DISCONNECT, ""), settings)
    return Terms(wish == "on", grace_s, settings.max_alone_tokens)


def choose_keep(endpoint: Endpoint, request: Request) -> Keep | None:
    """Return how an answer is kept: as its dialect says, else as its reader asked; None for not at all."""
    keep = endpoint.keep(request)
    if keep is not None or not (request.is_resumable and request.stream):
        return keep
    known = endpoint.outline(request)
    return Keep(
        request,
        lambda options: endpoint.encoder(options, known),
        include_usage=request.include_usage,
        has_revisits=False,
        known=known,
    )


def _decode_grace_s(text: str, settings: Settings) -> float:
    # Sluiceway-On-Disconnect: 30
    word = text.lower()
    if word in {"cancel", "continue"}:
        return FOR_EVER if word == "continue" else 0.0
    if word and not _SECONDS.fullmatch(word):
        raise RequestError(
            "Sluiceway-On-Disconnect is cancel, continue or a number of seconds", field="Sluiceway-On-Disconnect"
        )
    return min(float(word), settings.max_resume_grace_s) if word else settings.resume_grace_s
