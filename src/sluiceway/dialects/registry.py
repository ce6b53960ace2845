"""Every dialect by its name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sluiceway.dialects.base import Dialect
from sluiceway.dialects.openai_chat import OPENAI_CHAT

__all__ = ["DIALECTS"]

DIALECTS: Mapping[str, Dialect] = MappingProxyType({dialect.name: dialect for dialect in (OPENAI_CHAT,)})
"""Name → dialect, in the order in which they are listed for people."""
