import pytest

from sluiceway.engines.address import Address, decode_address
from sluiceway.engines.secret import Secret
from sluiceway.errors import SettingsError


@pytest.mark.parametrize(
    ("url", "host", "port", "is_tls", "path"),
    [
        ("http://127.0.0.1:9100/v1", "127.0.0.1", 9100, False, "/v1"),
        ("https://api.openai.com/v1/", "api.openai.com", 443, True, "/v1"),
        ("HTTP://LOCALHOST", "localhost", 80, False, ""),
        ("https://[::1]:8443", "::1", 8443, True, ""),
    ],
)
def test_a_url_is_taken_apart(url: str, host: str, port: int, is_tls: bool, path: str) -> None:
    assert decode_address(url) == Address(host=host, port=port, is_tls=is_tls, path=path)


def test_a_user_and_a_password_are_unquoted_and_kept_out_of_sight() -> None:
    address = decode_address("http://me:p%40ss@proxy:3128")
    assert address.user == Secret("me:p@ss")
    assert "p@ss" not in repr(address)


@pytest.mark.parametrize(
    ("url", "authority", "origin"),
    [
        ("http://h:80", "h", "http://h"),
        ("http://h:443", "h:443", "http://h:443"),
        ("https://h:443", "h", "https://h"),
        ("https://[::1]:1", "[::1]:1", "https://[::1]:1"),
    ],
)
def test_the_scheme_s_own_port_is_left_out_of_the_authority(url: str, authority: str, origin: str) -> None:
    address = decode_address(url)
    assert (address.authority, address.origin) == (authority, origin)


def test_host_and_port_always_holds_both() -> None:
    assert decode_address("https://[::1]").host_and_port == "[::1]:443"


def test_a_target_goes_below_the_path_and_keeps_the_query() -> None:
    assert decode_address("http://h/v1").target("/models") == "/v1/models"
    assert decode_address("http://h/v1?api-version=2").target("/models") == "/v1/models?api-version=2"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "api.openai.com",
        "ftp://h",
        "http://",
        "http://h:0",
        "http://h:99999",
        "http://h:x",
        "http://h/a b",
        "http://h/a\r\nx: y",
        "http://h/ä",
        "http://h/#f",
        "http://h#",
        "http://a..b",
        "http://" + "a" * 254,
        "http://[::1",
        "http://h|x/",
    ],
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(SettingsError):
        decode_address(url)


@pytest.mark.parametrize("url", ["http://me:hunter2@h:x", "http://me:hunter2"])
def test_a_refusal_does_not_repeat_the_password(url: str) -> None:
    with pytest.raises(SettingsError) as caught:
        decode_address(url)
    assert "hunter2" not in str(caught.value)
