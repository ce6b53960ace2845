from __future__ import annotations

import msgspec
import pytest

from sluiceway.dialects.openai_chat.start import decode_start
from sluiceway.events import StreamStart


def test_the_constant_part_is_read_once() -> None:
    payload = b'{"id":"chatcmpl-1","created":7,"model":"m","system_fingerprint":"fp","service_tier":"default"}'
    extras: dict[str, dict[str, object]] = {"openai_chat": {"system_fingerprint": "fp", "service_tier": "default"}}
    assert decode_start(payload, is_preface_legal=True) == StreamStart("chatcmpl-1", "m", 7, extras)


def test_a_wrong_type_is_refused() -> None:
    with pytest.raises(msgspec.DecodeError):
        decode_start(b'{"id":1}', is_preface_legal=False)
