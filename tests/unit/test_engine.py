"""What an engine says of itself."""

from __future__ import annotations

import msgspec
import pytest

from sluiceway.engine import Capabilities


def test_an_engine_can_do_everything_unless_it_says_otherwise() -> None:
    assert set(msgspec.structs.asdict(Capabilities()).values()) == {True}
    assert not Capabilities(tools=False).tools


def test_what_an_engine_can_do_does_not_change() -> None:
    with pytest.raises(AttributeError, match="immutable"):
        Capabilities().tools = False  # type: ignore[misc]
