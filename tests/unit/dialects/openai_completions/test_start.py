from __future__ import annotations

from support.completionchunks import chunk

from sluiceway.dialects.openai_completions.start import decode_start
from sluiceway.events import StreamStart


def test_the_start_is_read_from_any_payload() -> None:
    start = decode_start(chunk(system_fingerprint="fp"), is_preface_legal=True)
    assert start == StreamStart("cmpl-1", "m", 1, {"openai_completions": {"system_fingerprint": "fp"}})
