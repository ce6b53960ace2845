"""A client whose streams survive: it comes back by itself, to any replica, and tells each token once.

It needs httpx: ``pip install sluiceway[client]``.
"""

from __future__ import annotations

from sluiceway.client.aio import AsyncClient, AsyncStream
from sluiceway.client.retry import Retry
from sluiceway.client.sync import Client, Stream

__all__ = ["AsyncClient", "AsyncStream", "Client", "Retry", "Stream"]
