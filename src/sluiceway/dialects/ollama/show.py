"""What is told of one model: ``/api/show``, where no Ollama upstream can be asked.

Nothing is known here of a model's file, so its details are empty, and so is ``model_info``. Its capabilities are what
requests for it may ask for: every model that is served completes, and tools are passed on where its engine has words
for them. Whether a model sees images or thinks is not known, and not claimed.

Source: Ollama's API reference, "Show model details" (August 2026); ``api/types.go``, "ShowRequest", "ShowResponse".
"""

from __future__ import annotations

import msgspec

from sluiceway.dialects.ollama.models import UNKNOWN_TIME, Details
from sluiceway.dialects.ollama.request_errors import missing, unreadable
from sluiceway.engine import Capabilities

__all__ = ["encode_show", "shown_model"]


class _Show(msgspec.Struct):
    model: str = ""
    name: str = ""


_SHOW = msgspec.json.Decoder(_Show)


def shown_model(body: bytes) -> str:
    """Return the model that a body asks about; Ollama's own command line and old clients call it ``name``.

    Raises:
        RequestError: it asks about none.
    """
    try:
        shape = _SHOW.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise unreadable(error) from None
    # Sent by the command line as {"model":"","system":"","template":"","verbose":false,"options":null,"name":"m"}
    model = shape.model or shape.name
    if not model:
        raise missing("model")
    return model


def encode_show(capabilities: Capabilities) -> bytes:
    """Return the body that tells of a model whose engine has these capabilities."""
    return msgspec.json.encode(
        {
            "details": Details(),
            "model_info": {},
            "capabilities": ["completion"] if "tools" in capabilities.rules else ["completion", "tools"],
            "modified_at": UNKNOWN_TIME,
        }
    )
