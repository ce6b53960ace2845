"""The facade: every public name of incremental JSON, from one place."""

from __future__ import annotations

from sluiceway import json
from sluiceway.json import JSONFeed


def test_every_name_it_exports_is_there() -> None:
    assert all(getattr(json, name) is not None for name in json.__all__)


def test_the_feed_works_from_here() -> None:
    feed = JSONFeed()
    feed.push('{"a": [1')
    assert feed.value == {"a": []}
    feed.push("]}")
    assert feed.close() == {"a": [1]}
