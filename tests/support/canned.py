"""An HTTP client for official SDKs, whose every request is answered with the body at hand."""

from __future__ import annotations

from typing import Any, cast

import httpx
import openai

from sluiceway.dialects.base import Framing

__all__ = ["CannedHttp"]


class CannedHttp:
    """Answers every request in the same way, without a network.

    Attributes:
        client: the client to hand to an SDK.
    """

    def __init__(self) -> None:
        self.client = httpx.Client(transport=httpx.MockTransport(self._answer), verify=False)
        self._body = b""
        self._framing = Framing.SSE

    def set(self, body: bytes, framing: Framing = Framing.SSE) -> None:
        """Take the body of the answers to come."""
        self._body, self._framing = body, framing

    def openai(self) -> openai.OpenAI:
        """Return OpenAI's client, whose requests are answered here."""
        return openai.OpenAI(api_key="k", base_url="http://x/v1", http_client=cast("Any", self.client))

    def close(self) -> None:
        """Close the client."""
        self.client.close()

    def _answer(self, _request: object) -> httpx.Response:
        return httpx.Response(200, content=self._body, headers={"content-type": self._framing.value})
