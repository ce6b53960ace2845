import pytest

from sluiceway.engines.address import decode_address
from sluiceway.engines.proxy import (
    MAX_TUNNEL_ANSWER_BYTES,
    bypasses_proxy,
    choose_proxy,
    encode_connect,
    proxy_authorization,
    read_tunnel_answer,
)
from sluiceway.engines.secret import Secret
from sluiceway.errors import EngineUnavailable, SettingsError

_HTTPS = decode_address("https://api.test")
_HTTP = decode_address("http://api.test")


def test_each_scheme_has_its_own_variable() -> None:
    environ = {"HTTPS_PROXY": "http://p1:1", "HTTP_PROXY": "http://p2:2"}
    assert choose_proxy(_HTTPS, None, environ) == decode_address("http://p1:1")
    assert choose_proxy(_HTTP, None, environ) == decode_address("http://p2:2")


def test_the_lower_case_variable_wins() -> None:
    environ = {"HTTPS_PROXY": "http://upper", "https_proxy": "http://lower"}
    assert choose_proxy(_HTTPS, None, environ) == decode_address("http://lower")


def test_a_proxy_may_be_written_without_a_scheme() -> None:
    assert choose_proxy(_HTTPS, None, {"https_proxy": "p:3128"}) == decode_address("http://p:3128")


def test_without_variables_there_is_no_proxy() -> None:
    assert choose_proxy(_HTTPS, None, {}) is None


def test_the_setting_wins_over_the_environment_also_for_this_machine() -> None:
    local = decode_address("http://127.0.0.1:1")
    assert choose_proxy(local, Secret("http://p:2"), {"no_proxy": "*"}) == decode_address("http://p:2")


def test_an_empty_setting_goes_direct() -> None:
    assert choose_proxy(_HTTPS, Secret(""), {"https_proxy": "http://p"}) is None


def test_no_proxy_beats_the_proxy_s_variable() -> None:
    assert choose_proxy(_HTTPS, None, {"https_proxy": "http://p", "NO_PROXY": "api.test"}) is None


@pytest.mark.parametrize("url", ["http://p/path", "socks5://p", "http://p?q"])
def test_a_proxy_that_cannot_be_one_is_refused(url: str) -> None:
    with pytest.raises(SettingsError):
        choose_proxy(_HTTPS, Secret(url), {})


@pytest.mark.parametrize("host", ["localhost", "a.localhost", "127.0.0.1", "127.1.2.3", "[::1]"])
def test_this_machine_is_always_reached_directly(host: str) -> None:
    assert bypasses_proxy(decode_address(f"http://{host}:9100"), "")


@pytest.mark.parametrize(
    ("no_proxy", "url"),
    [
        ("*", "http://any.test"),
        ("example.com", "http://example.com"),
        ("example.com", "http://a.example.com"),
        (".example.com", "http://a.example.com"),
        ("*.example.com", "http://a.example.com"),
        ("other, ,EXAMPLE.com", "http://Example.COM"),
        ("example.com", "http://example.com."),
        ("example.com:8080", "http://example.com:8080"),
        ("10.0.0.0/8", "http://10.1.2.3"),
        ("10.1.2.3:80", "http://10.1.2.3"),
        ("[fd00::1]:80", "http://[fd00::1]"),
        ("fd00::/8", "http://[fd00::1]"),
    ],
)
def test_an_entry_of_no_proxy_names_hosts(no_proxy: str, url: str) -> None:
    assert bypasses_proxy(decode_address(url), no_proxy)


@pytest.mark.parametrize(
    ("no_proxy", "url"),
    [
        ("", "http://example.com"),
        ("example.com", "http://badexample.com"),
        ("example.com:8080", "http://example.com"),
        ("10.0.0.0/8", "http://11.1.2.3"),
        ("example.com", "http://10.1.2.3"),
        ("10.0.0.0/8", "http://example.com"),
    ],
)
def test_other_hosts_take_the_proxy(no_proxy: str, url: str) -> None:
    assert not bypasses_proxy(decode_address(url), no_proxy)


def test_user_and_password_become_basic_authorization() -> None:
    assert proxy_authorization(decode_address("http://me:pw@p")) == [("Proxy-Authorization", "Basic bWU6cHc=")]
    assert proxy_authorization(decode_address("http://p")) == []


def test_a_tunnel_is_asked_for_by_host_and_port() -> None:
    message = encode_connect(_HTTPS, decode_address("http://me:pw@p"))
    assert message == (
        b"CONNECT api.test:443 HTTP/1.1\r\nHost: api.test:443\r\nProxy-Authorization: Basic bWU6cHc=\r\n\r\n"
    )


def test_a_tunnel_opens_with_any_2xx_once_its_head_is_whole() -> None:
    answer = b"HTTP/1.1 200 Connection established\r\nVia: p\r\n\r\n"
    assert [read_tunnel_answer(answer[:cut]) for cut in (0, 10, len(answer) - 1, len(answer))] == [False] * 3 + [True]


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "status 407"),
        (b"SSH-2.0\r\n\r\n", "does not speak HTTP"),
        (b"HTTP/1.1 200 OK\r\n\r\nextra", "bytes of its own"),
        (b"x" * (MAX_TUNNEL_ANSWER_BYTES + 1), "too long"),
    ],
)
def test_a_proxy_that_does_not_open_the_tunnel_is_an_unavailable_engine(answer: bytes, why: str) -> None:
    with pytest.raises(EngineUnavailable, match=why):
        read_tunnel_answer(answer)
