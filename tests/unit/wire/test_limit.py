"""The limit allows what it says and refuses one byte more."""

from __future__ import annotations

import pytest

from sluiceway.errors import BufferLimitExceeded
from sluiceway.wire.limit import check_size


def test_the_limit_itself_is_allowed() -> None:
    check_size(10, 10, offset=0)


def test_one_byte_more_is_refused_with_its_place() -> None:
    with pytest.raises(BufferLimitExceeded, match="limit of 10 bytes") as caught:
        check_size(11, 10, offset=7)
    assert caught.value.offset == 7
