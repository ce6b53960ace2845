"""What clients look at before they ask for anything: that a server runs and how old it is, and what is not served.

Source: ``server/routes.go`` of Ollama (August 2026).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import msgspec

from sluiceway.dialects.base import Page

__all__ = ["ABSENT", "API_VERSION", "PAGES"]

API_VERSION = "0.12.11"
"""The release of Ollama whose API is served: the first with log probabilities. Clients refuse servers that are older
than what they need, so this is no version of ours."""

PAGES: Mapping[str, Page] = MappingProxyType(
    {
        "/": Page(b"Ollama is running", "text/plain; charset=utf-8"),
        "/api/version": Page(msgspec.json.encode({"version": API_VERSION})),
    }
)
"""What is got with ``GET``; clients look for a server with ``HEAD /``."""

_NO_FILES = "models come from the settings and cannot be changed here"
_NO_EMBEDDINGS = "there are completions only"

ABSENT: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(
            ("/api/pull", "/api/push", "/api/create", "/api/copy", "/api/delete", "/api/blobs/{digest}"), _NO_FILES
        ),
        **dict.fromkeys(("/api/embed", "/api/embeddings"), _NO_EMBEDDINGS),
    }
)
"""What Ollama serves beside, and why it is not here."""
