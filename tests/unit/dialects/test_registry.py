from __future__ import annotations

from sluiceway.dialects.registry import DIALECTS


def test_every_dialect_stands_under_its_own_name() -> None:
    assert "openai_chat" in DIALECTS
    assert all(dialect.name == name for name, dialect in DIALECTS.items())
