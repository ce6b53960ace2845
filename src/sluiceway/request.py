"""The canonical request: what a completion can be asked for, free of any vendor's words.

A dialect decodes its body into this and encodes its body from it. What only one vendor knows travels in ``extras``
under that dialect's name. The body as it came travels along too, so that a request that leaves in the dialect it came
in loses nothing.
"""

from __future__ import annotations

import enum

import msgspec

__all__ = [
    "AudioPart",
    "FilePart",
    "ImagePart",
    "MarkedPart",
    "Message",
    "Part",
    "ReasoningPart",
    "RefusalPart",
    "Request",
    "ResponseFormat",
    "ResponseFormatKind",
    "Role",
    "TextPart",
    "Tool",
    "ToolCallPart",
    "ToolChoice",
    "ToolChoiceMode",
    "ToolResultPart",
    "VendorPart",
]

Extras = dict[str, dict[str, object]]
"""Vendor-only data by dialect name."""


class Role(enum.Enum):
    """Who says a message."""

    SYSTEM = "system"
    DEVELOPER = "developer"
    USER = "user"
    ASSISTANT = "assistant"
    TOOL = "tool"


class MarkedPart(msgspec.Struct, frozen=True, kw_only=True):
    """What can be marked by whoever sends it, which changes how an answer is made and not what it is.

    Attributes:
        cache_control: up to here the prompt is worth caching, in the words of Anthropic, whose mark it is.
        signature: proof of the thinking that led to the part, where that is the vendor's to check (Gemini's).
    """

    cache_control: dict[str, object] | None = None
    signature: str | None = None


class TextPart(MarkedPart, frozen=True, tag="text"):
    """Plain text."""

    text: str


class ImagePart(MarkedPart, frozen=True, tag="image"):
    """An image, by URL (``data:`` URLs included); ``detail`` is the vendor's resolution hint."""

    url: str
    detail: str | None = None


class AudioPart(MarkedPart, frozen=True, tag="audio"):
    """Sound as base64 in ``format`` (``wav``, ``mp3``, …)."""

    data: str
    format: str


class FilePart(MarkedPart, frozen=True, tag="file"):
    """A file, by the vendor's id, inline as a ``data:`` URL, or by another URL that the vendor fetches."""

    file_id: str | None = None
    data: str | None = None
    filename: str | None = None
    url: str | None = None


class ReasoningPart(msgspec.Struct, frozen=True, tag="reasoning"):
    """Reasoning of an earlier turn, with the vendor's signature when there was one."""

    text: str
    signature: str | None = None


class RefusalPart(msgspec.Struct, frozen=True, tag="refusal"):
    """A refusal of an earlier turn."""

    text: str


class ToolCallPart(MarkedPart, frozen=True, tag="tool_call"):
    """A tool call of an earlier turn; ``json`` is its arguments as JSON text."""

    id: str
    name: str
    json: str


Content = TextPart | ImagePart | AudioPart | FilePart


class ToolResultPart(MarkedPart, frozen=True, tag="tool_result"):
    """What a tool answered to the call ``id``."""

    id: str
    content: list[Content]
    is_error: bool = False


class VendorPart(msgspec.Struct, frozen=True, tag="vendor"):
    """What only one dialect has a part for, as its own record; others refuse it.

    Attributes:
        dialect: whose it is.
        kind: the vendor's word for it, such as ``server_tool_use``.
        record: the whole part as it came.
    """

    dialect: str
    kind: str
    record: dict[str, object]


Part = (
    TextPart
    | ImagePart
    | AudioPart
    | FilePart
    | ReasoningPart
    | RefusalPart
    | ToolCallPart
    | ToolResultPart
    | VendorPart
)
"""Any piece of a message."""


class Message(msgspec.Struct, frozen=True):
    """One turn of the conversation; ``name`` tells speakers of one role apart."""

    role: Role
    parts: list[Part]
    name: str | None = None
    extras: Extras = {}


class Tool(msgspec.Struct, frozen=True):
    """A function the model may call, or with ``is_hosted`` a tool that the vendor runs.

    Attributes:
        name: the function's name; of a hosted tool the vendor's word for it.
        description: what it is for.
        input_schema: a JSON Schema object, or None for free-form input.
        strict: whether the vendor is to hold its input to the schema.
        cache_control: as of a `MarkedPart`.
        is_hosted: the vendor runs it; its whole record is in ``extras``, and no other dialect can say it.
        extras: vendor-only fields by dialect name.
    """

    name: str
    description: str | None = None
    input_schema: dict[str, object] | None = None
    strict: bool | None = None
    is_hosted: bool = False
    extras: Extras = {}
    cache_control: dict[str, object] | None = None


class ToolChoiceMode(enum.Enum):
    """How free the model is to call tools."""

    AUTO = "auto"
    NONE = "none"
    REQUIRED = "required"
    """It must call one of ``names``, or any when ``names`` is empty."""


class ToolChoice(msgspec.Struct, frozen=True):
    """Which tools may or must be called; ``names`` narrows them, empty means all."""

    mode: ToolChoiceMode
    names: list[str] = []


class ResponseFormatKind(enum.Enum):
    """The form the answer must have."""

    TEXT = "text"
    JSON_OBJECT = "json_object"
    JSON_SCHEMA = "json_schema"


class ResponseFormat(msgspec.Struct, frozen=True):
    """The form the answer must have; the other fields belong to ``JSON_SCHEMA``."""

    kind: ResponseFormatKind
    name: str = ""
    schema: dict[str, object] | None = None
    description: str | None = None
    strict: bool | None = None


class Request(msgspec.Struct, frozen=True):
    """One completion asked for. None means the vendor's default.

    Attributes:
        model: the model's name.
        messages: the conversation, oldest first.
        stream: whether the reader wants deltas.
        tools: functions the model may call.
        max_output_tokens: limit of generated tokens, reasoning included.
        stop: texts that end the answer and are left out of it.
        n: how many choices.
        logprobs: whether token log probabilities are wanted.
        top_logprobs: how many alternatives for each token.
        reasoning_effort: the vendor-neutral word for how much to think (``none``, ``low``, ``medium``, …).
        reasoning_budget_tokens: how many tokens it may think.
        include_reasoning: whether the reader wants to see reasoning.
        include_usage: whether a streaming reader wants the usage report.
        is_resumable: whether the reader wants to be able to come back to the answer after its connection is lost.
        extras: vendor-only fields by dialect name; another dialect may leave them out, since the answer means the
            same without them.
        demands: the paths, in the words of ``dialect``, of vendor-only fields without which the answer would mean
            something else; another dialect refuses them.
        headers: request headers that an upstream of the same dialect is to see (``anthropic-beta``).
        dialect: the dialect ``body`` is written in.
        body: the request body as it came, or empty.
    """

    model: str
    messages: list[Message]
    stream: bool = False
    tools: list[Tool] = []
    tool_choice: ToolChoice | None = None
    parallel_tool_calls: bool | None = None
    response_format: ResponseFormat | None = None
    max_output_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    stop: list[str] = []
    seed: int | None = None
    n: int = 1
    logprobs: bool = False
    top_logprobs: int | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    reasoning_effort: str | None = None
    reasoning_budget_tokens: int | None = None
    include_reasoning: bool | None = None
    include_usage: bool = False
    is_resumable: bool = False
    extras: Extras = {}
    demands: list[str] = []
    headers: dict[str, str] = {}
    dialect: str = ""
    body: bytes = b""
