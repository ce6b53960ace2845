"""An HTTP/2 client for tests: several streams on one connection, each of which can be reset.

It starts with prior knowledge, or over TLS when a context is given. Source: RFC 9113.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from types import MappingProxyType

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import ConnectionTerminated, DataReceived, Event, ResponseReceived, StreamEnded, StreamReset

__all__ = ["H2Client", "H2Stream", "h2_connected"]

NO_HEADERS: Mapping[str, str] = MappingProxyType({})
_TIMEOUT_S = 20.0
_READ_BYTES = 64 * 1024


class H2Stream:
    """One exchange.

    Attributes:
        id: HTTP/2's number of it.
        headers: of the response, ``:status`` among them.
        body: what has come of it.
        is_ended: whether the server has ended it.
        reset_code: why the server reset it, or None.
    """

    def __init__(self, number: int) -> None:
        self.id = number
        self.headers: dict[str, str] = {}
        self.body = b""
        self.is_ended = False
        self.reset_code: int | None = None


class H2Client:
    """One connection.

    Attributes:
        is_over: whether the server has ended the connection.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._h2 = H2Connection(H2Configuration(client_side=True, header_encoding="utf-8"))
        self._h2.initiate_connection()
        self._bytes = b""
        self._streams: dict[int, H2Stream] = {}
        self.is_over = False
        self._flush()

    def post(self, path: str, body: bytes, headers: Mapping[str, str] = NO_HEADERS) -> H2Stream:
        """Send a request; names of headers in lower case."""
        stream = self._begin("POST", path, {"content-type": "application/json", **headers})
        self._h2.send_data(stream.id, body, end_stream=True)
        self._flush()
        return stream

    def get(self, path: str, headers: Mapping[str, str] = NO_HEADERS) -> H2Stream:
        """Send a request without a body."""
        stream = self._begin("GET", path, headers)
        self._h2.end_stream(stream.id)
        self._flush()
        return stream

    def _begin(self, method: str, path: str, headers: Mapping[str, str]) -> H2Stream:
        fields = {":method": method, ":scheme": "http", ":authority": "localhost", ":path": path, **headers}
        stream = H2Stream(self._h2.get_next_available_stream_id())
        self._streams[stream.id] = stream
        self._h2.send_headers(stream.id, list(fields.items()))
        return stream

    def reset(self, stream: H2Stream) -> None:
        """Cancel one stream; the connection lives on."""
        self._h2.reset_stream(stream.id, ErrorCodes.CANCEL)
        self._flush()

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Read until something is so.

        Raises:
            EOFError: the server closed first.
        """
        async with asyncio.timeout(_TIMEOUT_S):
            while not is_so():
                data = await self._reader.read(_READ_BYTES)
                if not data:
                    raise EOFError
                self._receive(data)
                self._flush()

    def _receive(self, data: bytes) -> None:
        """Take frame by frame: for h2 nothing follows a GOAWAY, and it drops what came before in the same bytes."""
        self._bytes += data
        while len(self._bytes) >= 9 and not self.is_over:
            size = 9 + int.from_bytes(self._bytes[:3], "big")
            if len(self._bytes) < size:
                return
            frame, self._bytes = self._bytes[:size], self._bytes[size:]
            for event in self._h2.receive_data(frame):
                self._take(event)

    def _take(self, event: Event) -> None:
        if isinstance(event, ConnectionTerminated):
            self.is_over = True
        stream = self._streams.get(getattr(event, "stream_id", None) or 0)
        if stream is None:
            return
        if isinstance(event, ResponseReceived):
            stream.headers = dict(event.headers)  # type: ignore[arg-type]  # text, as header_encoding says
        elif isinstance(event, DataReceived):
            stream.body += event.data
            self._h2.acknowledge_received_data(event.flow_controlled_length, stream.id)
        elif isinstance(event, StreamEnded):
            stream.is_ended = True
        elif isinstance(event, StreamReset):
            stream.reset_code = event.error_code

    def _flush(self) -> None:
        self._writer.write(self._h2.data_to_send())


@asynccontextmanager
async def h2_connected(port: int, tls: ssl.SSLContext | None = None) -> AsyncIterator[H2Client]:
    """Connect to a port of 127.0.0.1; the connection is closed when the block ends."""
    name = "localhost" if tls else None
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=tls, server_hostname=name)
    try:
        yield H2Client(reader, writer)
    finally:
        writer.transport.abort()
        await asyncio.wait([asyncio.ensure_future(writer.wait_closed())])
