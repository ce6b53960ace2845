"""OpenAI's two APIs of completions side by side, for what both have in common."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from support import chatchunks, completionchunks

from sluiceway.dialects.base import EncodeOptions, Encoder, UpstreamSide
from sluiceway.dialects.openai_chat.encode import encoder as chat_encoder
from sluiceway.dialects.openai_completions.encode import encoder as completions_encoder

__all__ = ["BOTH", "Api"]


class Api(msgspec.Struct, frozen=True):
    """One of them.

    Attributes:
        name: the dialect's.
        upstream: the dialect, as it is spoken to upstreams.
        encoder: makes its encoders.
        text: a text → the payload of a chunk that says it.
        finish: the payload of a chunk that ends the choice.
        path: where upstreams have it.
    """

    name: str
    upstream: UpstreamSide
    encoder: Callable[[EncodeOptions], Encoder]
    text: Callable[[str], bytes]
    finish: bytes
    path: str

    def __str__(self) -> str:
        """Return its name."""
        return self.name


BOTH = (
    Api(
        "openai_chat",
        chatchunks.UPSTREAM,
        chat_encoder,
        lambda text: chatchunks.chunk({"content": text}),
        chatchunks.chunk(finish="stop"),
        "/chat/completions",
    ),
    Api(
        "openai_completions",
        completionchunks.UPSTREAM,
        completions_encoder,
        lambda text: completionchunks.chunk(completionchunks.choice(text)),
        completionchunks.chunk(completionchunks.choice(finish="stop")),
        "/completions",
    ),
)
