"""The two documents, at any size: one of everything, and one long string."""

import json
import random
import re

__all__ = ["DELTA_CHARS", "KINDS", "deltas_of", "document"]

DELTA_CHARS = 4
"""What a token is worth, about."""

KINDS = ("mixed", "long")

_WORDS = re.findall(
    "[a-z]+",
    "the quick brown fox jumps over a lazy dog while river stone light carry question answer model stream token under"
    " window because paper garden between quiet morning letter seven",
)
_LINE = "    for item in values:\n        total += item['price'] * 2  # \"net\"\n"


def document(kind: str, chars: int) -> str:
    """Return a JSON text of about so many characters."""
    return _mixed(chars) if kind == "mixed" else _long(chars)


def deltas_of(text: str) -> list[str]:
    """Cut a text as tokens would."""
    return [text[start : start + DELTA_CHARS] for start in range(0, len(text), DELTA_CHARS)]


def _mixed(chars: int) -> str:
    chance = random.Random(1)
    items: list[str] = []
    while sum(map(len, items)) < chars:
        items.append(json.dumps(_item(chance, len(items))))
    return '{"items": [' + ", ".join(items) + "]}"


def _item(chance: random.Random, number: int) -> dict[str, object]:
    def words(count: int) -> str:
        return " ".join(chance.choices(_WORDS, k=count))

    return {
        "id": number,
        "title": words(3),
        "body": f'{words(25)}.\n\tShe said "{words(3)}" in a café \U0001f600 and left. {words(12)}.',
        "price": round(chance.random() * 1000, 2),
        "score": chance.random(),
        "in_stock": chance.random() < 0.5,
        "discount": None,
        "tags": [chance.choice(_WORDS) for _ in range(3)],
        "size": {"width": chance.randrange(1000), "height": chance.randrange(1000)},
    }


def _long(chars: int) -> str:
    content = _LINE * max(1, chars // len(json.dumps(_LINE)))
    return json.dumps({"path": "src/prices.py", "content": content, "overwrite": True})
