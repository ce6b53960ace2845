"""HTTP/2 with prior knowledge and over TLS, HTTP/1.1 over TLS, and curl."""

from __future__ import annotations

import asyncio
import json
import shutil
import ssl
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
import trustme
from support.chatanswers import FIRST, LAST, STREAM_HEAD, Listen, piece, streamed, unary
from support.h2client import h2_connected
from support.rawclient import chat_body
from support.rawserver import READ, STALL, Wait, chunked
from support.serverprocess import ServerProcess, serving

PATH = "/v1/chat/completions"

CURL = shutil.which("curl")
needs_curl = pytest.mark.skipif(CURL is None, reason="curl is not installed")


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def tls_server(
    authority: trustme.CA, upstream_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[ServerProcess]:
    folder = tmp_path_factory.mktemp("tls")
    issued = authority.issue_cert("localhost", "127.0.0.1")
    certificate, key = folder / "cert.pem", folder / "key.pem"
    certificate.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
    key.write_bytes(issued.private_key_pem.bytes())
    flags = ("--upstream", upstream_url, "--tls-cert", str(certificate), "--tls-key", str(key))
    async with serving(folder, *flags, scheme="https") as process:
        yield process


async def test_a_stream_over_http2_arrives_as_it_comes(server: ServerProcess, upstream: Listen) -> None:
    is_read = asyncio.Event()
    script = [READ, STREAM_HEAD, FIRST, piece("one"), Wait(is_read), piece("two"), LAST]
    async with upstream(script), h2_connected(server.port) as client:
        stream = client.post(PATH, chat_body())
        await client.until(lambda: b"one" in stream.body)
        assert b"two" not in stream.body
        is_read.set()
        await client.until(lambda: stream.is_ended)
    assert stream.headers[":status"] == "200"
    assert stream.headers["content-type"].startswith("text/event-stream")
    assert stream.body.endswith(b"data: [DONE]\n\n")


async def test_many_streams_share_a_connection(server: ServerProcess, upstream: Listen) -> None:
    async with upstream(streamed("one", "two")) as source, h2_connected(server.port) as client:
        streams = [client.post(PATH, chat_body()) for _ in range(20)]
        await client.until(lambda: all(stream.is_ended for stream in streams))
    assert len(source.requests) == 20
    assert all(stream.body.endswith(b"data: [DONE]\n\n") for stream in streams)


async def test_a_stream_over_http2_ends_with_its_error(server: ServerProcess, upstream: Listen) -> None:
    async with upstream([READ, STREAM_HEAD, FIRST, piece("one"), chunked(b"")]), h2_connected(server.port) as client:
        stream = client.post(PATH, chat_body())
        await client.until(lambda: stream.is_ended)
    assert stream.body.count(b'data: {"error":') == 1
    assert stream.body.endswith(b"data: [DONE]\n\n")
    assert stream.reset_code is None


async def test_http2_over_tls_streams(tls_server: ServerProcess, upstream: Listen, tls: ssl.SSLContext) -> None:
    tls.set_alpn_protocols(["h2"])
    async with upstream(streamed("one", "two")), h2_connected(tls_server.port, tls) as client:
        stream = client.post(PATH, chat_body())
        await client.until(lambda: stream.is_ended)
    assert b"two" in stream.body
    assert stream.body.endswith(b"data: [DONE]\n\n")


async def test_a_reset_over_tls_closes_the_upstream(
    tls_server: ServerProcess, upstream: Listen, tls: ssl.SSLContext
) -> None:
    tls.set_alpn_protocols(["h2"])
    script = [READ, STREAM_HEAD, FIRST, piece("one"), STALL]
    async with upstream(script) as source, h2_connected(tls_server.port, tls) as client:
        stream = client.post(PATH, chat_body())
        await client.until(lambda: b"one" in stream.body)
        client.reset(stream)
        async with asyncio.timeout(20):
            await source.connections[0].closed.wait()


async def test_http1_over_tls_streams(tls_server: ServerProcess, upstream: Listen, tls: ssl.SSLContext) -> None:
    async with (
        upstream(streamed("one", "two")),
        httpx.AsyncClient(base_url=f"https://localhost:{tls_server.port}", verify=tls, trust_env=False) as client,
        client.stream("POST", PATH, content=chat_body()) as answer,
    ):
        text = "".join([line async for line in answer.aiter_text()])
    assert answer.http_version == "HTTP/1.1"
    assert text.endswith("data: [DONE]\n\n")


async def test_leaving_over_tls_closes_the_upstream(
    tls_server: ServerProcess, upstream: Listen, tls: ssl.SSLContext
) -> None:
    script = [READ, STREAM_HEAD, FIRST, piece("one"), STALL]
    async with upstream(script) as source:
        async with (
            httpx.AsyncClient(base_url=f"https://localhost:{tls_server.port}", verify=tls, trust_env=False) as client,
            client.stream("POST", PATH, content=chat_body()) as answer,
        ):
            async for text in answer.aiter_text():
                if "one" in text:
                    break
        async with asyncio.timeout(20):
            await source.connections[0].closed.wait()


async def test_a_stranger_to_tls_does_no_harm(
    tls_server: ServerProcess, upstream: Listen, tls: ssl.SSLContext
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", tls_server.port)
    writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    async with asyncio.timeout(20):
        await reader.read()
    writer.close()
    await writer.wait_closed()
    async with upstream(unary("one")), httpx.AsyncClient(verify=tls, trust_env=False) as client:
        answer = await client.post(f"https://localhost:{tls_server.port}{PATH}", content=chat_body(stream=False))
    assert answer.status_code == 200


async def curl(*arguments: str) -> bytes:
    assert CURL is not None
    command = (CURL, "--silent", "--show-error", "--no-buffer", "--max-time", "20", "--noproxy", "*", *arguments)
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=PIPE)
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    return out


@needs_curl
@pytest.mark.parametrize("version", ["--http1.1", "--http1.0", "--http2-prior-knowledge", "--http2"])
async def test_curl_reads_a_stream(server: ServerProcess, upstream: Listen, version: str) -> None:
    async with upstream(streamed("one", "two")):
        out = await curl(version, f"{server.url}{PATH}", "--data", chat_body().decode())
    assert out.count(b"data: ") == 5
    assert out.endswith(b"data: [DONE]\n\n")


@needs_curl
async def test_curl_reads_a_stream_over_tls(
    tls_server: ServerProcess, upstream: Listen, authority: trustme.CA, tmp_path: Path
) -> None:
    trusted = tmp_path / "ca.pem"
    trusted.write_bytes(authority.cert_pem.bytes())
    async with upstream(streamed("one", "two")):
        url = f"https://localhost:{tls_server.port}{PATH}"
        out = await curl("--cacert", str(trusted), "--http2", url, "--data", chat_body().decode())
    assert out.endswith(b"data: [DONE]\n\n")


@needs_curl
async def test_curl_reads_lines(server: ServerProcess, upstream: Listen) -> None:
    async with upstream(streamed("one", "two")):
        out = await curl(
            f"{server.url}{PATH}", "--header", "Accept: application/x-ndjson", "--data", chat_body().decode()
        )
    assert [json.loads(line)["object"] for line in out.splitlines()] == ["chat.completion.chunk"] * 4


@needs_curl
async def test_the_command_that_the_server_prints_works(embedded: ServerProcess) -> None:
    [command] = [line for line in embedded.log.splitlines() if line.startswith("curl -N ")]
    process = await asyncio.create_subprocess_shell(command, stdout=PIPE, stderr=PIPE)
    async with asyncio.timeout(40):
        out, _ = await process.communicate()
    assert out.endswith(b"data: [DONE]\n\n")
