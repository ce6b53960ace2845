"""Small requests beside completions that go to an upstream of the same dialect as they are: counting tokens.

Nothing is translated: where the model's upstream does not speak the dialect, the request is refused.
"""

from __future__ import annotations

import msgspec

from sluiceway.dialects.base import Dialect
from sluiceway.errors import RequestError, SluicewayError
from sluiceway.server.asgi import ClientGone, Receive, Scope, Send, read_body, send_whole
from sluiceway.server.respond import send_error
from sluiceway.server.service import Service

__all__ = ["Forward"]


class _Named(msgspec.Struct):
    model: str


_NAMED = msgspec.json.Decoder(_Named)


class Forward:
    """One such path: an ASGI callable for ``POST``.

    Args:
        service: what all requests share.
        dialect: the reader's, which is served.
        path: below the upstream's base URL.
    """

    def __init__(self, service: Service, dialect: Dialect, path: str) -> None:
        assert dialect.reader is not None
        self._service = service
        self._name = dialect.name
        self._side = dialect.reader
        self._path = path

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
        try:
            model = _NAMED.decode(body).model
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise RequestError("the body is not a JSON object that names a model", field="model") from None
        return await service.routing.choose(model).forward(self._name, self._path, body)
