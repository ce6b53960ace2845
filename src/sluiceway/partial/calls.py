"""`ToolCallFeed`: follow the arguments of every tool call in an answer, whichever dialect it came in.

A call is finished when the protocol says so and its JSON is whole, and not a moment earlier: text that is balanced
may still go on, and text that a token limit cut may look balanced. What broke off is an error with what there was of
it, never arguments.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, Protocol, get_origin

import msgspec

from sluiceway.errors import (
    JSONIncomplete,
    JSONInvalid,
    ToolCallCut,
    ToolCallError,
    ToolCallInvalid,
    TypedInvalid,
)
from sluiceway.events import (
    BlockKind,
    BlockStart,
    ChoiceEnd,
    Event,
    StreamError,
    ToolInputDelta,
)
from sluiceway.partial import events as json_events
from sluiceway.partial.events import MISSING
from sluiceway.partial.feed import JSONFeed
from sluiceway.partial.signature import arguments_type
from sluiceway.partial.typed import TypedFeed, TypedModel
from sluiceway.usage import Stop

__all__ = [
    "ToolCall",
    "ToolCallEvent",
    "ToolCallFailed",
    "ToolCallFeed",
    "ToolCallFinished",
    "ToolCallGrew",
    "ToolCallStarted",
]

_CUTS: Final = MappingProxyType(
    {Stop.LENGTH: "length", Stop.CONTENT_FILTER: "content_filter", Stop.CANCELLED: "cancelled"}
)
"""The finish reasons that mean that the model had not come to its end."""

_FREE_TEXT = frozenset({"custom", "custom_tool_call"})
"""What the dialects that have tools of free text call them, as ``type`` in a block's extras."""

_NO_TOOLS: Mapping[str, Any] = MappingProxyType({})
_MAX_FREE_TEXT_CHARS = 16_000_000


class _Arguments(Protocol):
    """What follows the JSON of one call: a `JSONFeed` or a `TypedFeed`."""

    @property
    def value(self) -> Any: ...

    def push(self, text: str) -> Sequence[json_events.Event]: ...

    def close(self) -> Any: ...


class ToolCall:
    """One call, as far as it has come.

    Attributes:
        block: the number of its block in the answer.
        choice: the choice it belongs to.
        id: what its result must name; may be empty.
        name: the tool's.
        is_text: whether its input is free text rather than JSON.
        error: why it must not be made, or None.
    """

    def __init__(self, start: BlockStart, arguments: _Arguments | None, max_text_chars: int) -> None:
        self.block = start.block
        self.choice = start.choice
        self.id = start.tool_id
        self.name = start.tool_name
        self.is_text = arguments is None
        self.error: ToolCallError | None = None
        self._arguments = arguments
        self._texts: list[str] = []
        self._room_chars = max_text_chars
        self._final: Any = MISSING

    @property
    def arguments(self) -> Any:
        """The arguments so far, in the tool's own type where it has one; `MISSING` before there are any.

        They are only to be looked at until the call is finished; then they are the final ones.
        """
        if self._final is not MISSING:
            return self._final
        if self._arguments is None:
            return self.text
        try:
            return self._arguments.value
        except JSONIncomplete:
            return MISSING

    @property
    def text(self) -> str:
        """The text of the arguments as it came, cut to what is kept of it."""
        return "".join(self._texts)

    @property
    def is_finished(self) -> bool:
        """Whether the call is whole, and its choice came to a proper end."""
        return self._final is not MISSING

    def result(self) -> Any:
        """Return the final arguments.

        Raises:
            ToolCallError: the call must not be made, or not yet.
        """
        if self.error is not None:
            raise self.error
        if not self.is_finished:
            raise ToolCallCut(f"the call of {self.name!r} is not finished", reason="incomplete", **self._remains())
        return self._final

    def push(self, text: str) -> Sequence[json_events.Event]:
        """Take a piece of the arguments, and return what it did to them.

        Raises:
            ToolCallInvalid: it makes them wrong.
        """
        room_chars = self._room_chars
        if room_chars > 0:
            self._texts.append(text[:room_chars])
            self._room_chars -= len(text)
        if self._arguments is None:
            if len(text) > room_chars:
                raise self._invalid("its text is too long")
            return ()
        try:
            return self._arguments.push(text)
        except (JSONInvalid, TypedInvalid) as error:
            raise self._invalid(error.message) from error

    def finish(self) -> Any:
        """Take the proper end of the call, and return the final arguments.

        Raises:
            ToolCallCut: they are not whole.
            ToolCallInvalid: they are wrong.
        """
        self._final = self.text if self._arguments is None else self._closed(self._arguments)
        return self._final

    def cut(self, reason: str, message: str) -> ToolCallCut:
        """Take an end that is none, and return it as an error."""
        error = ToolCallCut(f"the call of {self.name!r} broke off: {message}", reason=reason, **self._remains())
        self.error = error
        return error

    def _closed(self, arguments: _Arguments) -> Any:
        try:
            found = arguments.close()
        except JSONIncomplete as error:
            raise self.cut("incomplete", error.message) from error
        except TypedInvalid as error:
            raise self._invalid(error.message) from error
        if isinstance(arguments, JSONFeed) and not isinstance(found, dict):
            raise self._invalid("they are no object")
        return found

    def _invalid(self, message: str) -> ToolCallInvalid:
        error = ToolCallInvalid(f"the arguments of {self.name!r} are wrong: {message}", **self._remains())
        self.error = error
        return error

    def _remains(self) -> dict[str, Any]:
        return {"arguments": self.arguments, "text": self.text}


