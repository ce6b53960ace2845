"""Where the child's server is, and the key to it: all that another process needs to use it."""

from __future__ import annotations

import socket

import msgspec

from sluiceway.engines.secret import Secret

__all__ = ["HOST", "LlamaAddress", "reserve_port"]

HOST = "127.0.0.1"


class LlamaAddress(msgspec.Struct, frozen=True):
    """Where a supervised llama.cpp listens. It stays the same over restarts.

    Attributes:
        port: on 127.0.0.1.
        api_key: what every request must carry.
    """

    port: int
    api_key: Secret

    @property
    def base_url(self) -> str:
        """The base URL of its OpenAI-like API."""
        return f"http://{HOST}:{self.port}/v1"


def reserve_port() -> socket.socket:
    """Return a socket that holds a free port without listening on it.

    As long as it is open nobody else is given the port, and no other user can take it, while the child, which runs as
    the same user and sets ``SO_REUSEPORT`` too, can listen on it as often as it is restarted.
    """
    holder = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    holder.bind((HOST, 0))
    return holder
