"""The grammar of a streaming message, as its readers rely on it.

::

    stream := message_start (block events) message_delta+ message_stop | … error
    block  := content_block_start(i) content_block_delta(i)* content_block_stop(i)    i = 0, 1, 2, … in their order

Blocks may run side by side. ``ping`` stands anywhere, and ``error`` ends everything wherever it stands.
"""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["check_messages_grammar"]

_DELTA_OF = {
    "text": {"text_delta", "citations_delta"},
    "thinking": {"thinking_delta", "signature_delta"},
    "tool_use": {"input_json_delta"},
}


def check_messages_grammar(payloads: Iterable[dict[str, object]]) -> None:
    """Raise AssertionError unless the payloads are one whole stream."""
    state = "idle"
    opened: dict[object, str] = {}
    blocks = 0
    for payload in payloads:
        kind, index = payload["type"], payload.get("index")
        assert state != "over", f"{kind} after the end"
        match kind:
            case "ping":
                pass
            case "error":
                check_error(payload)
                state = "over"
            case "message_start":
                assert state == "idle"
                check_start(payload)
                state = "content"
            case "content_block_start":
                assert (state, index) == ("content", blocks)
                block = payload["content_block"]
                assert isinstance(block, dict)
                opened[index] = block["type"]
                blocks += 1
            case "content_block_delta":
                delta = payload["delta"]
                assert isinstance(delta, dict)
                assert delta["type"] in _DELTA_OF[opened[index]]
            case "content_block_stop":
                del opened[index]
            case "message_delta":
                assert state in {"content", "ending"}
                assert not opened
                check_end(payload)
                state = "ending"
            case "message_stop":
                assert state == "ending"
                state = "over"
            case _:
                raise AssertionError(kind)
    assert state == "over"


def check_start(payload: dict[str, object]) -> None:
    """Check what clients read of a start."""
    message = payload["message"]
    assert isinstance(message, dict)
    assert (message["type"], message["role"], message["content"]) == ("message", "assistant", [])
    assert isinstance(message["id"], str)
    assert isinstance(message["model"], str)
    assert all(isinstance(message["usage"][name], int) for name in ("input_tokens", "output_tokens"))


def check_end(payload: dict[str, object]) -> None:
    """Check what clients read of an end."""
    delta, usage = payload["delta"], payload["usage"]
    assert isinstance(delta, dict)
    assert isinstance(usage, dict)
    assert isinstance(delta["stop_reason"], str)
    assert isinstance(usage["output_tokens"], int)


def check_error(payload: dict[str, object]) -> None:
    """Check what clients read of an error."""
    error = payload["error"]
    assert isinstance(error, dict)
    assert isinstance(error["type"], str)
    assert isinstance(error["message"], str)
