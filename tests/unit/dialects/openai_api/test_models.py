from __future__ import annotations

import json

import pytest

from sluiceway.dialects.openai_api.models import decode_models, encode_models
from sluiceway.errors import RemoteProtocolError


@pytest.mark.parametrize(
    "body", [b'{"object":"list","data":[{"id":"a"},{"id":"b","owned_by":1}]}', b'[{"id":"a"},{"id":"b"}]']
)
def test_names_are_read_from_both_kinds_of_list(body: bytes) -> None:
    assert decode_models(body) == ["a", "b"]


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"data":{}}', b'{"data":[{"id":1}]}', b'{"models":[]}', b"\xff"])
def test_what_is_no_list_is_refused(body: bytes) -> None:
    with pytest.raises(RemoteProtocolError, match="cannot be read"):
        decode_models(body)


def test_our_own_list_can_be_read() -> None:
    body = encode_models(["a", "b"])
    assert decode_models(body) == ["a", "b"]
    assert json.loads(body)["data"][0] == {"id": "a", "object": "model", "created": 0, "owned_by": "sluiceway"}
