from __future__ import annotations

import json

import pytest

from sluiceway.dialects.anthropic.models import decode_models, encode_models
from sluiceway.errors import RemoteProtocolError


def test_what_is_listed_comes_back() -> None:
    assert decode_models(encode_models(["a", "b"])) == ["a", "b"]


def test_the_list_is_one_page_with_its_ends() -> None:
    listed = json.loads(encode_models(["a", "b"]))
    assert (listed["has_more"], listed["first_id"], listed["last_id"]) == (False, "a", "b")
    assert listed["data"][0] == {
        "type": "model",
        "id": "a",
        "display_name": "a",
        "created_at": "1970-01-01T00:00:00Z",
    }


def test_an_empty_list_has_no_ends() -> None:
    assert json.loads(encode_models([])) == {"data": [], "has_more": False, "first_id": None, "last_id": None}


@pytest.mark.parametrize("body", [b"", b"[]", b'{"data":[{}]}', b'"\xff"', b"[" * 100_000])
def test_what_is_no_list_is_refused(body: bytes) -> None:
    with pytest.raises(RemoteProtocolError):
        decode_models(body)
