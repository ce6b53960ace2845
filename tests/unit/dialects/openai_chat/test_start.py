from __future__ import annotations

import msgspec
import pytest

from sluiceway.dialects.openai_chat.start import decode_start
from sluiceway.events import StreamStart


def test_the_constant_part_is_read_once() -> None:
    payload = b'{"id":"chatcmpl-1","created":7,"model":"m","system_fingerprint":"fp","service_tier":"default"}'
    extras: dict[str, dict[str, object]] = {"openai_chat": {"system_fingerprint": "fp", "service_tier": "default"}}
    assert decode_start(payload, is_preface_legal=True) == StreamStart("chatcmpl-1", "m", 7, extras)


def test_azures_preface_is_no_start() -> None:
    payload = b'{"choices":[],"created":0,"id":"","model":"","object":"","prompt_filter_results":[]}'
    assert decode_start(payload, is_preface_legal=True) is None


def test_a_payload_with_content_is_a_start_even_without_a_name() -> None:
    assert decode_start(b'{"created":0,"id":""}', is_preface_legal=False) == StreamStart()


@pytest.mark.parametrize("created", [b"0", b"-1", b"1.5", b'"now"', b"null", b"99999999999999999999999"])
def test_what_is_no_unix_time_is_unknown(created: bytes) -> None:
    start = decode_start(b'{"id":"a","created":' + created + b"}", is_preface_legal=False)
    assert start == StreamStart("a")


def test_a_wrong_type_is_refused() -> None:
    with pytest.raises(msgspec.DecodeError):
        decode_start(b'{"id":1}', is_preface_legal=False)
