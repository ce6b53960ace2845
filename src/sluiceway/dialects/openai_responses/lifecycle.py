"""The response object: how an answer starts, how it ends, and what only this vendor says of it.

What a response says again of its request is left out of the extras: it is the asker's own.
Source: OpenAI's API reference, "The response object" (August 2026).
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from sluiceway.dialects.openai_api.errors import decode_stream_error
from sluiceway.dialects.openai_responses.shapes import ECHOED, NAME, is_given
from sluiceway.dialects.openai_responses.usage import decode_finish_reason, decode_usage
from sluiceway.errors import RemoteProtocolError, UpstreamFailed
from sluiceway.events import ChoiceEnd, StreamError, StreamStart
from sluiceway.usage import Usage

__all__ = ["ResponseFields"]

_FIELDS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ITEMS = msgspec.json.Decoder(list[dict[str, object]])
_MAX_UNIX_S = 2**53
_ABSENT = msgspec.Raw(b"")

_TOLD = ECHOED | {
    "id",
    "object",
    "created_at",
    "status",
    "error",
    "incomplete_details",
    "model",
    "output",
    "output_text",
    "usage",
}


class ResponseFields:
    """The fields of one response object.

    Args:
        record: the object as JSON.

    Raises:
        msgspec.DecodeError: it is no object.
        RemoteProtocolError: there is none.
    """

    __slots__ = ("_fields",)

    def __init__(self, record: msgspec.Raw | bytes) -> None:
        if not record:
            raise RemoteProtocolError("the upstream sent an event without its response", dialect=NAME)
        self._fields = _FIELDS.decode(record)

    @property
    def status(self) -> str:
        """The status; empty when there is none."""
        return self._word("status")

    @property
    def usage(self) -> Usage | None:
        """The token counts, or None."""
        record = self._fields.get("usage", _ABSENT)
        return decode_usage(record) if is_given(record) else None

    @property
    def error(self) -> StreamError:
        """The error that a failed response tells of."""
        record = self._fields.get("error", _ABSENT)
        if is_given(record):
            return decode_stream_error(bytes(record))
        return StreamError(UpstreamFailed.code, "the upstream reported an error")

    def start(self) -> StreamStart:
        """Return the start of the answer."""
        created = self._value("created_at")
        seconds = int(created) if isinstance(created, int | float) and 0 < created <= _MAX_UNIX_S else None
        return StreamStart(self._word("id"), self._word("model"), seconds, {NAME: dict(self._extras())})

    def end(self, start: StreamStart, status: str, *, has_calls: bool) -> ChoiceEnd:
        """Return how the answer ended.

        Args:
            start: how it began; what is as it was then is not told again.
            status: the status where the response gives none.
            has_calls: whether it holds a call of one of the asker's tools.
        """
        status = self.status or status
        known = start.extras.get(NAME, {})
        extras = {name: value for name, value in self._extras() if known.get(name) != value}
        details = self._value("incomplete_details")
        reason = details.get("reason") if isinstance(details, dict) else None
        finish = decode_finish_reason(status, reason if isinstance(reason, str) else None, has_calls=has_calls)
        if status != "completed":
            extras |= {"status": status, "incomplete_details": details}
        return ChoiceEnd(0, finish, {NAME: extras} if extras else {})

    def output(self) -> list[dict[str, object]]:
        """Return the items."""
        record = self._fields.get("output", _ABSENT)
        return _ITEMS.decode(record) if is_given(record) else []

    def _extras(self) -> Iterator[tuple[str, object]]:
        for name, field in self._fields.items():
            if name not in _TOLD and bytes(field) != b"null":
                yield name, msgspec.json.decode(field)

    def _value(self, name: str) -> object:
        field = self._fields.get(name)
        return None if field is None else msgspec.json.decode(field)

    def _word(self, name: str) -> str:
        value = self._value(name)
        return value if isinstance(value, str) else ""
