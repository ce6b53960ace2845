from __future__ import annotations

import json

import pytest

from sluiceway.dialects.gemini.models import MODELS_PATH, decode_models, encode_models
from sluiceway.errors import RemoteProtocolError


def test_the_list_is_asked_for_in_one_page() -> None:
    assert MODELS_PATH == "/models?pageSize=1000"


def test_names_lose_and_get_their_prefix() -> None:
    assert decode_models(b'{"models":[{"name":"models/gemini-2.5-pro"},{"name":"tunedModels/x"}]}') == [
        "gemini-2.5-pro",
        "tunedModels/x",
    ]
    assert decode_models(b"{}") == []
    (model,) = json.loads(encode_models(["m"]))["models"]
    assert (model["name"], model["supportedGenerationMethods"]) == ("models/m", ["generateContent"])


@pytest.mark.parametrize("body", [b"", b"[]", b'{"models":[{}]}', b"\xff"])
def test_anything_else_is_no_list(body: bytes) -> None:
    with pytest.raises(RemoteProtocolError, match="list of models"):
        decode_models(body)
