from __future__ import annotations

import json

import msgspec
import pytest

from sluiceway.dialects.gemini.spelling import respell


def respelled(body: object) -> object:
    return json.loads(respell(json.dumps(body).encode()))


def test_a_body_in_the_usual_spelling_is_left_alone() -> None:
    body = b'{ "generationConfig": {"topP": 1, "stopSequences": ["a_b"]} }'
    assert respell(body) is body


def test_known_names_are_respelled_at_every_depth() -> None:
    assert respelled({"system_instruction": {"parts": [{"inline_data": {"mime_type": "image/png"}}]}}) == {
        "systemInstruction": {"parts": [{"inlineData": {"mimeType": "image/png"}}]}
    }


def test_unknown_names_are_kept() -> None:
    assert respelled({"tools": [{"file_search": {"file_search_store_names": ["x"]}}]}) == {
        "tools": [{"fileSearch": {"file_search_store_names": ["x"]}}]
    }


@pytest.mark.parametrize("field", ["args", "response", "parameters", "parameters_json_schema", "labels"])
def test_what_is_the_callers_own_is_left_alone(field: str) -> None:
    (inner,) = respelled({field: {"mime_type": 1}}).values()  # type: ignore[attr-defined]
    assert inner == {"mime_type": 1}


def test_of_both_spellings_the_usual_one_counts() -> None:
    assert respelled({"top_p": 1, "topP": 2}) == {"topP": 2}


def test_what_is_not_json_is_refused() -> None:
    with pytest.raises(msgspec.DecodeError):
        respell(b'{"top_p": ')
