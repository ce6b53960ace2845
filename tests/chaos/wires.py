"""One exchange over HTTP/1.1 or HTTP/2, without a socket: bytes in, body out, so that it can be cut at any byte."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import DataReceived, ResponseReceived, StreamEnded, StreamReset
from h2.settings import SettingCodes

__all__ = ["Http1Wire", "Http2Wire", "Wire"]


class Wire(Protocol):
    """One exchange.

    Attributes:
        status: the response's; 0 as long as it is not known.
        headers: of the response, names in lower case.
        is_over: whether the response has ended in good order.
    """

    status: int
    headers: dict[str, str]
    is_over: bool

    def ask(self, method: str, path: str, fields: Mapping[str, str], body: bytes = b"") -> bytes:
        """Return the request's bytes."""
        ...

    def feed(self, data: bytes) -> bytes:
        """Take bytes, and return what they add to the response's body."""
        ...

    def owed(self) -> bytes:
        """Return what is to be sent now."""
        ...

    def leave(self) -> bytes:
        """Return what says that the rest is not wanted; empty where that is said by closing."""
        ...


class Http1Wire:
    """HTTP/1.1, a connection each. See `Wire`."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.is_over = False
        self._waiting = b""
        self._left_bytes = 0
        self._is_chunked = False

    def ask(self, method: str, path: str, fields: Mapping[str, str], body: bytes = b"") -> bytes:
        """Return the request's bytes."""
        lines = [f"{method} {path} HTTP/1.1", "Host: x", "Connection: close"]
        lines += [f"{name}: {value}" for name, value in fields.items()]
        if body:
            lines.append(f"Content-Length: {len(body)}")
        return "\r\n".join([*lines, "", ""]).encode() + body

    def feed(self, data: bytes) -> bytes:
        """Take bytes, and return what they add to the response's body."""
        self._waiting += data
        if not self.status and not self._read_head():
            return b""
        return self._read_chunks() if self._is_chunked else self._read_sized()

    def owed(self) -> bytes:
        """Return nothing."""
        return b""

    def leave(self) -> bytes:
        """Return nothing: who leaves closes."""
        return b""

    def _read_head(self) -> bool:
        head, end, rest = self._waiting.partition(b"\r\n\r\n")
        if not end:
            return False
        first, *lines = head.decode("latin-1").split("\r\n")
        self.status = int(first.split(" ")[1])
        pairs = (line.partition(": ") for line in lines)
        self.headers = {name.lower(): value for name, _, value in pairs}
        self._is_chunked = self.headers.get("transfer-encoding") == "chunked"
        self._left_bytes = int(self.headers.get("content-length", "0"))
        self._waiting = rest
        return True

    def _read_sized(self) -> bytes:
        body, self._waiting = self._waiting, b""
        self._left_bytes -= len(body)
        self.is_over = self._left_bytes <= 0
        return body

    def _read_chunks(self) -> bytes:
        pieces: list[bytes] = []
        while not self.is_over:
            if self._left_bytes:
                piece = self._waiting[: self._left_bytes]
                self._waiting = self._waiting[len(piece) :]
                self._left_bytes -= len(piece)
                pieces.append(piece[: len(piece) - max(0, 2 - self._left_bytes)])
                if self._left_bytes:
                    break
            line, end, rest = self._waiting.partition(b"\r\n")
            if not end or (line == b"0" and len(rest) < 2):
                break
            self._waiting = rest
            self.is_over = line == b"0"
            self._left_bytes = int(line, 16) + 2
        return b"".join(pieces)


class Http2Wire:
    """HTTP/2 with prior knowledge, a connection each. See `Wire`.

    Args:
        window_bytes: how much of a body is taken before more is asked for; with 0 nothing ever.
    """

    def __init__(self, window_bytes: int = 65_535) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.is_over = False
        self._h2 = H2Connection(H2Configuration(client_side=True, header_encoding="utf-8"))
        self._h2.initiate_connection()
        self._h2.update_settings({SettingCodes.INITIAL_WINDOW_SIZE: window_bytes, SettingCodes.ENABLE_PUSH: 0})

    def ask(self, method: str, path: str, fields: Mapping[str, str], body: bytes = b"") -> bytes:
        """Return the request's bytes."""
        head = {":method": method, ":scheme": "http", ":authority": "x", ":path": path}
        pairs = [*head.items(), *((name.lower(), value) for name, value in fields.items())]
        self._h2.send_headers(1, pairs, end_stream=not body)
        if body:
            self._h2.send_data(1, body, end_stream=True)
        return self._h2.data_to_send()

    def feed(self, data: bytes) -> bytes:
        """Take bytes, and return what they add to the response's body."""
        pieces: list[bytes] = []
        for event in self._h2.receive_data(data):
            if isinstance(event, ResponseReceived):
                self.headers = dict(event.headers)  # type: ignore[arg-type]  # text, as header_encoding says
                self.status = int(self.headers[":status"])
            elif isinstance(event, DataReceived):
                pieces.append(event.data)
                self._h2.acknowledge_received_data(event.flow_controlled_length, 1)
            elif isinstance(event, StreamEnded):
                self.is_over = True
            elif isinstance(event, StreamReset):
                raise ConnectionResetError
        return b"".join(pieces)

    def owed(self) -> bytes:
        """Return what is to be sent now: acknowledgements."""
        return self._h2.data_to_send()

    def leave(self) -> bytes:
        """Return the reset of the stream."""
        self._h2.reset_stream(1, ErrorCodes.CANCEL)
        return self._h2.data_to_send()
