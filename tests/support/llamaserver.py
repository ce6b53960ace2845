"""Questions to a llama.cpp server that tests started, over HTTP with the tests' own client."""

from __future__ import annotations

import httpx

from sluiceway.engines.llama.address import LlamaAddress

__all__ = ["busy_slots", "status_of"]


async def status_of(address: LlamaAddress, path: str, key: str | None = None) -> int:
    """Return the status of a GET of ``path``, asked with ``key`` or without any."""
    return (await _get(address, path, key)).status_code


async def busy_slots(address: LlamaAddress) -> int:
    """Return how many slots compute something now."""
    slots = (await _get(address, "/slots", address.api_key.reveal())).json()
    return sum(slot["is_processing"] for slot in slots)


async def _get(address: LlamaAddress, path: str, key: str | None) -> httpx.Response:
    headers = {} if key is None else {"Authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(trust_env=False) as client:
        return await client.get(f"http://127.0.0.1:{address.port}{path}", headers=headers)
