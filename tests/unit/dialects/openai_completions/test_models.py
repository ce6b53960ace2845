from __future__ import annotations

import pytest

from sluiceway.dialects.openai_completions.models import decode_models
from sluiceway.errors import RemoteProtocolError


@pytest.mark.parametrize("body", [b'{"object":"list","data":[{"id":"a"},{"id":"b"}]}', b'[{"id":"a"},{"id":"b"}]'])
def test_lists_of_models_give_their_names(body: bytes) -> None:
    assert decode_models(body) == ["a", "b"]


@pytest.mark.parametrize("body", [b"", b"{}", b"<html>", b"[" * 5000])
def test_what_is_no_list_is_refused(body: bytes) -> None:
    with pytest.raises(RemoteProtocolError):
        decode_models(body)
