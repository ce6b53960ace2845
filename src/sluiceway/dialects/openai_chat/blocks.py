"""Blocks out of deltas: Chat Completions does not delimit what it sends, canonical events do.

Theory. A choice has at most one open block, and a delta that does not fit it ends it and opens another: text,
reasoning and refusal each by their kind, a tool call by its index. That is how the wire is used, call after call, and
it lets the readers of delimited dialects have each block as it comes.

Some servers send several calls in turns. So what begins while a call's input is not a whole object waits, and is told
as soon as it is one, or nothing can go on with it (`waiting`): a choice still has one open block, and no fragment is
lost. A custom tool's input is text, which may always go on: what follows it waits for the choice's end. Should too
much wait, all of it is told at once; a call that goes on after that is refused.

A finish reason is held back until something says that the stream is past its content: some gateways send one with
every chunk, and only the last of them ends the choice.

Source: OpenAI's API reference, "chat completion chunk" (August 2026), and recordings of compatible servers.
"""

from __future__ import annotations

import sys

import msgspec

from sluiceway.dialects.openai_chat.finish_reason import decode_finish_reason
from sluiceway.dialects.openai_chat.shapes import (
    NAME,
    ChoiceShape,
    ContentPart,
    Delta,
    FunctionCall,
    ReasoningDetail,
    TokenShape,
    ToolCall,
)
from sluiceway.dialects.openai_chat.waiting import Call, Waiting, WaitingBlock
from sluiceway.dialects.openai_chat.whole_input import ToolInput
from sluiceway.errors import RemoteProtocolError
from sluiceway.events import (
    BlockEnd,
    BlockKind,
    BlockStart,
    ChoiceEnd,
    Event,
    ReasoningDelta,
    TextDelta,
    TokenLogprob,
    ToolInputDelta,
)
from sluiceway.usage import FinishReason, Stop

__all__ = ["Blocks", "ChoiceState"]

_LEGACY_CALL = -1
_NO_BLOCK = -1


class ChoiceState:
    """Where one choice stands.

    Attributes:
        index: its number.
        block: the number of its open block, or -1.
        kind: the kind of the open block.
        reason: the finish reason that was held back.
        is_ended: whether its end was told.
        tool_index: the index of the call that began last.
        call: the call in the open block, if there is one.
        waiting: the blocks behind that call.
        call_ids: the ids of calls by their index, ended ones too.
    """

    __slots__ = ("block", "call", "call_ids", "index", "is_ended", "kind", "reason", "tool_index", "waiting")

    def __init__(self, index: int) -> None:
        self.index = index
        self.block = _NO_BLOCK
        self.kind = BlockKind.TEXT
        self.reason: FinishReason | None = None
        self.is_ended = False
        self.tool_index = 0
        self.call: Call | None = None
        self.waiting = Waiting()
        self.call_ids: dict[int, str] = {}

    @property
    def is_under_way(self) -> bool:
        """Whether the open block is a call of which more may come, or others wait behind it."""
        return self.call is not None and (bool(self.waiting.blocks) or not self.call.input.is_whole)


