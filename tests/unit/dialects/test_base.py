from __future__ import annotations

import pytest

from sluiceway.dialects.base import EncodeOptions, Framing
from sluiceway.dialects.openai_chat import OPENAI_CHAT


def test_a_framing_is_named_by_its_content_type() -> None:
    assert [framing.value for framing in Framing] == [
        "text/event-stream; charset=utf-8",
        "application/x-ndjson",
        "application/json",
        "application/json; charset=UTF-8",
    ]


def test_a_dialect_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        OPENAI_CHAT.name = "other"  # type: ignore[misc]


def test_readers_get_no_usage_unless_they_ask() -> None:
    assert not EncodeOptions(Framing.SSE, "gen_1", "m", 1).include_usage
