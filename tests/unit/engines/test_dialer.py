import asyncio
import errno
import socket
import ssl
from pathlib import Path

import pytest
import trustme
from support.connectproxy import ConnectProxy
from support.rawserver import READ, STALL, RawServer, chunked, response
from support.upstreams import SSE_HEAD, running
from support.wait import until

from sluiceway.engines.address import decode_address
from sluiceway.engines.dialer import Dialer, Route, _Tunnel, describe_failure
from sluiceway.engines.secret import Secret
from sluiceway.engines.tls import client_context
from sluiceway.engines.transport import HeadLimits, HttpConnection
from sluiceway.errors import EngineUnavailable, UpstreamTimeout


class _Authority:
    """A certificate authority, a server context for one name, and the file that trusts it."""

    def __init__(self, path: Path, name: str) -> None:
        authority = trustme.CA()
        self.file = str(path / "ca.pem")
        authority.cert_pem.write_to_path(self.file)
        self.server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(name).configure_cert(self.server)
        self.names: list[str | None] = []
        self.server.sni_callback = lambda _socket, name, _context: self.names.append(name)


def _connection() -> HttpConnection:
    return HttpConnection(HeadLimits(1024, 10), lambda _connection: None)


async def _error_of(url: str, **settings: object) -> EngineUnavailable:
    async with running(url, **settings) as upstream:
        error = (await upstream.answer()).closings[0]
        assert isinstance(error, EngineUnavailable)
        return error


async def test_tls_is_spoken_with_the_name_of_the_upstream(tmp_path: Path) -> None:
    authority = _Authority(tmp_path, "localhost")
    async with (
        RawServer([READ, response(b"hi"), STALL], tls=authority.server) as server,
        running(server.url, ca_file=authority.file) as upstream,
    ):
        sink = await upstream.answer()
        assert sink.text == "hi"
        assert authority.names == ["localhost"]


async def test_a_call_over_tls_can_be_paused_resumed_and_aborted(tmp_path: Path) -> None:
    authority = _Authority(tmp_path, "localhost")
    line = chunked(b"t " + b"a" * 65533 + b"\n")
    async with (
        RawServer([READ, SSE_HEAD, *[line] * 256, STALL], tls=authority.server) as server,
        running(server.url, ca_file=authority.file) as upstream,
    ):
        sink, call = upstream.ask()
        sink.on_feed = call.pause
        await sink.until(lambda: bool(sink.feeds))
        await asyncio.wait([asyncio.ensure_future(server.connections[0].played.wait())], timeout=0.1)
        assert len(sink.text) < 256 * 65533
        sink.on_feed = lambda: None
        call.resume()
        await sink.until(lambda: len(sink.text) == 256 * 65533)
        call.abort()
        await server.connections[0].closed.wait()
        assert not sink.closings


async def test_a_certificate_for_another_name_is_refused(tmp_path: Path) -> None:
    authority = _Authority(tmp_path, "other.test")
    async with RawServer([STALL], tls=authority.server) as server:
        error = await _error_of(server.url, ca_file=authority.file)
    assert "its certificate is not trusted" in error.message


async def test_a_certificate_of_an_unknown_authority_is_refused(tmp_path: Path) -> None:
    authority = _Authority(tmp_path, "localhost")
    async with RawServer([STALL], tls=authority.server) as server:
        error = await _error_of(server.url)
    assert "its certificate is not trusted" in error.message


async def test_a_server_that_speaks_no_tls_is_unavailable() -> None:
    async with RawServer([b"HTTP/1.1 400 Bad Request\r\n\r\n", STALL]) as server:
        error = await _error_of(f"https://localhost:{server.port}")
    assert "TLS failed" in error.message


async def test_a_name_that_does_not_exist_is_unavailable() -> None:
    error = await _error_of("http://no-such-host.invalid")
    assert error.message == "the upstream cannot be reached: its name cannot be resolved"


async def test_an_https_upstream_is_reached_through_a_tunnel(tmp_path: Path) -> None:
    authority = _Authority(tmp_path, "api.test")
    async with (
        RawServer([READ, response(b"hi"), STALL], tls=authority.server) as server,
        ConnectProxy(server.port) as proxy,
        running(
            "https://api.test/v1", ca_file=authority.file, proxy=Secret(f"http://me:pw@127.0.0.1:{proxy.port}")
        ) as upstream,
    ):
        sink = await upstream.answer()
        assert sink.text == "hi"
        assert authority.names == ["api.test"]
        assert proxy.heads[0].startswith("CONNECT api.test:443 HTTP/1.1\r\n")
        assert "Proxy-Authorization: Basic bWU6cHc=" in proxy.heads[0]
        request = server.requests[0]
        assert request.target == "/v1/complete"
        assert "proxy-authorization" not in request.headers


