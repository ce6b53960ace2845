"""Text that JSON spells as it is, and text that it does not."""

from __future__ import annotations

import json

import pytest

from sluiceway.wire.text import is_verbatim


@pytest.mark.parametrize("text", ["", " river,", "it's 5 < 6 & {}", "née", "東京", "😀", "~"])
def test_plain_text_stands_for_itself(text: str) -> None:
    assert is_verbatim(text.encode())
    assert json.loads(b'"' + text.encode() + b'"') == text


@pytest.mark.parametrize(
    "data", [b'"', b"\\", b"\n", b"\0", b"\x7f", b"\xff", b"\xe2\x80\xa8", 'é"'.encode(), b"\xc3"]
)
def test_everything_else_does_not(data: bytes) -> None:
    assert not is_verbatim(data)
