from __future__ import annotations

from sluiceway.dialects.ollama.rules import RULES, SPELLING
from sluiceway.features import FEATURES


def test_rules_and_words_are_about_features_that_exist() -> None:
    assert set(FEATURES) >= RULES.keys() | SPELLING.keys()
