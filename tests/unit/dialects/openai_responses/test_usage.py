from __future__ import annotations

import msgspec
import pytest

from sluiceway.dialects.openai_responses.usage import (
    decode_finish_reason,
    decode_usage,
    encode_finish_reason,
    encode_usage,
    is_cut,
)
from sluiceway.usage import FinishReason, Stop, Usage

RECORD = (
    '{"input_tokens":9,"input_tokens_details":{"cached_tokens":4,"cache_write_tokens":2},"output_tokens":5,'
    '"output_tokens_details":{"reasoning_tokens":3},"total_tokens":14}'
)


def test_counts_are_found_and_the_record_is_kept() -> None:
    assert decode_usage(msgspec.Raw(RECORD.encode())) == Usage(9, 5, 4, 2, 3, raw=RECORD)


def test_counts_are_written_as_they_were() -> None:
    assert encode_usage(Usage(9, 5, 4, 2, 3)) == msgspec.json.decode(RECORD)


@pytest.mark.parametrize("record", [b'{"input_tokens":-1}', b'{"input_tokens":"9"}', b"7", b"{"])
def test_counts_that_cannot_be_read_spoil_the_record_only(record: bytes) -> None:
    assert decode_usage(msgspec.Raw(record)) is None


def test_an_unknown_count_is_left_out_and_a_known_zero_is_told() -> None:
    assert encode_usage(Usage(output_tokens=0)) == {
        "input_tokens_details": {},
        "output_tokens": 0,
        "output_tokens_details": {},
    }


def test_a_record_without_counts_is_none() -> None:
    assert encode_usage(Usage(is_estimate=True)) is None


def test_an_estimate_says_so_there_and_back() -> None:
    record = encode_usage(Usage(1, 2, is_estimate=True))
    assert record is not None
    assert record["is_estimate"] is True
    decoded = decode_usage(msgspec.Raw(msgspec.json.encode(record)))
    assert decoded is not None
    assert decoded.is_estimate


@pytest.mark.parametrize(
    ("status", "reason", "has_calls", "expected"),
    [
        ("completed", None, False, FinishReason(Stop.END, "completed")),
        ("completed", None, True, FinishReason(Stop.TOOL_CALL, "completed")),
        ("incomplete", "max_output_tokens", True, FinishReason(Stop.LENGTH, "max_output_tokens")),
        ("incomplete", "content_filter", False, FinishReason(Stop.CONTENT_FILTER, "content_filter")),
        ("incomplete", "steered", False, FinishReason(Stop.OTHER, "steered")),
        ("incomplete", None, False, FinishReason(Stop.OTHER, "incomplete")),
        ("cancelled", None, False, FinishReason(Stop.CANCELLED, "cancelled")),
        ("queued", None, False, FinishReason(Stop.OTHER, "queued")),
    ],
)
def test_a_status_has_a_meaning(status: str, reason: str | None, has_calls: bool, expected: FinishReason) -> None:
    assert decode_finish_reason(status, reason, has_calls=has_calls) == expected


@pytest.mark.parametrize(
    ("stop", "status", "details"),
    [
        (Stop.LENGTH, "incomplete", {"reason": "max_output_tokens"}),
        (Stop.CONTENT_FILTER, "incomplete", {"reason": "content_filter"}),
        (Stop.CANCELLED, "cancelled", None),
        (Stop.TOOL_CALL, "completed", None),
        (Stop.PAUSED, "completed", None),
    ],
)
def test_an_end_has_a_status(stop: Stop, status: str, details: object) -> None:
    assert encode_finish_reason(FinishReason(stop)) == (status, details)
    assert is_cut(FinishReason(stop)) is (status != "completed")
