"""Where a Redis is: what a URL says, and that no message repeats a password."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.certificate import write_certificate

from sluiceway.delivery.log.redis_address import RedisAddress, decode_redis_url
from sluiceway.errors import SettingsError


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("redis://localhost", RedisAddress((("localhost", 6379),))),
        ("redis://h:1/3", RedisAddress((("h", 1),), database=3)),
        ("redis://:p%40ss@h", RedisAddress((("h", 6379),), password="p@ss")),
        ("redis://me:secret@[::1]:7/0", RedisAddress((("::1", 7),), "me", "secret")),
        ("redis://a:1,b:2,c", RedisAddress((("a", 1), ("b", 2), ("c", 6379)))),
        ("rediss://h?ssl_ca_certs=/ca.pem", RedisAddress((("h", 6379),), is_tls=True, ca_file="/ca.pem")),
    ],
)
def test_a_url_says_where_it_is(url: str, address: RedisAddress) -> None:
    assert decode_redis_url(url) == address


@pytest.mark.parametrize(
    "url",
    ["", "http://:hush@h", "redis://:hush@", "redis://:hush@h:x", "redis://:hush@h/x", "redis://:hush@h/-1",
     "redis://:hush@h?tls=no", "redis://:hush@h?&&", "redis://:hush@h,,"],
)  # fmt: skip
def test_any_other_text_is_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(SettingsError) as raised:
        decode_redis_url(url)
    assert "hush" not in str(raised.value)


def test_it_is_shown_without_its_password() -> None:
    assert repr(decode_redis_url("redis://me:hush@h:1")) == "RedisAddress(h:1)"


def test_without_tls_there_is_no_context() -> None:
    assert decode_redis_url("redis://h").context() is None


def test_with_tls_the_server_is_checked_against_the_file(tmp_path: Path) -> None:
    ca_file = write_certificate(tmp_path).cert
    context = decode_redis_url(f"rediss://h?ssl_ca_certs={ca_file}").context()
    assert context is not None
    assert context.check_hostname


def test_a_file_that_is_not_there_is_named() -> None:
    with pytest.raises(SettingsError, match=r"/no\.pem"):
        decode_redis_url("rediss://h?ssl_ca_certs=/no.pem").context()
