"""The settings of one upstream: the one place that holds their defaults."""

from __future__ import annotations

from typing import Annotated

import msgspec

from sluiceway.engines.secret import Secret

__all__ = ["UpstreamOptions"]

Seconds = Annotated[float, msgspec.Meta(gt=0)]
Positive = Annotated[int, msgspec.Meta(gt=0)]
Count = Annotated[int, msgspec.Meta(ge=0)]


class UpstreamOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How one upstream is reached, and how long and how much it is trusted with.

    Attributes:
        name: its name in settings, metrics and headers.
        base_url: what the dialect's paths are appended to, such as ``https://api.openai.com/v1``.
        dialect: the dialect it speaks.
        api_key: its key; empty sends none.
        models: the names it serves; empty passes every name on.
        connect_timeout_s: bounds name look-up, TCP, proxy and TLS together.
        first_token_timeout_s: of a streaming answer, from the request handed to the socket to the first frame that
            holds an event; comments that only keep the connection alive do not stop this clock.
        idle_timeout_s: between two reads once the body has begun; stands still while Sluiceway itself pauses reading.
        unary_timeout_s: bounds a non-streaming answer as a whole, since such an upstream is silent until it is done.
        total_timeout_s: bounds any answer as a whole; None does not.
        max_header_bytes: bounds all header sections of one response, interim ones and trailers included.
        max_headers: bounds the number of header lines of one response.
        max_event_bytes: bounds one event of a stream.
        max_body_bytes: bounds the body of a non-streaming answer and of the list of models.
        max_error_bytes: how much of an error response is kept; the rest is not read.
        max_idle_connections: how many connections are kept warm.
        idle_connection_s: how long an unused connection is kept.
        prewarm_connections: how many connections are opened at start.
        ca_file: a PEM file of authorities trusted instead of the system's; empty trusts the system's.
        proxy: the URL of a proxy; None asks the environment (``HTTPS_PROXY``, ``HTTP_PROXY``, ``NO_PROXY``), empty
            goes direct.
    """

    name: str = "upstream"
    base_url: str
    dialect: str = "openai_chat"
    api_key: Secret = msgspec.field(default_factory=Secret)
    models: tuple[str, ...] = ()
    connect_timeout_s: Seconds = 10.0
    first_token_timeout_s: Seconds = 120.0
    idle_timeout_s: Seconds = 60.0
    unary_timeout_s: Seconds = 600.0
    total_timeout_s: Seconds | None = None
    max_header_bytes: Positive = 64 * 1024
    max_headers: Positive = 100
    max_event_bytes: Positive = 1024 * 1024
    max_body_bytes: Positive = 32 * 1024 * 1024
    max_error_bytes: Positive = 64 * 1024
    max_idle_connections: Count = 256
    idle_connection_s: Seconds = 30.0
    prewarm_connections: Count = 0
    ca_file: str = ""
    proxy: Secret | None = None
