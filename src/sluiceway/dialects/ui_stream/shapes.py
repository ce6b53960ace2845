"""The names of the Vercel AI SDK's UI message stream, version 1."""

from __future__ import annotations

__all__ = ["DONE", "METADATA_KEY", "NAME"]

NAME = "ui_stream"
"""The dialect's name, which is also the key of its extras."""

DONE = b"[DONE]"
"""The payload that ends a stream."""

METADATA_KEY = "sluiceway"
"""The key of what we say in a part's ``providerMetadata``, which clients send back with the part."""
