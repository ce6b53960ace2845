"""Small requests beside completions that go to an upstream of the same dialect as they are, such as counting tokens.

Nothing is translated: where the model's upstream does not speak the dialect, the dialect itself has an answer, or the
request is refused.
"""

from __future__ import annotations

from sluiceway.dialects.base import Dialect, Forwarded
from sluiceway.errors import SluicewayError
from sluiceway.server.asgi import ClientGone, Receive, Scope, Send, read_body, send_whole
from sluiceway.server.respond import send_error
from sluiceway.server.service import Service

__all__ = ["Forward"]


class Forward:
    """One such path: an ASGI callable for ``POST``.

    Args:
        service: what all requests share.
        dialect: the reader's, which is served.
        forwarded: what becomes of its requests.
    """

    def __init__(self, service: Service, dialect: Dialect, forwarded: Forwarded) -> None:
        assert dialect.reader is not None
        self._service = service
        self._name = dialect.name
        self._side = dialect.reader
        self._forwarded = forwarded

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            status, answer = await self._forward(scope, receive)
        except ClientGone:
            return
        except SluicewayError as error:
            await send_error(send, error, self._side)
            return
        await send_whole(send, status, answer)

    async def _forward(self, scope: Scope, receive: Receive) -> tuple[int, bytes]:
        service = self._service
        await service.open()
        body = await read_body(scope, receive, service.settings.max_body_bytes)
        forwarded = self._forwarded
        model = forwarded.model_of(body)
        engine = service.routing.choose(model)
        if forwarded.answer is None or engine.capabilities.dialect == self._name:
            return await engine.forward(self._name, forwarded.path, body)
        engine = await service.routing.find(model)
        return 200, forwarded.answer(engine.capabilities)
