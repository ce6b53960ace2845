"""Canonical blocks → the parts of Gemini's content, of which each is a whole.

Source: Google's API reference, "Part" (August 2026); google-genai 1.30, whose client refuses a signature that is no
base64.
"""

from __future__ import annotations

import re

import msgspec

from sluiceway.dialects.gemini.shapes import NAME
from sluiceway.events import BlockKind, BlockStart

__all__ = ["SIGNATURE", "encode_arguments", "encode_call", "encode_text", "own_extras"]

SIGNATURE = "thoughtSignature"
"""The field of a part that proves the thinking before it; on text and calls it travels as extras."""

# Of the last symbol only the bits that count may be set, and only one of the two alphabets may be used.
_BASE64 = re.compile(
    r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/][AQgw](?:==)?|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=?)?"
    r"|(?:[A-Za-z0-9_-]{4})*(?:[A-Za-z0-9_-][AQgw](?:==)?|[A-Za-z0-9_-]{2}[AEIMQUYcgkosw048]=?)?"
)
_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_LINE_ENDS = str.maketrans("\r\n", "  ")


def encode_text(kind: BlockKind, text: str, signature: object = None) -> dict[str, object]:
    """Return the part that says text or a thought; a signature that is no base64 is left out."""
    part: dict[str, object] = {"text": text}
    if kind is BlockKind.REASONING:
        part["thought"] = True
    return _signed(part, signature)


def encode_call(start: BlockStart, text: str) -> dict[str, object]:
    """Return the part that is a whole call."""
    call = {"id": start.tool_id, "name": start.tool_name, "args": encode_arguments(text)}
    if not start.tool_id:
        del call["id"]
    return _signed({"functionCall": call}, own_extras(start.extras).get(SIGNATURE))


def encode_arguments(text: str) -> msgspec.Raw:
    """Return arguments as an object: none as an empty one, and what is no object as its ``input``."""
    if not text:
        return msgspec.Raw(b"{}")
    try:
        _OBJECT.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return msgspec.Raw(msgspec.json.encode({"input": text}))
    # Between JSON's tokens a line end is a space, and within them there is none.
    return msgspec.Raw(text.translate(_LINE_ENDS).encode())


def own_extras(extras: dict[str, dict[str, object]]) -> dict[str, object]:
    """Return what is Gemini's of vendor-only data."""
    return extras.get(NAME, {})


def _signed(part: dict[str, object], signature: object) -> dict[str, object]:
    if isinstance(signature, str) and signature and _BASE64.fullmatch(signature):
        part[SIGNATURE] = signature
    return part
