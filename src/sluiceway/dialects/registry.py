"""Every dialect by its name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sluiceway.dialects.anthropic import ANTHROPIC
from sluiceway.dialects.base import Dialect
from sluiceway.dialects.gemini import GEMINI
from sluiceway.dialects.ollama import OLLAMA
from sluiceway.dialects.openai_chat import OPENAI_CHAT
from sluiceway.dialects.openai_completions import OPENAI_COMPLETIONS
from sluiceway.dialects.openai_responses import OPENAI_RESPONSES
from sluiceway.dialects.ui_stream import UI_STREAM

__all__ = ["DIALECTS"]

_ALL: tuple[Dialect, ...] = (
    OPENAI_CHAT,
    OPENAI_COMPLETIONS,
    OPENAI_RESPONSES,
    ANTHROPIC,
    GEMINI,
    OLLAMA,
    UI_STREAM,
)

DIALECTS: Mapping[str, Dialect] = MappingProxyType({dialect.name: dialect for dialect in _ALL})
"""Name → dialect, in the order in which they are listed for people."""
