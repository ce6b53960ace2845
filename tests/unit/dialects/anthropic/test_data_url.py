from __future__ import annotations

import pytest

from sluiceway.dialects.anthropic.data_url import decode_data_url, encode_data_url


def test_what_is_put_in_comes_out() -> None:
    assert encode_data_url("image/png", "aGk=") == "data:image/png;base64,aGk="
    assert decode_data_url("data:image/png;base64,aGk=") == ("image/png", "aGk=")


def test_case_and_parameters_do_not_matter() -> None:
    assert decode_data_url("DATA:Text/Plain;charset=utf-8;base64,aGk=") == ("text/plain", "aGk=")


@pytest.mark.parametrize("url", ["https://x/a.png", "data:image/png,hi", "data:;base64,aGk=", "aGk=", ""])
def test_other_urls_are_none(url: str) -> None:
    assert decode_data_url(url) is None
