from __future__ import annotations

import msgspec
import pytest

from sluiceway.dialects.openai_responses.records import (
    decode_tokens,
    extras_of,
    find_text,
    find_word,
    records_in,
)
from sluiceway.events import TokenLogprob


def test_extras_are_what_events_do_not_tell() -> None:
    item: dict[str, object] = {"type": "message", "id": "msg_1", "phase": "commentary", "role": "assistant"}
    assert extras_of("message", 3, item) == {"output_index": 3, "id": "msg_1", "phase": "commentary"}


def test_extras_of_a_custom_call_say_what_it_is() -> None:
    item: dict[str, object] = {"type": "custom_tool_call", "call_id": "c", "name": "f", "input": ""}
    assert extras_of("custom_tool_call", 0, item) == {"output_index": 0, "type": "custom_tool_call"}


def test_extras_of_a_vendors_item_are_all_of_it() -> None:
    item: dict[str, object] = {"type": "web_search_call"}
    assert extras_of("web_search_call", 0, item) == {"output_index": 0, "item": item}


def test_what_is_missing_or_of_another_type_says_nothing() -> None:
    record: dict[str, object] = {"a": 1, "b": "x", "c": [{"d": 1}, 2], "e": {}}
    assert [find_word(record, name) for name in "ab"] == ["", "x"]
    assert [list(records_in(record, name)) for name in "cez"] == [[{"d": 1}], [], []]


def test_a_refusal_has_its_text_elsewhere() -> None:
    assert find_text({"type": "refusal", "refusal": "no", "text": "x"}) == "no"
    assert find_text({"type": "output_text", "text": "yes"}) == "yes"


TOKENS = b'[{"token":"a","logprob":-1.5,"bytes":[97],"top_logprobs":[{"token":"b","logprob":-2.0}]}]'


@pytest.mark.parametrize("record", [msgspec.Raw(TOKENS), msgspec.json.decode(TOKENS)])
def test_log_probabilities_are_read(record: object) -> None:
    assert decode_tokens(record) == [TokenLogprob("a", -1.5, [97], [TokenLogprob("b", -2.0)])]


@pytest.mark.parametrize("record", [None, [], msgspec.Raw(b"")])
def test_there_may_be_no_log_probabilities(record: object) -> None:
    assert decode_tokens(record) is None


def test_log_probabilities_of_a_wrong_shape_are_an_error() -> None:
    with pytest.raises(msgspec.ValidationError):
        decode_tokens([{"token": 1}])
