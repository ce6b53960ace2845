"""A reader that is cut off at any byte, comes back with the id of the last whole event it has, and is checked."""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import time

import msgspec

from chaos.upstream import tokens_of

__all__ = ["Reading", "Verdict", "judge"]

_RETRY_S = 0.1
_READ_S = 30.0


class Verdict(msgspec.Struct):
    """What became of one reader's answer.

    Attributes:
        lost: tokens it never got.
        doubled: tokens it got again.
        reordered: tokens that came before an earlier one.
        endings: how many terminal events it got.
        error: the code of the error it ended with; empty for none.
    """

    lost: int = 0
    doubled: int = 0
    reordered: int = 0
    endings: int = 0
    error: str = ""


class Reading:
    """One reader of one answer.

    Args:
        port: where the proxy listens.
        model: what the upstream is asked for.
        dice: where it is cut.
        cuts: how often.

    Attributes:
        stream_id: the answer's, once it is known.
        events: the payloads it has.
        statuses: every status but 200 that it was answered with.
        came_back_s: how long each return took until the first byte.
        got_at: when each event came (monotonic seconds).
    """

    def __init__(self, port: int, model: str, dice: random.Random, cuts: int = 0) -> None:
        self.port = port
        self.stream_id = ""
        self.events: list[str] = []
        self.statuses: list[int] = []
        self.came_back_s: list[float] = []
        self.got_at: list[float] = []
        self.begun = asyncio.Event()
        self._model = model
        self._dice = dice
        self._cuts = cuts
        self._last_id = ""
        self._is_over = False

    async def read(self, within_s: float = 60.0) -> Verdict:
        """Read the answer to its end, and return the verdict."""
        async with asyncio.timeout(within_s):
            while not self._is_over:
                limit = self._dice.randint(0, 9000) if self._cuts > 0 else 1 << 40
                self._cuts -= 1
                try:
                    await self._connect(limit)
                except (OSError, asyncio.IncompleteReadError, TimeoutError, ValueError):
                    await asyncio.sleep(_RETRY_S)
        return judge(self.events, int(self._model.split(":")[1]))

    def _request(self) -> bytes:
        if self.stream_id:
            place = f"Last-Event-ID: {self._last_id}\r\n" if self._last_id else ""
            return (
                f"GET /v1/streams/{self.stream_id} HTTP/1.1\r\nHost: x\r\n{place}Connection: close\r\n\r\n".encode()
            )
        message = {"role": "user", "content": "Hi"}
        body = json.dumps({"model": self._model, "stream": True, "messages": [message]}).encode()
        head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nSluiceway-Resume: on\r\nContent-Length: {len(body)}"
        return head.encode() + b"\r\nConnection: close\r\n\r\n" + body

    async def _connect(self, limit_bytes: int) -> None:
        started_at = time.monotonic()
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, limit=1 << 20)
        try:
            writer.write(self._request())
            head = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), _READ_S)).decode("latin-1").lower()
            status = int(head.split(" ", 2)[1])
            if status != 200:
                self.statuses.append(status)
                raise ConnectionResetError
            if self.stream_id:
                self.came_back_s.append(time.monotonic() - started_at)
            self.stream_id = head.split("sluiceway-stream-id: ")[1].split("\r\n")[0]
            self.begun.set()
            await self._take(reader, limit_bytes)
        finally:
            writer.transport.abort()

    async def _take(self, reader: asyncio.StreamReader, limit_bytes: int) -> None:
        waiting, taken_bytes = b"", 0
        while taken_bytes < limit_bytes:
            size = int(await asyncio.wait_for(reader.readuntil(b"\r\n"), _READ_S), 16)
            data = (await asyncio.wait_for(reader.readexactly(size + 2), _READ_S))[:-2]
            if not size:
                self._is_over = self._is_over or not self.events or self.events[-1] == "[DONE]"
                return
            waiting += data[: limit_bytes - taken_bytes]
            taken_bytes += size
            *whole, waiting = waiting.split(b"\n\n")
            for event in whole:
                self._hear(event.decode())

    def _hear(self, event: str) -> None:
        lines = event.split("\n")
        data = [line[6:] for line in lines if line.startswith("data: ")]
        if not data:
            return
        self.events += data
        self.got_at.append(time.monotonic())
        self._last_id = next((line[4:] for line in lines if line.startswith("id: ")), self._last_id)
        self._is_over = self._is_over or data[-1] == "[DONE]"


def judge(events: list[str], count: int) -> Verdict:
    """Compare what a reader has with what the upstream says."""
    wanted = {token: number for number, token in enumerate(tokens_of(count))}
    verdict = Verdict()
    seen: list[int] = []
    errors = 0
    for event in events:
        if event == "[DONE]":
            verdict.endings += 1
            continue
        record = json.loads(event)
        if "error" in record:
            errors += 1
            verdict.error = str(record["error"].get("code") or record["error"].get("type"))
        for choice in record.get("choices", ()):
            content = choice["delta"].get("content")
            if content:
                seen.append(wanted[content])
    # The dialect's error is followed by its end mark: the two are one ending.
    verdict.endings = max(verdict.endings, errors)
    verdict.doubled = len(seen) - len(set(seen))
    verdict.reordered = sum(later < earlier for earlier, later in itertools.pairwise(seen))
    # An answer that ended in an error owes no more than it had.
    last = count if not verdict.error else max(seen, default=-1) + 1
    verdict.lost = last - len(set(seen))
    return verdict
