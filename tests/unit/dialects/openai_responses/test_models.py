from __future__ import annotations

import pytest

from sluiceway.dialects.openai_responses.models import decode_models
from sluiceway.errors import RemoteProtocolError


def test_names_are_read() -> None:
    assert decode_models(b'{"object":"list","data":[{"id":"a","object":"model"},{"id":"b"}]}') == ["a", "b"]


@pytest.mark.parametrize("body", [b"", b"[]", b'{"data":[{}]}', b"\xff"])
def test_anything_else_is_an_error(body: bytes) -> None:
    with pytest.raises(RemoteProtocolError, match="cannot be read"):
        decode_models(body)
