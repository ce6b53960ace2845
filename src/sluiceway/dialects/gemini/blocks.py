"""Blocks out of parts: Gemini does not delimit what it sends, canonical events do.

Theory. A candidate has at most one open block, and a part that does not fit it ends it and opens another: text and
thoughts each by their kind, a call each its own. A call comes whole, or begins with a piece that ``willContinue`` and
goes on in pieces without a name; should the closing piece be missing, whatever comes next closes it. A part that is
none of these (code that was run, an image, a search) is a vendor block of its own, with the whole part as its data.

A finish reason is held back until the end of the body: older models send one with every chunk, and only the last of
them ends the candidate.

Source: Google's API reference, "Candidate" and "Part", Vertex AI's "streaming function call arguments" (August 2026),
and recorded answers.
"""

from __future__ import annotations

import msgspec

from sluiceway.dialects.gemini.arguments import ArgumentsWriter
from sluiceway.dialects.gemini.logprobs import decode_logprobs
from sluiceway.dialects.gemini.shapes import NAME, CandidateShape, FunctionCallShape, PartShape, is_given
from sluiceway.dialects.gemini.usage import decode_block_reason, decode_finish_reason
from sluiceway.errors import RemoteProtocolError
from sluiceway.events import (
    BlockEnd,
    BlockKind,
    BlockStart,
    ChoiceEnd,
    Event,
    ExtrasDelta,
    ReasoningDelta,
    TextDelta,
    TokenLogprob,
    ToolInputDelta,
)
from sluiceway.usage import FinishReason, Stop

__all__ = ["Blocks", "ChoiceState"]

_NO_BLOCK = -1
_SIGNATURE = "thoughtSignature"
_SIGNED = frozenset({_SIGNATURE, "thought", "text", "functionCall"})


class ChoiceState:
    """Where one candidate stands.

    Attributes:
        index: its number.
        block: the number of its open block, or -1.
        kind: the kind of the open block.
        arguments: the arguments of the call that comes in pieces, while one does.
        has_called: whether it called a function.
        word: the finish reason that was held back.
        block_reason: why the prompt was blocked.
        extras: Gemini's own data for its end.
    """

    __slots__ = ("arguments", "block", "block_reason", "extras", "has_called", "index", "kind", "word")

    def __init__(self, index: int) -> None:
        self.index = index
        self.block = _NO_BLOCK
        self.kind = BlockKind.TEXT
        self.arguments: ArgumentsWriter | None = None
        self.has_called = False
        self.word: str | None = None
        self.block_reason: str | None = None
        self.extras: dict[str, object] = {}

    @property
    def reason(self) -> FinishReason | None:
        """Why it ends, as far as is known."""
        if self.block_reason is not None:
            return decode_block_reason(self.block_reason)
        return None if self.word is None else decode_finish_reason(self.word, has_called=self.has_called)


