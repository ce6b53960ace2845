from __future__ import annotations

import msgspec
import pytest
from support.completionchunks import options

from sluiceway.dialects.openai_api.start import Head, decode_head, encode_start
from sluiceway.events import StreamStart

PREFACE = b'{"choices":[],"created":0,"id":"","model":"","object":"","prompt_filter_results":[]}'


def start_of(payload: bytes, extras: dict[str, object] | None = None, *, is_preface_legal: bool = False) -> object:
    head = msgspec.json.decode(payload, type=Head)
    return decode_head(head, "mine", extras or {}, is_preface_legal=is_preface_legal)


def test_azures_preface_is_no_start() -> None:
    assert start_of(PREFACE, is_preface_legal=True) is None


@pytest.mark.parametrize("payload", [b'{"id":"a"}', b'{"model":"m"}'])
def test_what_has_a_name_is_no_preface(payload: bytes) -> None:
    assert start_of(payload, is_preface_legal=True) == msgspec.json.decode(payload, type=StreamStart)


@pytest.mark.parametrize("payload", [b'{"created":0,"id":""}', PREFACE])
def test_a_payload_with_content_is_a_start_even_without_a_name(payload: bytes) -> None:
    assert start_of(payload) == StreamStart()


@pytest.mark.parametrize("created", [b"0", b"-1", b"1.5", b'"now"', b"null", b"1152921504606846976"])
def test_what_is_no_unix_time_is_unknown(created: bytes) -> None:
    assert start_of(b'{"id":"a","created":' + created + b"}") == StreamStart("a")


def test_what_only_the_dialect_has_is_kept_unless_it_says_nothing() -> None:
    start = start_of(b'{"id":"a"}', {"fingerprint": "fp", "tier": None})
    assert start == StreamStart("a", extras={"mine": {"fingerprint": "fp"}})


def test_what_the_upstream_did_not_say_comes_from_the_options() -> None:
    told = {"id": "gen_1", "object": "text_completion", "created": 1_700_000_000, "model": "asked"}
    assert encode_start(StreamStart(), options(), "openai_completions", "text_completion") == told


def test_only_this_dialects_extras_are_put_back() -> None:
    start = StreamStart("id", "m", 7, {"openai_completions": {"system_fingerprint": "fp"}, "other": {"x": 1}})
    told = {"id": "id", "object": "text_completion", "created": 7, "model": "m", "system_fingerprint": "fp"}
    assert encode_start(start, options(), "openai_completions", "text_completion") == told
