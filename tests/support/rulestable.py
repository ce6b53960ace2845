"""The table of ``docs/dialects.md``, from the dialects' own rules."""

from __future__ import annotations

from collections.abc import Iterator

from sluiceway.dialects.registry import DIALECTS
from sluiceway.features import FEATURES, Rule

__all__ = ["rules_table"]

_WORDS = {Rule.REFUSE: "refused", Rule.DROP: "left out", None: ""}


def rules_table() -> str:
    """Return the table as Markdown: a feature a row, an upstream's dialect a column."""
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    rules = {dialect.name: dialect.upstream.rules for dialect in DIALECTS.values() if dialect.upstream}
    yield f"| asked for | {' | '.join(f'`{name}`' for name in rules)} |"
    yield "|---" * (len(rules) + 1) + "|"
    for feature in FEATURES:
        cells = [_WORDS[by_feature.get(feature)] for by_feature in rules.values()]
        if any(cells):
            yield f"| `{feature}` | {' | '.join(cells)} |"