async def test_the_proxy_itself_may_speak_tls(tmp_path: Path) -> None:
    authority = _Authority(tmp_path, "localhost")
    async with (
        RawServer([READ, response(b"hi"), STALL], tls=authority.server) as server,
        ConnectProxy(server.port, tls=authority.server) as proxy,
        running(server.url, ca_file=authority.file, proxy=Secret(f"https://localhost:{proxy.port}")) as upstream,
    ):
        assert (await upstream.answer()).text == "hi"


async def test_an_http_upstream_is_asked_for_by_its_whole_url() -> None:
    async with (
        RawServer([READ, response(b"hi"), STALL]) as server,
        ConnectProxy(server.port) as proxy,
        running("http://api.test/v1", proxy=Secret(f"http://me:pw@127.0.0.1:{proxy.port}")) as upstream,
    ):
        assert (await upstream.answer()).text == "hi"
        request = server.requests[0]
        assert request.target == "http://api.test/v1/complete"
        assert request.headers["host"] == "api.test"
        assert request.headers["proxy-authorization"] == "Basic bWU6cHc="


@pytest.mark.parametrize(
    ("answer", "words"), [(b"HTTP/1.1 403 No\r\n\r\n", "status 403"), (b"rubbish\r\n\r\nmore", "does not speak HTTP")]
)
async def test_a_proxy_that_refuses_is_an_unavailable_engine(answer: bytes, words: str) -> None:
    async with RawServer([READ, answer[:4], answer[4:], b"more", STALL]) as proxy:
        error = await _error_of("https://api.test", proxy=Secret(proxy.url))
        assert words in error.message
        await proxy.connections[0].closed.wait()


async def test_a_proxy_s_answer_may_come_in_pieces_and_counts_once() -> None:
    tunnel = _Tunnel(asyncio.get_running_loop().create_future())
    tunnel.data_received(b"HTTP/1.1 200 OK\r\n")
    assert not tunnel.opened.done()
    tunnel.data_received(b"\r\n")
    tunnel.data_received(b"late")
    await tunnel.opened


async def test_a_proxy_that_hangs_up_is_an_unavailable_engine() -> None:
    async with RawServer([READ]) as proxy:
        error = await _error_of("https://api.test", proxy=Secret(proxy.url))
    assert error.message == "the proxy closed the connection"


async def test_a_tunnel_to_something_that_speaks_no_tls_is_closed() -> None:
    async with RawServer([READ, b"HTTP/1.1 200 OK\r\n\r\n", STALL]) as proxy:
        async with running("https://api.test", proxy=Secret(proxy.url), connect_timeout_s=0.2) as upstream:
            error = (await upstream.answer()).closings[0]
        assert isinstance(error, UpstreamTimeout)
        assert error.phase == "connect"
        await proxy.connections[0].closed.wait()


async def test_a_proxy_that_does_not_answer_is_a_connect_timeout() -> None:
    async with RawServer([READ, STALL]) as proxy:
        async with running("https://api.test", proxy=Secret(proxy.url), connect_timeout_s=0.05) as upstream:
            error = (await upstream.answer()).closings[0]
        assert isinstance(error, UpstreamTimeout)
        await proxy.connections[0].closed.wait()


async def test_a_cancelled_attempt_leaves_no_socket_open(tmp_path: Path) -> None:
    authority = _Authority(tmp_path, "localhost")
    async with RawServer([STALL]) as server:
        route = Route(decode_address(f"https://localhost:{server.port}"), None, client_context(authority.file))
        attempt = asyncio.ensure_future(Dialer(route, 10).dial(_connection()))
        await until(lambda: bool(server.connections and server.connections[0].received))
        attempt.cancel()
        with pytest.raises(asyncio.CancelledError):
            await attempt
        await server.connections[0].closed.wait()


@pytest.mark.parametrize(
    ("exc", "words"),
    [
        (ConnectionRefusedError(errno.ECONNREFUSED, "Connect call failed ('10.0.0.7', 80)"), "connection refused"),
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), "its name cannot be resolved"),
        (ssl.SSLError(), "TLS failed: the handshake was cut"),
        (OSError("Multiple exceptions: [...]"), "the connection was lost"),
    ],
)
async def test_failures_are_described_without_addresses(exc: OSError, words: str) -> None:
    assert describe_failure(exc) == words
