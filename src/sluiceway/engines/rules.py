"""What a response's head and body mean, before any dialect sees them.

Pure: bytes and heads in, kinds and errors out.
Source: RFC 9110 sections 8.3, 8.4 and 15.
"""

from __future__ import annotations

import enum
from collections.abc import Callable

import msgspec

from sluiceway.engines.secret import Secret
from sluiceway.errors import RemoteProtocolError, UpstreamStatusError

__all__ = ["BodyKind", "ResponseHead", "foreign_body_error", "judge_head", "status_error"]

_STREAM_TYPES = frozenset({"text/event-stream", "application/x-ndjson"})
_EXCERPT_BYTES = 200


class ResponseHead(msgspec.Struct, frozen=True):
    """A response's status and headers; names are lower case, of lines with the same name the first counts."""

    status: int
    headers: dict[str, str]

    @property
    def content_type(self) -> str:
        """Return the media type, lower case and without parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def has_length(self) -> bool:
        """Return whether the body's end can be told from its bytes; else the connection's end is the body's."""
        return "content-length" in self.headers or "transfer-encoding" in self.headers


class BodyKind(enum.Enum):
    """What a response's body is."""

    STREAM = "stream"
    """Events, to be decoded as they come."""
    UNARY = "unary"
    """One whole answer."""
    ERROR = "error"
    """The body of an error status."""
    FOREIGN = "foreign"
    """Something no upstream of ours sends, such as a login page."""


def judge_head(head: ResponseHead, *, is_stream: bool) -> BodyKind:
    """Say what the body will be.

    Args:
        head: the response's head.
        is_stream: whether a streaming answer was asked for; a head without a content type is taken at that word.

    Raises:
        RemoteProtocolError: the response cannot be read whatever its body: a redirect, or an encoding not asked for.
    """
    if head.status >= 400:
        return BodyKind.ERROR
    if not 200 <= head.status < 300:
        raise RemoteProtocolError(f"the upstream answered with status {head.status}, which is no answer")
    # Content-Encoding: gzip
    encoding = head.headers.get("content-encoding", "identity").strip().lower()
    transfer = head.headers.get("transfer-encoding", "chunked").strip().lower()
    if encoding not in {"identity", ""} or transfer != "chunked":
        raise RemoteProtocolError("the upstream encoded its answer, which was not asked for")
    content_type = head.content_type
    if content_type in _STREAM_TYPES:
        return BodyKind.STREAM
    if content_type == "application/json":
        return BodyKind.UNARY
    if content_type:
        return BodyKind.FOREIGN
    return BodyKind.STREAM if is_stream else BodyKind.UNARY


def status_error(
    head: ResponseHead, body: bytes, decode_error: Callable[[bytes], str], key: Secret
) -> UpstreamStatusError:
    """Return the error of a response with an error status.

    Args:
        head: its head.
        body: what was kept of its body; compressed ones are not looked into.
        decode_error: the dialect's reading of such a body.
        key: our key, masked where the upstream repeats it.
    """
    text = key.redact(body.decode("utf-8", "replace"))
    words = key.redact(decode_error(text.encode()))
    return UpstreamStatusError(
        head.status,
        words or f"the upstream answered with status {head.status}",
        body=text.encode(),
        retry_after=head.headers.get("retry-after"),
    )


def foreign_body_error(head: ResponseHead, body: bytes, key: Secret) -> RemoteProtocolError:
    """Return the error of an answer in a content type that no dialect has."""
    return RemoteProtocolError(
        f"the upstream answered with {head.content_type[:100]!r}, which is no completion",
        excerpt=key.redact(body[:_EXCERPT_BYTES].decode("utf-8", "replace")),
    )
