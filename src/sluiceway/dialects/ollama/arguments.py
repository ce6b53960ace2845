"""The arguments of tool calls: objects on Ollama's wire, JSON text everywhere else.

The text of an object is handed over as it is, so that no number changes on the way.
Source: Ollama's API reference, "Chat request with tools" (August 2026).
"""

from __future__ import annotations

import msgspec

__all__ = ["decode_arguments", "encode_arguments"]

_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_TEXT = msgspec.json.Decoder(str)
_NOTHING = (b"", b"null")


def decode_arguments(value: msgspec.Raw) -> str:
    """Return the JSON text of a call's arguments, empty when there are none.

    Raises:
        msgspec.DecodeError: it is a string that cannot be read.
        UnicodeDecodeError: it is not UTF-8.
    """
    data = bytes(value)
    if data in _NOTHING:
        return ""
    # "arguments":"{\"city\":\"Tokyo\"}", as servers write it that only look like Ollama
    return _TEXT.decode(data) if data.startswith(b'"') else data.decode()


def encode_arguments(text: str) -> msgspec.Raw | None:
    """Return the object that a text is, on one line, or None when it is no JSON object; no text is an empty one."""
    data = text.encode().strip() or b"{}"
    try:
        _OBJECT.decode(data)
    except (msgspec.DecodeError, RecursionError):
        return None
    # Between JSON's tokens a line end is a space, and in its strings there is none.
    return msgspec.Raw(data.replace(b"\n", b" ").replace(b"\r", b" "))
