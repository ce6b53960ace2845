"""Images: base64 on Ollama's wire, ``data:`` URLs everywhere else.

Ollama does not say what kind of image it is, and looks at the bytes; so does this, at the first of them.
Source: Ollama's API reference, "images" (August 2026); the formats' own signatures.
"""

from __future__ import annotations

from types import MappingProxyType

__all__ = ["decode_image", "encode_image"]

_SCHEME = "data:"
_BASE64 = ";base64"

_TYPE_OF = MappingProxyType(
    {"/9j/": "image/jpeg", "iVBORw0KGgo": "image/png", "R0lGOD": "image/gif", "UklGR": "image/webp"}
)


def decode_image(text: str) -> str:
    """Return the URL of an image; what is a ``data:`` URL already stays one."""
    if text.startswith(_SCHEME):
        return text
    kind = next((kind for start, kind in _TYPE_OF.items() if text.startswith(start)), "application/octet-stream")
    return f"{_SCHEME}{kind}{_BASE64},{text}"


def encode_image(url: str) -> str | None:
    """Return the base64 of an image, or None when it stands elsewhere or is written otherwise."""
    head, comma, data = url.partition(",")
    is_inline = head.lower().startswith(_SCHEME) and head.lower().endswith(_BASE64)
    return data if is_inline and comma else None
