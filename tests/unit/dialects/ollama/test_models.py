from __future__ import annotations

import json

import pytest
from ollama import ListResponse, ProcessResponse

from sluiceway.dialects.ollama.models import decode_models, encode_models, encode_running
from sluiceway.errors import RemoteProtocolError


@pytest.mark.parametrize(
    ("body", "names"),
    [
        (b'{"models":[{"name":"a:1b","model":"a:1b","size":3},{"name":"b"}]}', ["a:1b", "b"]),
        (b'{"models":[{"size":3}]}', []),
        (b'{"models":[]}', []),
    ],
)
def test_names_are_found(body: bytes, names: list[str]) -> None:
    assert decode_models(body) == names


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'{"models":null}', b'{"models":["a"]}', b'{"models":[{"model":"\xff"}]}']
)
def test_what_is_no_list_of_models_is_refused(body: bytes) -> None:
    with pytest.raises(RemoteProtocolError):
        decode_models(body)


def test_our_own_list_is_read_by_the_official_client_and_by_us() -> None:
    body = encode_models(["a", "b"])
    listed = ListResponse(**json.loads(body))
    assert [model.model for model in listed.models] == decode_models(body) == ["a", "b"]
    assert {(model.size, model.digest) for model in listed.models} == {(0, "0" * 64)}


def test_models_in_use_have_no_end_that_anybody_lives_to_see() -> None:
    listed = ProcessResponse(**json.loads(encode_running(["a", "b"])))
    assert [(model.model, model.name) for model in listed.models] == [("a", "a"), ("b", "b")]
    assert {model.expires_at.year for model in listed.models if model.expires_at} == {9999}
    assert {model.size_vram for model in listed.models} == {None}
