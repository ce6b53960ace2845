"""The settings of a server: one frozen object, which holds every default or the record that does.

Where values come from, in order of precedence: flags, environment (``SLUICEWAY_PORT``), the TOML file, the defaults.
Reading them is `sources`'s business.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from sluiceway.engines.llama.options import LlamaOptions
from sluiceway.engines.options import UpstreamOptions
from sluiceway.engines.secret import Secret
from sluiceway.server.guards import GuardOptions

__all__ = ["Settings"]


def _about(text: str, *, ge: float | None = None, le: float | None = None) -> msgspec.Meta:
    return msgspec.Meta(description=text, ge=ge, le=le)


_GUARD = msgspec.Meta(
    description="What becomes of answers that break the JSON schema they were asked for with: off, report or stop.",
    pattern="^(off|report|stop)$",
)
_LEVEL = msgspec.Meta(description="debug, info, warning or error.", pattern="^(debug|info|warning|error)$")


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything a server can be told. The description of each field is its help text."""

    host: Annotated[str, _about("Address to listen on.")] = "127.0.0.1"
    port: Annotated[int, _about("Port to listen on.", ge=1, le=65535)] = 8080
    workers: Annotated[int, _about("Processes that serve.", ge=1, le=256)] = 1
    tls_cert: Annotated[str, _about("PEM file with the certificate chain; with it, HTTPS is served.")] = ""
    tls_key: Annotated[str, _about("PEM file with the certificate's key.")] = ""
    max_streams: Annotated[int, _about("Requests at a time for each worker.", ge=1)] = 16384
    max_body_bytes: Annotated[int, _about("Largest request body.", ge=1)] = 16 * 1024 * 1024
    reader_buffer_bytes: Annotated[int, _about("What may wait for a slow reader.", ge=1)] = 256 * 1024
    reader_stall_s: Annotated[float, _about("How long a reader may take nothing; 0 for ever.", ge=0)] = 30.0
    heartbeat_s: Annotated[float, _about("Silence after which a heartbeat is sent; 0 for none.", ge=0)] = 15.0
    coalesce_max_ms: Annotated[float, _about("Longest window that collects tokens under load.", ge=0)] = 100.0
    resume_grace_s: Annotated[float, _about("How long a resumable answer runs without a reader.", ge=0)] = 15.0
    max_resume_grace_s: Annotated[float, _about("Longest such time that a request can ask for.", ge=0)] = 300.0
    max_alone_tokens: Annotated[int, _about("Tokens a resumable answer may say to nobody; 0 for all.", ge=0)] = 32768
    max_followers: Annotated[int, _about("Readers of one kept answer.", ge=1)] = 64
    kept_s: Annotated[float, _about("How long a kept answer stays after its end.", ge=0)] = 600.0
    kept_answer_bytes: Annotated[int, _about("Memory for one kept answer.", ge=1)] = 8 * 1024 * 1024
    kept_bytes: Annotated[int, _about("Memory for all kept answers.", ge=1)] = 256 * 1024 * 1024
    max_background_streams: Annotated[int, _about("Answers that run without a reader.", ge=0)] = 256
    redis: Annotated[Secret, _about("Redis that replicas share: redis://host:6379/0, or rediss:// for TLS.")] = (
        Secret()
    )
    guard: Annotated[str, _GUARD] = "off"
    drain_s: Annotated[float, _about("How long live streams may go on at shutdown.", ge=0)] = 30.0
    log_level: Annotated[str, _LEVEL] = "info"
    upstreams: tuple[UpstreamOptions, ...] = ()
    llama: LlamaOptions | None = None
    guards: tuple[GuardOptions, ...] = ()

    @property
    def keeps_nothing(self) -> bool:
        """Whether no answer can be come back to: readers may meet any process, and these share nothing."""
        return self.workers > 1 and not self.redis

    def engines(self) -> tuple[tuple[UpstreamOptions, ...], LlamaOptions | None]:
        """Return what is to be served: with nothing named, the embedded model."""
        if not self.upstreams and self.llama is None:
            return (), LlamaOptions()
        return self.upstreams, self.llama
