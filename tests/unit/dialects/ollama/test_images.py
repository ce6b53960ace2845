from __future__ import annotations

import pytest

from sluiceway.dialects.ollama.images import decode_image, encode_image


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("/9j/4AAQ", "data:image/jpeg;base64,/9j/4AAQ"),
        ("iVBORw0KGgoAAAA", "data:image/png;base64,iVBORw0KGgoAAAA"),
        ("R0lGODlh", "data:image/gif;base64,R0lGODlh"),
        ("UklGRiIA", "data:image/webp;base64,UklGRiIA"),
        ("AAAA", "data:application/octet-stream;base64,AAAA"),
        ("data:image/png;base64,AAAA", "data:image/png;base64,AAAA"),
    ],
)
def test_an_image_becomes_a_url_of_its_kind(text: str, url: str) -> None:
    assert decode_image(text) == url


@pytest.mark.parametrize(
    ("url", "data"),
    [
        ("data:image/png;base64,AAAA", "AAAA"),
        ("DATA:image/png;BASE64,AAAA", "AAAA"),
        ("data:image/svg+xml,%3Csvg%3E", None),
        ("data:image/png;base64", None),
        ("https://example.org/a.png", None),
    ],
)
def test_only_an_inline_image_in_base64_can_be_sent(url: str, data: str | None) -> None:
    assert encode_image(url) == data
