"""Canonical events → the lines of an Ollama stream, without framing.

Theory. A line says a piece and forgets it, so all there is to keep is what has to be said whole: the arguments of a
tool call until its block ends, and what the last line sums up. A call whose arguments are no JSON object cannot be
said. Where the answer was cut on purpose (a token limit, a stop) it is a call that was never made, and is left out;
where the model took it for complete, the answer breaks off with an error.

What this dialect cannot say is listed in `encode`.

Source: Ollama's API reference (August 2026).
"""

from __future__ import annotations

from typing import assert_never

import msgspec

from sluiceway.dialects.base import EncodeOptions
from sluiceway.dialects.ollama.arguments import encode_arguments
from sluiceway.dialects.ollama.ending import encode_ending
from sluiceway.dialects.ollama.errors import encode_stream_error
from sluiceway.dialects.ollama.logprobs import encode_logprobs
from sluiceway.dialects.ollama.shapes import NAME, Form
from sluiceway.dialects.ollama.timestamps import encode_time
from sluiceway.errors import RemoteProtocolError
from sluiceway.events import (
    BlockEnd,
    BlockKind,
    BlockStart,
    ChoiceEnd,
    Event,
    ExtrasDelta,
    ReasoningDelta,
    StreamEnd,
    StreamError,
    StreamStart,
    TextDelta,
    ToolInputDelta,
    UsageReport,
)
from sluiceway.usage import FinishReason, Stop, Usage

__all__ = ["LineWriter", "broken_call", "encode_call", "encode_head", "encode_said", "is_cut"]

_json = msgspec.json.encode

_UNKNOWN_END = ChoiceEnd(0, FinishReason(Stop.OTHER))
_WHOLE = frozenset({Stop.END, Stop.STOP_SEQUENCE, Stop.TOOL_CALL})


