from __future__ import annotations

import pytest

from sluiceway.dialects.ollama.timestamps import decode_time, encode_time


@pytest.mark.parametrize(
    ("text", "unix_s"),
    [
        ("2025-06-03T08:46:59Z", 1_748_940_419),
        ("2025-06-03T08:46:59.471368Z", 1_748_940_419),
        ("2025-06-03T08:46:59.471368123Z", 1_748_940_419),
        ("2025-06-03T10:46:59.4+02:00", 1_748_940_419),
        ("0001-01-01T00:00:00Z", None),
        ("1970-01-01T00:00:00Z", None),
        ("yesterday", None),
        ("0001-01-01T00:00:00+23:59", None),
        ("", None),
    ],
)
def test_a_time_stamp_gives_whole_seconds_or_nothing(text: str, unix_s: int | None) -> None:
    assert decode_time(text) == unix_s


@pytest.mark.parametrize("unix_s", [1, 1_748_940_419, 253_402_300_799])
def test_seconds_come_back(unix_s: int) -> None:
    assert decode_time(encode_time(unix_s, 0)) == unix_s


@pytest.mark.parametrize("unix_s", [None, -1, 253_402_300_800, 2**53])
def test_what_has_no_time_stamp_gets_the_other(unix_s: int | None) -> None:
    assert encode_time(unix_s, 1_700_000_000) == "2023-11-14T22:13:20Z"
