"""The error event of Responses.

A stream that breaks off ends with the event ``error``. It says so twice: flat, as the reference has it, and below
``error``, as OpenAI's servers send it and on which OpenAI's own clients raise.

Source: OpenAI's API reference, "Streaming events" (August 2026), and recorded errors.
"""

from __future__ import annotations

from sluiceway.dialects.openai_api.errors import stream_error_record
from sluiceway.events import StreamError

__all__ = ["encode_stream_error"]


def encode_stream_error(event: StreamError) -> dict[str, object]:
    """Return the fields of the event that tells of an error in a stream."""
    record = stream_error_record(event)
    return {**{name: field for name, field in record.items() if name != "type"}, "error": record}
