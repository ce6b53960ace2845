from __future__ import annotations

import pytest
from support.completionchunks import chunk, options

from sluiceway.dialects.openai_completions.start import decode_start, encode_start
from sluiceway.events import StreamStart


def test_the_start_is_read_from_any_payload() -> None:
    start = decode_start(chunk(system_fingerprint="fp"), is_preface_legal=True)
    assert start == StreamStart("cmpl-1", "m", 1, {"openai_completions": {"system_fingerprint": "fp"}})


@pytest.mark.parametrize("created", ["now", 1.5, -1, 2**60, None])
def test_a_time_stamp_that_is_none_is_left_out(created: object) -> None:
    start = decode_start(chunk(created=created), is_preface_legal=False)
    assert start == StreamStart("cmpl-1", "m")


def test_a_preface_names_nothing_and_starts_nothing() -> None:
    preface = chunk(id="", model="", created=0, prompt_filter_results=[])
    assert decode_start(preface, is_preface_legal=True) is None
    assert decode_start(preface, is_preface_legal=False) == StreamStart()


def test_what_the_upstream_did_not_say_comes_from_the_options() -> None:
    told = {"id": "gen_1", "object": "text_completion", "created": 1_700_000_000, "model": "asked"}
    assert encode_start(StreamStart(), options()) == told


def test_only_this_dialects_extras_are_put_back() -> None:
    start = StreamStart("id", "m", 7, {"openai_completions": {"system_fingerprint": "fp"}, "other": {"x": 1}})
    told = {"id": "id", "object": "text_completion", "created": 7, "model": "m", "system_fingerprint": "fp"}
    assert encode_start(start, options()) == told
