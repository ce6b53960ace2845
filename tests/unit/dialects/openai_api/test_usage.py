from __future__ import annotations

import msgspec
import pytest

from sluiceway.dialects.openai_api.usage import decode_usage, encode_usage, is_given
from sluiceway.usage import Usage


def test_counts_and_their_parts_are_read_and_the_record_is_kept() -> None:
    record = (
        b'{"prompt_tokens":9,"completion_tokens":4,"prompt_tokens_details":{"cached_tokens":5,"cache_write_tokens":2},'
        b'"completion_tokens_details":{"reasoning_tokens":3},"cost":0.5}'
    )
    assert decode_usage(msgspec.Raw(record)) == Usage(9, 4, 5, 2, 3, raw=record.decode())


def test_parts_that_are_null_or_left_out_are_unknown() -> None:
    usage = decode_usage(msgspec.Raw(b'{"prompt_tokens":9,"prompt_tokens_details":null}'))
    assert usage is not None
    assert (usage.input_tokens, usage.output_tokens, usage.cache_read_tokens) == (9, None, None)


@pytest.mark.parametrize(
    "record", [b'{"prompt_tokens":"9"}', b'{"prompt_tokens":-1}', b"[]", b'{"prompt_tokens":1e99}']
)
def test_a_record_that_cannot_be_read_is_no_report(record: bytes) -> None:
    assert decode_usage(msgspec.Raw(record)) is None


@pytest.mark.parametrize(("record", "given"), [(b"", False), (b"null", False), (b"{}", True)])
def test_null_is_not_a_record(record: bytes, given: bool) -> None:
    assert is_given(msgspec.Raw(record)) is given


def test_an_unknown_count_is_null_and_never_zero() -> None:
    assert encode_usage(Usage(output_tokens=4)) == {
        "prompt_tokens": None,
        "completion_tokens": 4,
        "total_tokens": None,
    }


def test_known_parts_are_written() -> None:
    assert encode_usage(Usage(9, 4, 5, None, 0)) == {
        "prompt_tokens": 9,
        "completion_tokens": 4,
        "total_tokens": 13,
        "prompt_tokens_details": {"cached_tokens": 5},
        "completion_tokens_details": {"reasoning_tokens": 0},
    }


def test_an_estimate_comes_back_as_one() -> None:
    usage = decode_usage(msgspec.Raw(msgspec.json.encode(encode_usage(Usage(1, 2, is_estimate=True)))))
    assert usage is not None
    assert usage.is_estimate


def test_only_an_estimate_says_that_it_is_one() -> None:
    assert encode_usage(Usage(None, 1, is_estimate=True)) == {
        "prompt_tokens": None,
        "completion_tokens": 1,
        "total_tokens": None,
        "is_estimate": True,
    }
