"""The response object as it is told: once when an answer begins, and with its output when it ends.

What the asker set is said again in it, as OpenAI does. That is fixed once, as JSON, so that the request need not be
kept. Defaults that only an upstream knows (a temperature, a truncation) are null or left out rather than made up.

Source: OpenAI's API reference, "The response object" (August 2026).
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from sluiceway.dialects.base import EncodeOptions
from sluiceway.dialects.openai_responses.encode_request import encode_settings
from sluiceway.dialects.openai_responses.shapes import ECHOED, NAME
from sluiceway.dialects.openai_responses.usage import encode_usage
from sluiceway.events import StreamStart
from sluiceway.request import Request
from sluiceway.usage import Usage

__all__ = ["ResponseObject"]

_json = msgspec.json.encode
_FIELDS = msgspec.json.Decoder(dict[str, msgspec.Raw])

# What OpenAI's clients have as fields that are always there.
_UNSET: Mapping[str, object] = {
    "instructions": None,
    "max_output_tokens": None,
    "metadata": {},
    "parallel_tool_calls": True,
    "previous_response_id": None,
    "reasoning": {"effort": None, "summary": None},
    "temperature": None,
    "text": {"format": {"type": "text"}},
    "tool_choice": "auto",
    "tools": [],
    "top_p": None,
}


class ResponseObject:
    """Writes the response objects of one answer.

    Args:
        options: what to say where the upstream said nothing.
        request: what was asked for.
    """

    def __init__(self, options: EncodeOptions, request: Request) -> None:
        self._options = options
        self._echo = _encode_echo(request)
        self._extras: Mapping[str, object] = {}
        self.start(StreamStart())

    def start(self, start: StreamStart) -> None:
        """Take how the answer begins; an id of another vendor is not one that this vendor's clients can use."""
        options = self._options
        own = start.extras.get(NAME)
        self._id = start.id if own is not None and start.id else f"resp_{options.stream_id}"
        self._model = start.model or options.model
        self._created_at = start.created_at_unix_s or options.created_at_unix_s
        self._extras = own or {}

    def encode(
        self,
        status: str,
        output: list[dict[str, object]],
        *,
        usage: Usage | None = None,
        details: object = None,
        extras: Mapping[str, object] | None = None,
    ) -> bytes:
        """Return the object.

        Args:
            status: where the answer stands.
            output: its items.
            usage: its token counts.
            details: why it is incomplete.
            extras: what only this vendor says of its end.
        """
        record = {
            "id": self._id,
            "object": "response",
            "created_at": self._created_at,
            "status": status,
            "error": None,
            "incomplete_details": details,
            "model": self._model,
            "output": output,
            "usage": None if usage is None else encode_usage(usage),
        }
        return _json({**record, **self._extras, **(extras or {})})[:-1] + b"," + self._echo[1:]


def _encode_echo(request: Request) -> bytes:
    is_own = request.dialect == NAME and bool(request.body)
    settings = _FIELDS.decode(request.body if is_own else _json(encode_settings(request)))
    asked = {name: field for name, field in settings.items() if name in ECHOED and bytes(field) != b"null"}
    return _json({**_UNSET, **asked})
