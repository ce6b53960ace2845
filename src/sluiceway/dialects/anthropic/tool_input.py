"""The input of a tool call: JSON text while it streams, an object in a whole message.

Source: Anthropic's API reference, "tool_use", and its guide to fine-grained tool streaming (August 2026), which says
what to do with input that is no JSON: put it under the name ``INVALID_JSON``.
"""

from __future__ import annotations

import msgspec

__all__ = ["encode_input", "is_empty_input"]

_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_EMPTY = (b"", b"{}", b"null")
_NOTHING = msgspec.Raw(b"{}")


def is_empty_input(field: msgspec.Raw) -> bool:
    """Return whether the input of a block says nothing: ``{}`` is what blocks begin with."""
    return b"".join(bytes(field).split(maxsplit=2)) in _EMPTY


def encode_input(text: str) -> msgspec.Raw:
    """Return the JSON object that a call's text stands for; what is no JSON object is wrapped in one.

    The text itself is kept, so numbers stay as they were written.
    """
    if not text:
        return _NOTHING
    try:
        _OBJECT.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        # {"filename": "taxes.txt", "lines": ["a⟨the token limit⟩
        return msgspec.Raw(msgspec.json.encode({"INVALID_JSON": text}))
    return msgspec.Raw(text.encode())