class Blocks:
    """The blocks of one answer. Every method appends to the list of events it is handed.

    Args:
        max_waiting_chars: how much may wait in one choice; no limit is needed where the whole answer has one.
    """

    __slots__ = ("_max_waiting_chars", "_next_block", "choices")

    def __init__(self, max_waiting_chars: int = sys.maxsize) -> None:
        self.choices: dict[int, ChoiceState] = {}
        self._max_waiting_chars = max_waiting_chars
        self._next_block = 0

    @property
    def has_begun(self) -> bool:
        """Whether there is a choice."""
        return bool(self.choices)

    @property
    def has_finished(self) -> bool:
        """Whether there is a choice, and each has a finish reason."""
        return bool(self.choices) and all(state.reason is not None for state in self.choices.values())

    def feed(self, shape: ChoiceShape, events: list[Event]) -> ChoiceState:
        """Take one choice of a chunk or of a completion.

        Raises:
            RemoteProtocolError: it adds to what has ended.
        """
        index = shape.index or 0
        state = self.choices.get(index)
        if state is None:
            state = self.choices[index] = ChoiceState(index)
        delta = shape.delta or shape.message
        if delta is not None:
            self._delta(state, delta, shape, events)
        if shape.finish_reason:
            state.reason = decode_finish_reason(shape.finish_reason)
        return state

    def end(self, events: list[Event], *, is_last: bool = False) -> None:
        """End the choices whose finish reason is known; with ``is_last`` the others too, for no known reason."""
        for state in self.choices.values():
            if is_last and state.reason is None:
                state.reason = FinishReason(Stop.OTHER)
            if state.reason is not None and not state.is_ended:
                self._go_on(state, events, is_last=True)
                state.is_ended = True
                self._close(state, events)
                events.append(ChoiceEnd(state.index, state.reason))

    def break_off(self, events: list[Event]) -> None:
        """Tell what is still to be told before an error: ends that were held back, and blocks, which stay open."""
        self.end(events)
        for state in self.choices.values():
            while state.waiting.blocks:
                self._tell(state, state.waiting.pop(), events)

    def _delta(self, state: ChoiceState, delta: Delta, shape: ChoiceShape, events: list[Event]) -> None:
        if delta.reasoning_content or delta.reasoning or delta.reasoning_details:
            self._reasoning(state, delta, events)
        logprobs = shape.logprobs
        content = delta.content
        if isinstance(content, list):
            self._parts(state, content, events)
        elif content or (logprobs and logprobs.content):
            tokens = logprobs.content if logprobs else None
            self._text(state, BlockKind.TEXT, content or "", tokens, events)
        if delta.refusal or (logprobs and logprobs.refusal):
            tokens = logprobs.refusal if logprobs else None
            self._text(state, BlockKind.REFUSAL, delta.refusal or "", tokens, events)
        if delta.tool_calls:
            for call in delta.tool_calls:
                self._tool(state, call, events)
        # "delta":{"function_call":{"name":"f","arguments":""}}
        if delta.function_call:
            self._tool(state, ToolCall(_LEGACY_CALL, function=delta.function_call), events)

    def _text(
        self, state: ChoiceState, kind: BlockKind, text: str, tokens: list[TokenShape] | None, events: list[Event]
    ) -> None:
        logprobs = [_token(token) for token in tokens] if tokens else None
        if self._has_open(state, kind, events):
            events.append(TextDelta(state.block, text, logprobs))
        else:
            self._wait(state, kind, TextDelta(0, text, logprobs), events)

    def _reasoning(self, state: ChoiceState, delta: Delta, events: list[Event]) -> None:
        """Take reasoning in any of its spellings; where a server sends two, they say the same."""
        # DeepSeek:   "delta":{"reasoning_content":"First"}
        # Groq:       "delta":{"reasoning":"First","channel":"analysis"}
        # OpenRouter: "delta":{"reasoning":"First","reasoning_details":[{"type":"reasoning.text","text":"First"}]}
        text = delta.reasoning_content or delta.reasoning or ""
        signature = None
        for detail in delta.reasoning_details or ():
            signature = detail.signature or detail.data or signature
        if not text:
            text = "".join(_detail_text(detail) for detail in delta.reasoning_details or ())
        if text or signature:
            self._think(state, text, signature, events)

    def _think(self, state: ChoiceState, text: str, signature: str | None, events: list[Event]) -> None:
        if self._has_open(state, BlockKind.REASONING, events):
            events.append(ReasoningDelta(state.block, text, signature))
        else:
            self._wait(state, BlockKind.REASONING, ReasoningDelta(0, text, signature), events)

    def _has_open(self, state: ChoiceState, kind: BlockKind, events: list[Event]) -> bool:
        """Open a block for text of this kind, if none is open, and return whether one is."""
        if state.block < 0 or state.kind is not kind:
            if state.is_under_way:
                return False
            self._open(state, BlockStart(self._next_block, kind, state.index), events)
        return True

    def _wait(
        self, state: ChoiceState, kind: BlockKind, delta: TextDelta | ReasoningDelta, events: list[Event]
    ) -> None:
        state.waiting.say(kind, state.index, delta)
        self._bound(state, events)

    def _parts(self, state: ChoiceState, parts: list[ContentPart], events: list[Event]) -> None:
        # "delta":{"content":[{"type":"thinking","thinking":[{"type":"text","text":"First"}]}]}
        for part in parts:
            if part.type == "thinking" and part.thinking:
                thinking = part.thinking
                text = thinking if isinstance(thinking, str) else "".join(piece.text or "" for piece in thinking)
                if text:
                    self._think(state, text, None, events)
            elif part.type == "text" and part.text:
                self._text(state, BlockKind.TEXT, part.text, None, events)

    def _tool(self, state: ChoiceState, call: ToolCall, events: list[Event]) -> None:
        index = state.tool_index if call.index is None else call.index
        custom = call.custom
        function = call.function or FunctionCall()
        name = (custom.name if custom else function.name) or ""
        arguments = (custom.input if custom else function.arguments) or ""
        if _begins(call, name, state.call_ids.get(index)):
            state.call_ids[index] = call.id or ""
            state.tool_index = index
            extras: dict[str, dict[str, object]] = {NAME: {"type": "custom"}} if custom else {}
            start = BlockStart(self._next_block, BlockKind.TOOL, state.index, call.id or "", name, extras)
            self._begin(state, start, Call(index, ToolInput(is_text=custom is not None)), events)
        if arguments:
            self._input(state, index, arguments, events)

    def _begin(self, state: ChoiceState, start: BlockStart, call: Call, events: list[Event]) -> None:
        if state.call is not None and state.call.index == call.index:
            state.call.input.is_over = True
        if state.is_under_way:
            state.waiting.begin(start, call)
            self._bound(state, events)
            self._go_on(state, events)
            return
        self._open(state, start, events)
        state.call = call

    def _input(self, state: ChoiceState, index: int, json: str, events: list[Event]) -> None:
        call, waiting = state.call, state.waiting
        if waiting.blocks and waiting.add_input(index, json):
            self._bound(state, events)
        elif call is not None and call.index == index:
            call.input.feed(json)
            events.append(ToolInputDelta(state.block, json))
            if waiting.blocks:
                self._go_on(state, events)
        else:
            raise RemoteProtocolError("the upstream went on with a tool call that had ended", dialect=NAME)

    def _bound(self, state: ChoiceState, events: list[Event]) -> None:
        if state.waiting.size_chars > self._max_waiting_chars:
            self._go_on(state, events, is_last=True)

    def _go_on(self, state: ChoiceState, events: list[Event], *, is_last: bool = False) -> None:
        """Tell what waits, up to a call of which more may come; with ``is_last`` all of it."""
        while state.waiting.blocks and (is_last or state.call is None or state.call.input.is_whole):
            self._close(state, events)
            self._tell(state, state.waiting.pop(), events)

    def _tell(self, state: ChoiceState, block: WaitingBlock, events: list[Event]) -> None:
        number = self._next_block
        self._open_beside(state, msgspec.structs.replace(block.start, block=number), events)
        state.call = block.call
        events += [msgspec.structs.replace(delta, block=number) for delta in block.deltas]

    def _open(self, state: ChoiceState, start: BlockStart, events: list[Event]) -> None:
        if state.is_ended:
            raise RemoteProtocolError(f"the upstream went on with choice {state.index} after its end", dialect=NAME)
        self._close(state, events)
        self._open_beside(state, start, events)

    def _open_beside(self, state: ChoiceState, start: BlockStart, events: list[Event]) -> None:
        """Open a block, whatever becomes of the one before."""
        state.block = start.block
        state.kind = start.kind
        self._next_block += 1
        events.append(start)

    def _close(self, state: ChoiceState, events: list[Event]) -> None:
        if state.block >= 0:
            events.append(BlockEnd(state.block))
            state.block = _NO_BLOCK
            state.call = None


def _begins(call: ToolCall, name: str, known_id: str | None) -> bool:
    """Return whether a fragment begins a call, given the id of the last call of its index, or None.

    Mistral sends no index, others the same one for each of several calls: there a name with a new id begins a call,
    and without any index a name alone does. Anything else goes on with the last.
    """
    if known_id is None:
        return True
    return bool(name) and (call.id != known_id if call.id else call.index is None)


def _detail_text(detail: ReasoningDetail) -> str:
    return detail.text or detail.summary or ""


def _token(shape: TokenShape) -> TokenLogprob:
    top = [TokenLogprob(token.token, token.logprob, token.bytes) for token in shape.top_logprobs or ()]
    return TokenLogprob(shape.token, shape.logprob, shape.bytes, top)
