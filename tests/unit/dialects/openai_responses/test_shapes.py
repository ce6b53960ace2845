from __future__ import annotations

import msgspec
import pytest

from sluiceway.dialects.openai_responses.shapes import Payload, TokenShape, is_given


@pytest.mark.parametrize(("field", "is_there"), [(b"", False), (b"null", False), (b"[]", False), (b"{}", True)])
def test_a_field_is_given_when_it_says_something(field: bytes, is_there: bool) -> None:
    assert is_given(msgspec.Raw(field)) is is_there


def test_fields_of_events_that_are_not_known_may_be_anything() -> None:
    payload = msgspec.json.decode(b'{"type":"x","delta":{"a":1},"text":[1],"vendor":2}', type=Payload)
    assert (payload.delta, payload.text) == ({"a": 1}, [1])


@pytest.mark.parametrize("index", [b"-1", b"4294967296", b'"0"'])
def test_places_are_small_numbers(index: bytes) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(b'{"output_index":' + index + b"}", type=Payload)


def test_alternatives_of_a_token_may_lack_everything() -> None:
    assert msgspec.json.decode(b'{"token":"a","top_logprobs":[{}]}', type=TokenShape).top_logprobs == [TokenShape()]
