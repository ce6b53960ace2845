"""What a UI message stream may say, as the AI SDK's client checks it: closed shapes, and every delta has its start.

A client that meets anything else gives the whole answer up. `read_ui` does what the client does besides: it gathers
the parts of the message.
"""

from __future__ import annotations

import json
from typing import Any

from sluiceway.wire.sse import SSEDecoder

__all__ = ["check_ui", "read_ui", "ui_payloads"]

# Type → fields that must be there, fields that may.
_SHAPES: dict[str, tuple[set[str], set[str]]] = {
    "start": (set(), {"messageId", "messageMetadata"}),
    "start-step": (set(), set()),
    "text-start": ({"id"}, {"providerMetadata"}),
    "text-delta": ({"id", "delta"}, {"providerMetadata"}),
    "text-end": ({"id"}, {"providerMetadata"}),
    "reasoning-start": ({"id"}, {"providerMetadata"}),
    "reasoning-delta": ({"id", "delta"}, {"providerMetadata"}),
    "reasoning-end": ({"id"}, {"providerMetadata"}),
    "tool-input-start": ({"toolCallId", "toolName"}, set()),
    "tool-input-delta": ({"toolCallId", "inputTextDelta"}, set()),
    "tool-input-available": ({"toolCallId", "toolName", "input"}, set()),
    "tool-input-error": ({"toolCallId", "toolName", "input", "errorText"}, set()),
    "message-metadata": ({"messageMetadata"}, set()),
    "finish-step": (set(), set()),
    "finish": (set(), {"finishReason", "messageMetadata"}),
    "error": ({"errorText"}, set()),
    "abort": (set(), {"reason"}),
}
_FREE = {"input", "messageMetadata", "providerMetadata"}
_REASONS = {"stop", "length", "content-filter", "tool-calls", "error", "other"}


def ui_payloads(body: bytes) -> list[Any]:
    """Return the payloads of a stream as values; its last must be the mark at the end, which is left out."""
    decoder = SSEDecoder()
    events = decoder.feed(body) + decoder.close()
    assert b"".join(event.raw for event in events) == body
    *payloads, done = [event.data for event in events]
    assert done == b"[DONE]"
    return [json.loads(payload) for payload in payloads]


def check_ui(body: bytes) -> list[Any]:
    """Check a whole stream and return its payloads."""
    parts = ui_payloads(body)
    for part in parts:
        _check_shape(part)
    kinds = [part["type"] for part in parts]
    assert kinds[:2] == ["start", "start-step"]
    assert kinds.count("start") == kinds.count("start-step") == 1
    if "abort" in kinds:
        assert kinds[-1] == "abort"
        assert not {"finish", "finish-step", "error"} & {*kinds}
    else:
        assert kinds[-2:] == ["finish-step", "finish"]
        assert kinds.count("finish") == kinds.count("finish-step") == 1
        assert (parts[-1]["finishReason"] == "error") is ("error" in kinds)
    if "error" in kinds:
        assert kinds.index("error") == len(kinds) - 3
    read_ui(parts)
    return parts


def _check_shape(part: dict[str, Any]) -> None:
    needed, allowed = _SHAPES[part["type"]]
    fields = part.keys() - {"type"}
    assert needed <= fields <= needed | allowed, part
    assert all(isinstance(part[name], str) for name in fields - _FREE)
    assert part.get("finishReason", "stop") in _REASONS
    for record in part.get("providerMetadata", {}).values():
        assert isinstance(record, dict)


def read_ui(parts: list[Any]) -> list[Any]:
    """Gather the parts of the message as the client does; it stops at an error.

    Raises:
        AssertionError: a delta or an end has no start.
    """
    message: list[Any] = []
    open_parts: dict[tuple[str, str], Any] = {}
    calls: dict[str, Any] = {}
    for part in parts:
        kind, _, step = part["type"].partition("-")
        if kind == "error":
            break
        if kind in {"text", "reasoning"}:
            _read_text(kind, step, part, open_parts, message)
        elif kind == "tool":
            _read_tool(step, part, calls, message)
    return message


def _read_text(kind: str, step: str, part: Any, open_parts: dict[tuple[str, str], Any], message: list[Any]) -> None:
    key = (kind, part["id"])
    if step == "start":
        assert key not in open_parts
        open_parts[key] = {"type": kind, "text": "", "state": "streaming"}
        message.append(open_parts[key])
        return
    found = open_parts[key]
    if step == "delta":
        found["text"] += part["delta"]
        return
    found["state"] = "done"
    if "providerMetadata" in part:
        found["providerMetadata"] = part["providerMetadata"]
    del open_parts[key]


def _read_tool(step: str, part: Any, calls: dict[str, Any], message: list[Any]) -> None:
    call_id = part["toolCallId"]
    if step == "input-start":
        assert call_id not in calls
        calls[call_id] = {"type": f"tool-{part['toolName']}", "toolCallId": call_id, "text": ""}
        message.append(calls[call_id])
    elif step == "input-delta":
        calls[call_id]["text"] += part["inputTextDelta"]
    elif step == "input-available":
        calls[call_id] |= {"state": "input-available", "input": part["input"]}
    else:
        calls[call_id] |= {"state": "output-error", "rawInput": part["input"], "errorText": part["errorText"]}
