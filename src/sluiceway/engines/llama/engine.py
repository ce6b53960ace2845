"""The embedded engine: an upstream that happens to be our own child process."""

from __future__ import annotations

from sluiceway.dialects.openai_chat import OPENAI_CHAT
from sluiceway.engine import Call, Capabilities, Sink
from sluiceway.engines.llama.address import LlamaAddress
from sluiceway.engines.llama.call_frames import call_sink
from sluiceway.engines.llama.dialect import llama_dialect, streaming
from sluiceway.engines.llama.options import LlamaOptions, model_name
from sluiceway.engines.llama.supervisor import LlamaSupervisor
from sluiceway.engines.options import UpstreamOptions
from sluiceway.engines.secret import Secret
from sluiceway.engines.upstream import UpstreamEngine
from sluiceway.errors import EngineUnavailable, LocalProtocolError
from sluiceway.request import Request

__all__ = ["LlamaEngine"]


class LlamaEngine:
    """A `sluiceway.engine.Engine` over llama.cpp.

    Args:
        options: which model, and how it runs.
        address: a server that another process supervises; None starts and owns one.

    Raises:
        SettingsError: it is to own one, and the model or llama.cpp itself is not there.
    """

    def __init__(self, options: LlamaOptions, address: LlamaAddress | None = None) -> None:
        self.name = options.name
        assert OPENAI_CHAT.upstream is not None
        self.capabilities = Capabilities(OPENAI_CHAT.name, OPENAI_CHAT.upstream.rules, is_local=True)
        self._options = options
        self._address = address
        self._supervisor = LlamaSupervisor(options) if address is None else None
        self._upstream: UpstreamEngine | None = None

    @property
    def supervisor(self) -> LlamaSupervisor | None:
        """The owner of the child, when this engine is."""
        return self._supervisor

    def start(self, request: Request, sink: Sink) -> Call:
        """Begin one answer, always as a stream; see `sluiceway.engines.llama.dialect` for why.

        Raises:
            RequestError: llama.cpp's dialect cannot express the request.
        """
        if self._upstream is None:
            raise LocalProtocolError("the engine is not open")
        return self._upstream.start(streaming(request), call_sink(request, sink))

    async def forward(self, _dialect: str, path: str, body: bytes) -> tuple[int, bytes]:
        """Send a small request as it is: llama.cpp's server has paths of several dialects.

        Raises:
            EngineUnavailable: it is not there.
        """
        if self._upstream is None:
            raise EngineUnavailable("the engine is not open")
        return await self._upstream.forward(OPENAI_CHAT.name, path, body)

    async def list_models(self) -> list[str]:
        """Return the one name it serves."""
        return [model_name(self._options)]

    async def is_ready(self) -> bool:
        """Say whether the server answers now."""
        if self._upstream is None or (self._supervisor is not None and not self._supervisor.is_ready):
            return False
        return await self._upstream.is_ready()

    async def open(self) -> None:
        """Start llama.cpp where this engine owns it, and wait until it answers.

        Raises:
            EngineUnavailable: it does not start.
        """
        address = self._address
        if self._supervisor is not None:
            await self._supervisor.open()
            address = self._supervisor.address
        assert address is not None
        self._upstream = UpstreamEngine(_upstream_options(self._options, address), llama_dialect(OPENAI_CHAT))
        await self._upstream.open()

    async def close(self) -> None:
        """End running answers, and llama.cpp where this engine owns it. Idempotent."""
        if self._upstream is not None:
            await self._upstream.close()
            self._upstream = None
        if self._supervisor is not None:
            await self._supervisor.close()


def _upstream_options(options: LlamaOptions, address: LlamaAddress) -> UpstreamOptions:
    return UpstreamOptions(
        name=options.name,
        base_url=address.base_url,
        api_key=address.api_key,
        models=(model_name(options),),
        first_token_timeout_s=options.first_token_timeout_s,
        idle_timeout_s=options.idle_timeout_s,
        # llama.cpp closes a connection that was idle for 5 s; it is not to be found closed first
        idle_connection_s=4.0,
        proxy=Secret(),
    )