class LineWriter:
    """Writes the lines of one stream; it tells the first choice only.

    Args:
        form: the form of the lines.
        options: what to say where the upstream said nothing.
    """

    __slots__ = (
        "_after_text",
        "_before_text",
        "_before_thinking",
        "_broken",
        "_calls",
        "_end",
        "_form",
        "_is_over",
        "_open",
        "_options",
        "_pieces",
        "_start",
        "_usage",
    )

    def __init__(self, form: Form, options: EncodeOptions) -> None:
        self._form = form
        self._options = options
        self._open: dict[int, BlockStart] = {}  # of the first choice
        self._pieces: dict[int, list[str]] = {}  # of the arguments of open calls
        self._calls = 0
        self._broken = ""  # the name of a call that cannot be said
        self._end = _UNKNOWN_END
        self._usage: Usage | None = None
        self._is_over = False
        self._begin(StreamStart())

    def follow(self, event: Event) -> None:
        """Take note of an event that reached the reader in bytes not written here."""
        match event:
            case StreamStart():
                self._begin(event)
            case BlockStart():
                self._block_start(event)
            case ToolInputDelta(block=block, json=json) if block in self._pieces:
                self._pieces[block].append(json)
            case BlockEnd(block=block):
                self._calls += self._pieces.pop(block, None) is not None
                self._open.pop(block, None)
            case ChoiceEnd(choice=0):
                self._end = event
            case UsageReport(usage=usage):
                self._usage = usage
            case StreamEnd() | StreamError():
                self._is_over = True
            case _:
                pass

    def encode(self, events: list[Event]) -> list[bytes]:
        """Return the lines that tell the events, without their line ends."""
        lines: list[bytes] = []
        for event in events:
            if not self._is_over:
                self._encode(event, lines)
        return lines

    def _encode(self, event: Event, lines: list[bytes]) -> None:
        match event:
            case TextDelta():
                self._text(event, lines)
            case ReasoningDelta(block=block, text=text):
                if text and block in self._open:
                    lines.append(self._before_thinking + _json(text) + self._after_text)
            case ExtrasDelta():
                lines += self._extras(event)
            case StreamStart() | ToolInputDelta() | ChoiceEnd() | UsageReport():
                self.follow(event)
            case BlockStart():
                self._block_start(event)
                lines += self._image(event)
            case BlockEnd(block=block):
                lines += self._block_end(block)
            case StreamEnd():
                lines.append(self._last())
                self._is_over = True
            case StreamError():
                lines.append(encode_stream_error(event))
                self._is_over = True
            case _:
                assert_never(event)

    def _begin(self, start: StreamStart) -> None:
        """Fix what every line begins with."""
        self._start = start
        head = _json(encode_head(start, self._options))[:-1]
        if self._form is Form.CHAT:
            self._before_text = head + b',"message":{"role":"assistant","content":'
            self._before_thinking = self._before_text + b'"","thinking":'
            self._after_text = b'},"done":false}'
        else:
            self._before_text = head + b',"response":'
            self._before_thinking = self._before_text + b'"","thinking":'
            self._after_text = b',"done":false}'

    def _text(self, event: TextDelta, lines: list[bytes]) -> None:
        if event.block not in self._open:
            return
        if event.logprobs:
            lines.append(self._line({"content": event.text}, {"logprobs": encode_logprobs(event.logprobs)}))
        elif event.text:
            lines.append(self._before_text + _json(event.text) + self._after_text)

    def _block_start(self, start: BlockStart) -> None:
        if start.choice == 0:
            self._open[start.block] = start
            if start.kind is BlockKind.TOOL:
                self._pieces[start.block] = []

    def _image(self, start: BlockStart) -> list[bytes]:
        image = start.extras.get(NAME, {}).get("image")
        return [self._line({}, {"image": image})] if image and start.choice == 0 else []

    def _extras(self, event: ExtrasDelta) -> list[bytes]:
        logprobs = event.extras.get(NAME, {}).get("logprobs")
        return (
            [self._line({"thinking": ""}, {"logprobs": logprobs})] if logprobs and event.block in self._open else []
        )

    def _block_end(self, block: int) -> list[bytes]:
        start = self._open.pop(block, None)
        pieces = self._pieces.pop(block, None)
        if start is None or pieces is None:
            return []
        call = encode_call(start, "".join(pieces), self._calls)
        if call is None:
            self._broken = self._broken or start.tool_name
            return []
        self._calls += 1
        return [self._line({"tool_calls": [call]}, {})]

    def _line(self, said: dict[str, object], beside: dict[str, object]) -> bytes:
        head = encode_head(self._start, self._options)
        return _json({**head, **encode_said(self._form, said), "done": False, **beside})

    def _last(self) -> bytes:
        if self._broken and not is_cut(self._end.reason):
            error = broken_call(self._broken)
            return encode_stream_error(StreamError(error.code, error.message))
        head = encode_head(self._start, self._options)
        return _json({**head, **encode_said(self._form, {}), **encode_ending(self._end, self._usage)})


def encode_head(start: StreamStart, options: EncodeOptions) -> dict[str, object]:
    """Return what lines and whole answers begin with."""
    return {
        "model": start.model or options.model,
        "created_at": encode_time(start.created_at_unix_s, options.created_at_unix_s),
        **start.extras.get(NAME, {}),
    }


def encode_said(form: Form, said: dict[str, object]) -> dict[str, object]:
    """Return what was said (``content``, ``thinking``, ``tool_calls``) where the form has its place."""
    if form is Form.CHAT:
        return {"message": {"role": "assistant", "content": "", **said}}
    beside = {name: value for name, value in said.items() if name != "content"}
    return {"response": said.get("content", ""), **beside}


def encode_call(start: BlockStart, arguments: str, index: int) -> dict[str, object] | None:
    """Return a whole tool call, or None when its arguments are no JSON object."""
    value = encode_arguments(arguments)
    if value is None:
        return None
    return {"id": start.tool_id, "function": {"index": index, "name": start.tool_name, "arguments": value}}


def is_cut(reason: FinishReason) -> bool:
    """Return whether an answer that ended so may end inside a tool call."""
    return reason.stop not in _WHOLE


def broken_call(name: str) -> RemoteProtocolError:
    """Return the error for a call of the tool ``name`` that cannot be said."""
    return RemoteProtocolError(f"the arguments of the model's call of '{name}' are not a JSON object", dialect=NAME)
