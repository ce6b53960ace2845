from __future__ import annotations

from sluiceway.dialects.openai_responses.rules import RULES, SPELLING
from sluiceway.features import FEATURES


def test_only_features_have_rules_and_spellings() -> None:
    assert set(RULES) | set(SPELLING) <= set(FEATURES)