class ToolCallStarted(msgspec.Struct, frozen=True):
    """A call began."""

    call: ToolCall


class ToolCallGrew(msgspec.Struct, frozen=True):
    """A call's arguments got longer.

    Attributes:
        call: which.
        text: what was added.
        events: what it did to the JSON; of free text there are none.
    """

    call: ToolCall
    text: str
    events: Sequence[json_events.Event]


class ToolCallFinished(msgspec.Struct, frozen=True):
    """A call is whole, and may be made."""

    call: ToolCall
    arguments: Any


class ToolCallFailed(msgspec.Struct, frozen=True):
    """A call must not be made; nothing more is told of it."""

    call: ToolCall
    error: ToolCallError


ToolCallEvent = ToolCallStarted | ToolCallGrew | ToolCallFinished | ToolCallFailed
"""Anything that is told of a call."""


class ToolCallFeed:
    """Feed it the events of one answer; several calls may grow side by side.

    Args:
        tools: by name, what a tool's arguments are: a model that `TypedFeed` takes, a function (its parameters are
            the model), ``str`` for free text, or None for any object; that is also what a tool not listed here takes.
        make_feed: makes what reads the JSON of one call. By default no arguments at all are ``{}``.
        fails_early: whether a call fails as soon as a field is not of its type, rather than at its end.
        max_text_chars: how much of a call's text is kept, for its error.

    Raises:
        SettingsError: a tool's model cannot be one.
    """

    def __init__(
        self,
        tools: Mapping[str, Any] = _NO_TOOLS,
        *,
        make_feed: Callable[[], JSONFeed] | None = None,
        fails_early: bool = False,
        max_text_chars: int = 16_384,
    ) -> None:
        self._models = {name: _model_of(tool) for name, tool in tools.items()}
        self._make_feed = _new_feed if make_feed is None else make_feed
        self._fails_early = fails_early
        self._max_text_chars = max_text_chars
        self._calls: list[ToolCall] = []
        self._active: dict[int, ToolCall] = {}

    @property
    def calls(self) -> tuple[ToolCall, ...]:
        """All calls of the answer so far, in the order they began."""
        return tuple(self._calls)

    def feed(self, event: Event) -> Sequence[ToolCallEvent]:
        """Take one event of the answer, and return what it did to the calls; the order is taken as legal."""
        match event:
            case ToolInputDelta(block=block, json=text):
                return self._grow(self._active.get(block), text)
            case BlockStart(kind=BlockKind.TOOL):
                return self._start(event)
            case ChoiceEnd(choice=choice, reason=reason):
                ended = [call for call in self._active.values() if call.choice == choice]
                return [self._end(call, _CUTS.get(reason.stop)) for call in ended]
            case StreamError(message=message):
                return self._cut_all("error", message)
            case _:
                return ()

    def close(self) -> Sequence[ToolCallEvent]:
        """Take the end of the events: what is not finished broke off."""
        return self._cut_all("incomplete", "the answer did not go on")

    def _start(self, start: BlockStart) -> Sequence[ToolCallEvent]:
        model = self._models.get(start.tool_name)
        is_text = model is str or _is_free_text(start)
        limit_chars = _MAX_FREE_TEXT_CHARS if is_text else self._max_text_chars
        call = ToolCall(start, None if is_text else self._arguments(model), limit_chars)
        self._calls.append(call)
        self._active[call.block] = call
        return (ToolCallStarted(call),)

    def _arguments(self, model: Any) -> _Arguments:
        feed = self._make_feed()
        return feed if model is None else TypedFeed[Any](model, feed=feed, fails_early=self._fails_early)

    def _grow(self, call: ToolCall | None, text: str) -> Sequence[ToolCallEvent]:
        if call is None or not text:
            return ()
        try:
            return (ToolCallGrew(call, text, call.push(text)),)
        except ToolCallInvalid as error:
            return (self._fail(call, error),)

    def _end(self, call: ToolCall, cut: str | None) -> ToolCallEvent:
        if cut is not None:
            return self._fail(call, call.cut(cut, f"the answer ended for {cut.replace('_', ' ')}"))
        try:
            arguments = call.finish()
        except ToolCallError as error:
            return self._fail(call, error)
        del self._active[call.block]
        return ToolCallFinished(call, arguments)

    def _fail(self, call: ToolCall, error: ToolCallError) -> ToolCallFailed:
        del self._active[call.block]
        return ToolCallFailed(call, error)

    def _cut_all(self, reason: str, message: str) -> Sequence[ToolCallEvent]:
        return [self._fail(call, call.cut(reason, message)) for call in list(self._active.values())]


def _new_feed() -> JSONFeed:
    return JSONFeed(empty={})


def _model_of(tool: Any) -> Any:
    """Return the model of a tool's arguments; of a function, its parameters."""
    if tool is None or tool is str:
        return tool
    is_function = callable(tool) and not isinstance(tool, type) and get_origin(tool) is None
    model = arguments_type(tool) if is_function else tool
    return TypedModel[Any](model)


def _is_free_text(start: BlockStart) -> bool:
    """Say whether a dialect marks the call as one of a custom tool."""
    # "openai_chat": {"type": "custom"}, "openai_responses": {"type": "custom_tool_call"}
    return any(extras.get("type") in _FREE_TEXT for extras in start.extras.values())