class Blocks:
    """The blocks of one answer. Every method appends to the list of events it is handed."""

    __slots__ = ("_calls", "_next_block", "choices")

    def __init__(self) -> None:
        self.choices: dict[int, ChoiceState] = {}
        self._next_block = 0
        self._calls = 0

    @property
    def has_finished(self) -> bool:
        """Whether there is a candidate, and each has a finish reason."""
        return bool(self.choices) and all(state.reason is not None for state in self.choices.values())

    def feed(self, shape: CandidateShape, position: int, payload: bytes, events: list[Event]) -> ChoiceState:
        """Take one candidate of a chunk.

        Args:
            shape: the candidate.
            position: its place in the chunk, which is its number where it gives none.
            payload: the whole chunk.
            events: where its events go.

        Raises:
            RemoteProtocolError: its pieces do not fit together.
        """
        state = self._choice(position if shape.index is None else shape.index)
        parts = shape.content.parts if shape.content is not None else None
        logprobs = shape.logprobs_result
        tokens = decode_logprobs(logprobs) if logprobs is not None else None
        for number, part in enumerate(parts or ()):
            if part.function_call is not None:
                self._call(state, part, part.function_call, events)
            elif part.text is None and (record := _find_own(payload, position, number)):
                self._vendor(state, record, events)
            elif part.thought:
                self._think(state, part, events)
            else:
                self._text(state, part, tokens, events)
                tokens = None
        _add_extras(state, shape, events)
        if shape.finish_reason:
            state.word = shape.finish_reason
            state.extras |= _end_extras(shape)
        return state

    def block_prompt(self, record: msgspec.Raw) -> None:
        """Take a chunk's ``promptFeedback``; where it blocks the prompt, there will be no answer."""
        feedback = msgspec.json.decode(record)
        # {"promptFeedback":{"blockReason":"PROHIBITED_CONTENT"},"usageMetadata":{"promptTokenCount":7,…}}
        if isinstance(feedback, dict) and isinstance(feedback.get("blockReason"), str):
            state = self._choice(0)
            state.block_reason = feedback["blockReason"]
            state.extras["promptFeedback"] = feedback

    def end(self, events: list[Event], *, is_last: bool = False) -> None:
        """End the candidates whose finish reason is known; with ``is_last`` the others too, for no known reason."""
        for state in self.choices.values():
            reason = state.reason or (FinishReason(Stop.OTHER) if is_last else None)
            if reason is not None:
                self._close(state, events)
                extras: dict[str, dict[str, object]] = {NAME: state.extras} if state.extras else {}
                events.append(ChoiceEnd(state.index, reason, extras))

    def _choice(self, index: int) -> ChoiceState:
        state = self.choices.get(index)
        if state is None:
            state = self.choices[index] = ChoiceState(index)
        return state

    def _text(
        self, state: ChoiceState, part: PartShape, tokens: list[TokenLogprob] | None, events: list[Event]
    ) -> None:
        text, signature = part.text or "", part.thought_signature
        if not (text or signature or tokens):
            return
        self._continue(state, BlockKind.TEXT, events)
        if text or tokens:
            events.append(TextDelta(state.block, text, tokens))
        # "parts":[{"text":"","thoughtSignature":"EsUBCsIBAQw5…"}]
        if signature:
            events.append(ExtrasDelta(state.block, {NAME: {_SIGNATURE: signature}}))

    def _think(self, state: ChoiceState, part: PartShape, events: list[Event]) -> None:
        # "parts":[{"text":"**Weighing it**","thought":true}]
        if part.text or part.thought_signature:
            self._continue(state, BlockKind.REASONING, events)
            events.append(ReasoningDelta(state.block, part.text or "", part.thought_signature))

    def _call(self, state: ChoiceState, part: PartShape, call: FunctionCallShape, events: list[Event]) -> None:
        pieces = call.partial_args or []
        if call.name or is_given(call.args):
            self._begin_call(state, part, call, events)
            if not pieces and not call.will_continue:
                # "functionCall":{"name":"get_temperature","args":{"city":"Paris"}}
                events.append(ToolInputDelta(state.block, _arguments(call.args)))
                self._close(state, events)
                return
            state.arguments = ArgumentsWriter()
        if state.arguments is None:
            # A {"functionCall":{}} that closes nothing says nothing.
            if pieces:
                raise RemoteProtocolError("the upstream went on with a tool call that had ended", dialect=NAME)
            return
        # "functionCall":{"partialArgs":[{"jsonPath":"$.steps[1]","stringValue":"Bo"}],"willContinue":true}
        text = state.arguments.write(pieces)
        if text:
            events.append(ToolInputDelta(state.block, text))
        if not call.will_continue:
            self._close(state, events)

    def _begin_call(self, state: ChoiceState, part: PartShape, call: FunctionCallShape, events: list[Event]) -> None:
        tool_id = call.id or f"call_{self._calls}"
        self._calls += 1
        state.has_called = True
        extras: dict[str, dict[str, object]] = {}
        if part.thought_signature:
            extras = {NAME: {_SIGNATURE: part.thought_signature}}
        self._open(state, BlockKind.TOOL, events, tool_id=tool_id, tool_name=call.name or "", extras=extras)

    def _vendor(self, state: ChoiceState, record: dict[str, object], events: list[Event]) -> None:
        # "executableCode":{"language":"PYTHON","code":"print(1)"}
        self._open(state, BlockKind.VENDOR, events, extras={NAME: record})
        self._close(state, events)

    def _continue(self, state: ChoiceState, kind: BlockKind, events: list[Event]) -> None:
        if state.block < 0 or state.kind is not kind:
            self._open(state, kind, events)

    def _open(
        self,
        state: ChoiceState,
        kind: BlockKind,
        events: list[Event],
        *,
        tool_id: str = "",
        tool_name: str = "",
        extras: dict[str, dict[str, object]] | None = None,
    ) -> None:
        self._close(state, events)
        state.block = self._next_block
        state.kind = kind
        self._next_block += 1
        events.append(BlockStart(state.block, kind, state.index, tool_id, tool_name, extras or {}))

    def _close(self, state: ChoiceState, events: list[Event]) -> None:
        if state.block < 0:
            return
        if state.arguments is not None:
            events.append(ToolInputDelta(state.block, state.arguments.close()))
            state.arguments = None
        events.append(BlockEnd(state.block))
        state.block = _NO_BLOCK


def _arguments(args: msgspec.Raw) -> str:
    return bytes(args).decode() if is_given(args) else "{}"


def _find_own(payload: bytes, candidate: int, part: int) -> dict[str, object]:
    """Return a part of a chunk as it came; nothing where it is an empty text that is signed."""
    record: dict[str, object] = msgspec.json.decode(payload)["candidates"][candidate]["content"]["parts"][part]
    # "parts":[{"thoughtSignature":"EpYSCpMSCAIS…"}]
    return {} if record.keys() <= _SIGNED else record


def _add_extras(state: ChoiceState, shape: CandidateShape, events: list[Event]) -> None:
    """Take what only Gemini says of what it said just now; without a block it is said of the end."""
    if not (
        shape.citation_metadata or shape.grounding_metadata or shape.safety_ratings or shape.url_context_metadata
    ):
        return
    extras = _given(
        ("citationMetadata", shape.citation_metadata),
        ("groundingMetadata", shape.grounding_metadata),
        ("safetyRatings", shape.safety_ratings),
        ("urlContextMetadata", shape.url_context_metadata),
    )
    if state.block < 0:
        state.extras |= extras
    elif extras:
        events.append(ExtrasDelta(state.block, {NAME: extras}))


def _end_extras(shape: CandidateShape) -> dict[str, object]:
    """Return what only Gemini says of a candidate's end."""
    return _given(
        ("avgLogprobs", shape.avg_logprobs),
        ("finishMessage", shape.finish_message),
        ("tokenCount", shape.token_count),
    )


def _given(*fields: tuple[str, msgspec.Raw]) -> dict[str, object]:
    return {name: msgspec.json.decode(record) for name, record in fields if is_given(record)}
