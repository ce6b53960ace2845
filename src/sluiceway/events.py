"""The canonical events: what can happen in a streaming completion, free of any vendor's wire.

An answer has one or more choices; a choice is a row of blocks (text, reasoning, refusal, tool call, or what only one
vendor has); a block has a start, deltas and an end. Block numbers count up from 0 over the whole answer. Which event
may follow which is written down in `order`; how vendors spell them is each dialect's business.

Names are noun then action; only ``Start``, ``Delta`` and ``End`` are used for actions.
"""

from __future__ import annotations

import enum

import msgspec

from sluiceway.usage import FinishReason, Usage

__all__ = [
    "BlockEnd",
    "BlockKind",
    "BlockStart",
    "ChoiceEnd",
    "Event",
    "ExtrasDelta",
    "Frame",
    "ReasoningDelta",
    "StreamEnd",
    "StreamError",
    "StreamStart",
    "TextDelta",
    "TokenLogprob",
    "ToolInputDelta",
    "UsageReport",
]


class BlockKind(enum.Enum):
    """What a block holds, and so which delta fills it."""

    TEXT = "text"
    REASONING = "reasoning"
    REFUSAL = "refusal"
    TOOL = "tool"
    VENDOR = "vendor"
    """What only one dialect can say, such as a search its vendor ran: it is all in extras; others skip it."""


class TokenLogprob(msgspec.Struct, frozen=True):
    """The log probability of one token, and of the tokens that might have stood in its place.

    Attributes:
        token: the token as text.
        logprob: natural logarithm of its probability.
        bytes: its UTF-8 bytes as numbers, when the vendor sends them.
        top: the likeliest alternatives, best first; their own ``top`` is empty.
    """

    token: str
    logprob: float
    bytes: list[int] | None = None
    top: list[TokenLogprob] = []


class StreamStart(msgspec.Struct, frozen=True):
    """The answer begins.

    Attributes:
        id: the vendor's id for the answer; may be empty.
        model: the model that answers, as the vendor names it; may be empty.
        created_at_unix_s: the vendor's time stamp in Unix seconds, or None.
        extras: vendor-only data by dialect name.
    """

    id: str = ""
    model: str = ""
    created_at_unix_s: int | None = None
    extras: dict[str, dict[str, object]] = {}


class BlockStart(msgspec.Struct, frozen=True):
    """A block opens.

    Attributes:
        block: its number, unique in the answer, counting up from 0.
        kind: what it holds.
        choice: the choice it belongs to, from 0.
        tool_id: for tools, the id that the tool's result must name; may be empty.
        tool_name: for tools, the function's name.
        extras: vendor-only data by dialect name.
    """

    block: int
    kind: BlockKind
    choice: int = 0
    tool_id: str = ""
    tool_name: str = ""
    extras: dict[str, dict[str, object]] = {}


class TextDelta(msgspec.Struct, frozen=True):
    """Text is added to a text or refusal block; ``logprobs`` covers the tokens of this piece, when asked for."""

    block: int
    text: str
    logprobs: list[TokenLogprob] | None = None


class ReasoningDelta(msgspec.Struct, frozen=True):
    """Text is added to a reasoning block; ``signature`` is the vendor's proof of it, assigned rather than joined."""

    block: int
    text: str
    signature: str | None = None


class ToolInputDelta(msgspec.Struct, frozen=True):
    """A piece of JSON text is added to a tool call's arguments; borders may fall anywhere, also inside an escape."""

    block: int
    json: str


class ExtrasDelta(msgspec.Struct, frozen=True):
    """Vendor-only data is added to a block of any kind: a citation, a signature of text, a step of a vendor's tool.

    Attributes:
        block: the block's number.
        extras: the data by dialect name; a fold keeps all of them, in order.
    """

    block: int
    extras: dict[str, dict[str, object]]


class BlockEnd(msgspec.Struct, frozen=True, gc=False):
    """A block is complete."""

    block: int


class ChoiceEnd(msgspec.Struct, frozen=True):
    """A choice is complete, and why; ``extras`` is vendor-only data by dialect name."""

    choice: int
    reason: FinishReason
    extras: dict[str, dict[str, object]] = {}


class UsageReport(msgspec.Struct, frozen=True):
    """Token counts so far; each report replaces the one before."""

    usage: Usage


class StreamEnd(msgspec.Struct, frozen=True, gc=False):
    """The answer is complete: every choice has ended. Nothing follows."""


class StreamError(msgspec.Struct, frozen=True, gc=False):
    """The answer broke off. Nothing follows.

    Attributes:
        code: a stable name from the error tree.
        message: for a person.
        upstream_code: the vendor's own code, when it reported the error.
    """

    code: str
    message: str
    upstream_code: str = ""


Event = (
    StreamStart
    | BlockStart
    | TextDelta
    | ReasoningDelta
    | ToolInputDelta
    | ExtrasDelta
    | BlockEnd
    | ChoiceEnd
    | UsageReport
    | StreamEnd
    | StreamError
)
"""Any canonical event."""


class Frame(msgspec.Struct, frozen=True):
    """What travels: the events of one wire event, and the bytes they came as.

    Attributes:
        events: what happened, in order; empty for a wire event that says nothing (a ping, an unknown type).
        wire: the wire form ``raw`` is written in, as dialect and framing: ``openai_chat/sse``, ``openai_chat/json``.
        raw: the wire bytes, framing included. A reader of the same wire form gets these very bytes.
    """

    events: list[Event]
    wire: str = ""
    raw: bytes = b""
