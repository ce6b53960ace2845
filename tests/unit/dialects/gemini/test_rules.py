from __future__ import annotations

from sluiceway.dialects.gemini.rules import RULES, SPELLING
from sluiceway.features import FEATURES


def test_rules_and_spelling_name_known_features() -> None:
    assert {*RULES, *SPELLING} <= set(FEATURES)
