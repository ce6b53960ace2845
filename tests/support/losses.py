"""What each dialect cannot hold of an answer, as data: every loss has a name and takes away exactly what is lost.

Whoever tells an answer in a dialect and reads it back gets the answer without the dialect's losses, and nothing else
may be missing. The encoders' docstrings say the same in words (``encode.py``, ``chunks.py``).

`known` takes away what is new on every way: numbers of blocks, the vendors' own words and records, and what was made
up because nobody had said it.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from sluiceway.dialects.base import EncodeOptions, Framing
from sluiceway.events import BlockKind, StreamStart, TokenLogprob
from sluiceway.fold import Block, Choice, Completion
from sluiceway.usage import FinishReason, Stop, Usage

__all__ = ["FALLBACK", "LOSSES", "WHOLE_LOSSES", "Loss", "known", "lose"]

FALLBACK = EncodeOptions(Framing.SSE, "gen_1", "asked", 1_700_000_000, include_usage=True)
"""What encoders say where the upstream said nothing: it can be told from what upstreams say."""

_END_TURN = "end_turn"

Change = Callable[[Completion], Completion]
Extras = dict[str, dict[str, object]]


class Loss(Struct, frozen=True):
    """One thing a dialect cannot hold.

    Attributes:
        name: what is lost, for people.
        remove: takes it away, and nothing else.
    """

    name: str
    remove: Change


def lose(completion: Completion, losses: Iterable[Loss]) -> Completion:
    """Return what is left of an answer."""
    for loss in losses:
        completion = loss.remove(completion)
    return completion


def _in_blocks(change: Callable[[Block], Block | None]) -> Change:
    """Apply a change to every block; None takes the block away."""

    def remove(completion: Completion) -> Completion:
        choices = [
            replace(choice, blocks=[changed for block in choice.blocks if (changed := change(block)) is not None])
            for choice in completion.choices
        ]
        return replace(completion, choices=choices)

    return remove


def _in_choices(change: Callable[[Choice], Choice]) -> Change:
    return lambda completion: replace(completion, choices=[change(choice) for choice in completion.choices])


def _in_usage(change: Callable[[Usage], Usage | None]) -> Change:
    return lambda completion: replace(completion, usage=completion.usage and change(completion.usage))


def _in_tokens(change: Callable[[list[TokenLogprob]], list[TokenLogprob]]) -> Change:
    return _in_blocks(lambda block: replace(block, logprobs=block.logprobs and change(block.logprobs)))


def _without_kinds(*kinds: BlockKind) -> Change:
    return _in_blocks(lambda block: None if block.start.kind in kinds else block)


def _choices_after_first(completion: Completion) -> Completion:
    return replace(completion, choices=[choice for choice in completion.choices if choice.index == 0])


def _as_text(block: Block) -> Block:
    is_refusal = block.start.kind is BlockKind.REFUSAL
    return replace(block, start=replace(block.start, kind=BlockKind.TEXT)) if is_refusal else block


def _empty(block: Block) -> Block | None:
    has_something = block.text or block.logprobs or block.signature or block.extras
    return block if block.start.kind in {BlockKind.TOOL, BlockKind.VENDOR} or has_something else None


def _borders(choice: Choice) -> Choice:
    joined: list[Block] = []
    for block in choice.blocks:
        kind = block.start.kind
        last = joined[-1] if joined else None
        if last is None or kind in {BlockKind.TOOL, BlockKind.VENDOR} or kind is not last.start.kind:
            joined.append(block)
            continue
        joined[-1] = replace(
            last,
            text=last.text + block.text,
            signature=block.signature or last.signature,
            logprobs=[*(last.logprobs or ()), *(block.logprobs or ())] or None,
            extras=last.extras + block.extras,
        )
    return replace(choice, blocks=joined)


def _in_order(*kinds: BlockKind) -> Change:
    """Sort blocks as a whole answer does that has one field for each kind."""
    order = {kind: place for place, kind in enumerate(kinds)}
    return _in_choices(
        lambda choice: replace(choice, blocks=sorted(choice.blocks, key=lambda block: order[block.start.kind]))
    )


def _place_of_logprobs(choice: Choice) -> Choice:
    """Put all log probabilities of a choice with its first text, or take them away where there is none."""
    tokens = [token for block in choice.blocks for token in block.logprobs or ()]
    blocks = [replace(block, logprobs=None) for block in choice.blocks]
    first = next((at for at, block in enumerate(blocks) if block.start.kind is BlockKind.TEXT), None)
    if first is not None:
        blocks[first] = replace(blocks[first], logprobs=tokens or None)
    return replace(choice, blocks=blocks)


def _words(**words: Stop) -> Change:
    """Say of some reasons what the dialect has a word for."""
    told = {Stop[name]: stop for name, stop in words.items()}

    def change(choice: Choice) -> Choice:
        reason = choice.reason
        return replace(choice, reason=reason and FinishReason(told.get(reason.stop, reason.stop)))

    return _in_choices(change)


def _reason_by_calls(*stops: Stop) -> Change:
    """Let the calls say, where the reason is one of these, whether the answer ended for a call."""

    def change(choice: Choice) -> Choice:
        reason = choice.reason
        if reason is None or reason.stop not in {*stops, Stop.TOOL_CALL}:
            return choice
        has_calls = any(block.start.kind is BlockKind.TOOL for block in choice.blocks)
        if not has_calls and reason.stop is Stop.TOOL_CALL:
            return replace(choice, reason=FinishReason(Stop.END))
        return replace(choice, reason=FinishReason(Stop.TOOL_CALL)) if has_calls else choice

    return _in_choices(change)


def _end_with_calls(choice: Choice) -> Choice:
    """Let the natural end of an answer that holds calls be a call, unless Anthropic's own word for it came."""
    has_calls = any(block.start.kind is BlockKind.TOOL for block in choice.blocks)
    if has_calls and choice.reason is not None and choice.reason.stop is Stop.END and choice.reason.raw != _END_TURN:
        return replace(choice, reason=FinishReason(Stop.TOOL_CALL))
    return choice


def _other_ends(choice: Choice) -> Choice:
    """Let a stop on request, and an end that is not known, be the end of a turn.

    Their word is ``end_turn``, calls or not: after ``tool_use`` clients would run what was stopped. It is Anthropic's
    own from then on, so that who tells the answer once more in this dialect says it again.
    """
    if choice.reason is None or choice.reason.stop not in {Stop.CANCELLED, Stop.OTHER}:
        return choice
    return replace(choice, reason=FinishReason(Stop.END, _END_TURN))


def _reason_by_refusal(choice: Choice) -> Choice:
    """Let a refusal say, where a dialect knows it as a reason only, that the answer was refused."""
    is_refused = any(block.start.kind is BlockKind.REFUSAL for block in choice.blocks)
    if is_refused and choice.reason is not None and choice.reason.stop is Stop.END:
        return replace(choice, reason=FinishReason(Stop.CONTENT_FILTER))
    return choice


def _demanded_counts(usage: Usage) -> Usage:
    """Say 0 of a count that is not known and that clients demand, and call it an estimate."""
    is_estimate = usage.is_estimate or usage.output_tokens is None
    return replace(usage, output_tokens=usage.output_tokens or 0, is_estimate=is_estimate)


def _demanded_counts_of_whole(usage: Usage) -> Usage:
    told = _demanded_counts(usage)
    return replace(
        told,
        input_tokens=usage.input_tokens or 0,
        is_estimate=told.is_estimate or usage.input_tokens is None,
    )


def _with_usage(completion: Completion) -> Completion:
    return replace(completion, usage=completion.usage or Usage())


def _fit_in_parts(usage: Usage) -> Usage:
    """Let the whole be no less than its parts, where the wire tells the parts apart."""
    cached = (usage.cache_read_tokens or 0) + (usage.cache_write_tokens or 0)
    return replace(usage, input_tokens=None if usage.input_tokens is None else max(usage.input_tokens, cached))


def _sum_of_output(usage: Usage) -> Usage:
    """Let the output be its reasoning and the rest, of which the wire tells each."""
    reasoning = usage.reasoning_tokens
    output = reasoning if usage.output_tokens is None else max(usage.output_tokens, reasoning or 0)
    return replace(usage, output_tokens=output)


def _without_counts(*names: str) -> Change:
    return _in_usage(lambda usage: replace(usage, **dict.fromkeys(names)))


def _unknown_usage(usage: Usage) -> Usage | None:
    return None if usage in (Usage(), Usage(is_estimate=True)) else usage


def _zero_usage(usage: Usage) -> Usage | None:
    return None if usage.input_tokens == usage.output_tokens == 0 else usage


def _without_bytes(tokens: list[TokenLogprob]) -> list[TokenLogprob]:
    return [replace(token, bytes=None, top=_without_bytes(token.top)) for token in tokens]


def _by_spelling(tokens: list[TokenLogprob]) -> list[TokenLogprob]:
    """Keep one alternative for each spelling, best first."""
    tops = [{other.token: other.logprob for other in token.top} for token in tokens]
    return [
        replace(token, top=sorted((TokenLogprob(*item) for item in top.items()), key=lambda other: -other.logprob))
        for token, top in zip(tokens, tops, strict=True)
    ]


def _unfit_signature(block: Block) -> Block:
    is_fit = block.signature is not None and _is_base64(block.signature)
    return block if is_fit else replace(block, signature=None)


def _is_base64(text: str) -> bool:
    """Return whether it is what some bytes are in one of the two alphabets, padded or not."""
    padded = text + "=" * (-len(text) % 4)
    for altchars in (b"+/", b"-_"):
        try:
            data = base64.b64decode(padded, altchars, validate=True)
        except ValueError:
            continue
        if base64.b64encode(data, altchars).decode() == padded:
            return True
    return False


def _unfinished_call(block: Block) -> Block | None:
    return None if block.start.kind is BlockKind.TOOL and not block.is_complete else block


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text or "{}"), dict)
    except ValueError:
        return False


def _unreadable_call(block: Block) -> Block | None:
    return None if block.start.kind is BlockKind.TOOL and not _is_object(block.text) else block


def _unreadable_input(name: str) -> Change:
    """Say input that is no JSON object as a field of one."""

    def change(block: Block) -> Block:
        is_object = block.start.kind is not BlockKind.TOOL or _is_object(block.text)
        return block if is_object else replace(block, text=json.dumps({name: block.text}))

    return _in_blocks(change)


def _foreign_id(completion: Completion) -> Completion:
    return completion if "openai_responses" in completion.start.extras else _start(id="")(completion)


def _model_before(completion: Completion) -> Completion:
    """Name the model that took over: ``{"type": "fallback", "to": {"model": "…"}}``."""
    for choice in completion.choices:
        for block in choice.blocks:
            record: Any = block.start.extras.get("anthropic", {})
            if record.get("type") == "fallback":
                completion = _start(model=record["to"]["model"])(completion)
    return completion


def _logprobs_of_refusals(block: Block) -> Block:
    return replace(block, logprobs=None) if block.start.kind is BlockKind.REFUSAL else block


def _without_others(name: str) -> Change:
    """Take away the extras of all dialects but one; what they mark stays."""

    def own(extras: Extras) -> Extras:
        return {name: extras[name]} if extras.get(name) else {}

    def in_block(block: Block) -> Block:
        kept = [own(extras) for extras in block.extras if own(extras)]
        return replace(block, start=replace(block.start, extras=own(block.start.extras)), extras=kept)

    def remove(completion: Completion) -> Completion:
        told = _in_choices(lambda choice: replace(choice, extras=own(choice.extras)))(
            _in_blocks(in_block)(completion)
        )
        return replace(told, start=replace(told.start, extras=own(told.start.extras)))

    return remove


def _vendor_blocks_of_others(name: str) -> Change:
    return _in_blocks(
        lambda block: None if block.start.kind is BlockKind.VENDOR and not block.start.extras.get(name) else block
    )


def _start(**fields: object) -> Change:
    return lambda completion: replace(completion, start=replace(completion.start, **fields))


def _others(name: str) -> tuple[Loss, Loss]:
    return (
        Loss("marks and fields that only another vendor has", _without_others(name)),
        Loss("blocks that only another vendor has", _vendor_blocks_of_others(name)),
    )


CHOICES = Loss("choices after the first", _choices_after_first)
SIGNATURES = Loss("signatures of reasoning", _in_blocks(lambda block: replace(block, signature=None)))
EMPTY = Loss("blocks that stay empty", _in_blocks(_empty))
BORDERS = Loss("borders between neighbouring blocks of one kind", _in_choices(_borders))
REFUSAL = Loss("that text is a refusal", _in_blocks(_as_text))
LOGPROBS = Loss("log probabilities", _in_blocks(lambda block: replace(block, logprobs=None)))
TOKEN_BYTES = Loss("bytes of tokens", _in_tokens(_without_bytes))
CALL_REASON = Loss("whether a call was the reason to end", _reason_by_calls(Stop.END))
TIME = Loss("the time stamp", _start(created_at_unix_s=None))
PARTS = Loss("that the input's count is less than its parts", _in_usage(_fit_in_parts))
UNKNOWN_USAGE = Loss("a report of counts none of which is known", _in_usage(_unknown_usage))

LOSSES: Mapping[str, tuple[Loss, ...]] = MappingProxyType(
    {
        "openai_chat": (
            *_others("openai_chat"),
            SIGNATURES,
            EMPTY,
            BORDERS,
            Loss(
                "reasons but for end, length, call and filter",
                _words(STOP_SEQUENCE=Stop.END, PAUSED=Stop.END, CANCELLED=Stop.END, OTHER=Stop.END),
            ),
        ),
        "openai_completions": (
            *_others("openai_completions"),
            Loss("reasoning and calls", _without_kinds(BlockKind.REASONING, BlockKind.TOOL, BlockKind.VENDOR)),
            REFUSAL,
            EMPTY,
            BORDERS,
            TOKEN_BYTES,
            Loss("alternatives of one spelling, and their order", _in_tokens(_by_spelling)),
            Loss("counts of zero", _in_usage(_zero_usage)),
            Loss(
                "reasons but for end, length and filter",
                _words(
                    STOP_SEQUENCE=Stop.END,
                    TOOL_CALL=Stop.END,
                    PAUSED=Stop.END,
                    CANCELLED=Stop.END,
                    OTHER=Stop.END,
                ),
            ),
        ),
        "openai_responses": (
            CHOICES,
            *_others("openai_responses"),
            Loss("log probabilities of refusals", _in_blocks(_logprobs_of_refusals)),
            UNKNOWN_USAGE,
            Loss(
                "reasons but for end, length, call, filter and stop on request",
                _words(STOP_SEQUENCE=Stop.END, PAUSED=Stop.END, OTHER=Stop.END),
            ),
            CALL_REASON,
            Loss("an id of another vendor", _foreign_id),
        ),
        "anthropic": (
            CHOICES,
            *_others("anthropic"),
            LOGPROBS,
            Loss("a natural end after a call", _in_choices(_end_with_calls)),
            Loss("a refusal that was no reason to end", _in_choices(_reason_by_refusal)),
            REFUSAL,
            Loss("reasons that are not known or stops on request", _in_choices(_other_ends)),
            Loss("that there are no counts", _with_usage),
            PARTS,
            Loss("that the output's count is not known", _in_usage(_demanded_counts)),
            TIME,
        ),
        "gemini": (
            *_others("gemini"),
            REFUSAL,
            Loss("signatures that are no base64", _in_blocks(_unfit_signature)),
            Loss("calls that were cut", _in_blocks(_unfinished_call)),
            Loss("that a call's input is no JSON object", _unreadable_input("input")),
            EMPTY,
            BORDERS,
            TOKEN_BYTES,
            Loss("tokens written to a cache", _without_counts("cache_write_tokens")),
            Loss("output less than its reasoning", _in_usage(_sum_of_output)),
            Loss(
                "stop sequences and stops on request, apart from the end",
                _words(STOP_SEQUENCE=Stop.END, CANCELLED=Stop.END),
            ),
            CALL_REASON,
        ),
        "ollama": (
            CHOICES,
            *_others("ollama"),
            REFUSAL,
            SIGNATURES,
            Loss("calls that were cut", _in_blocks(_unfinished_call)),
            Loss("calls whose input is no JSON object", _in_blocks(_unreadable_call)),
            EMPTY,
            BORDERS,
            Loss("parts of counts", _without_counts("cache_read_tokens", "cache_write_tokens", "reasoning_tokens")),
            UNKNOWN_USAGE,
            Loss(
                "reasons but for end, length and call",
                _words(STOP_SEQUENCE=Stop.END, CANCELLED=Stop.END, CONTENT_FILTER=Stop.OTHER, PAUSED=Stop.OTHER),
            ),
            Loss("whether a call was the reason to end", _reason_by_calls(Stop.END, Stop.OTHER)),
            Loss("the id", _start(id="")),
        ),
    }
)
"""Target → what it cannot hold, in the order in which it is taken away."""

_BY_KIND = (BlockKind.REASONING, BlockKind.TEXT, BlockKind.REFUSAL, BlockKind.TOOL, BlockKind.VENDOR)
_ORDER = Loss("the order of blocks of different kinds", _in_order(*_BY_KIND))

WHOLE_LOSSES: Mapping[str, tuple[Loss, ...]] = MappingProxyType(
    {
        "openai_chat": (_ORDER, BORDERS),
        "openai_completions": (),
        "openai_responses": (),
        "anthropic": (
            Loss("that a call's input is no JSON object", _unreadable_input("INVALID_JSON")),
            Loss("the model before the one that took over", _model_before),
            Loss("that the input's count is not known", _in_usage(_demanded_counts_of_whole)),
            PARTS,
        ),
        "gemini": (Loss("which text log probabilities belong to", _in_choices(_place_of_logprobs)),),
        "ollama": (_ORDER, BORDERS),
    }
)
"""Target → what it cannot hold besides, where the answer is written whole."""


def known(completion: Completion, own: str = "") -> Completion:
    """Return an answer without what is new on every way, and vendor-only data of no dialect but ``own``.

    A dialect marks what it decodes with data of its own, such as the ids of items, which nobody has said before.
    """
    completion = _without_others(own)(completion)
    start = completion.start
    # Wires that demand a time say 0 where there is none.
    made_up = {FALLBACK.stream_id, f"resp_{FALLBACK.stream_id}"}
    is_made_up = start.created_at_unix_s in {0, FALLBACK.created_at_unix_s}
    created = None if is_made_up else start.created_at_unix_s
    model = "" if start.model == FALLBACK.model else start.model
    return replace(
        completion,
        start=StreamStart("" if start.id in made_up else start.id, model, created, start.extras),
        choices=[_known_choice(choice) for choice in completion.choices],
        usage=completion.usage and replace(completion.usage, raw=None),
    )


def _known_choice(choice: Choice) -> Choice:
    blocks = [_known_block(number, block) for number, block in enumerate(choice.blocks)]
    return replace(choice, blocks=blocks, reason=choice.reason and replace(choice.reason, raw=None))


def _known_block(number: int, block: Block) -> Block:
    start = replace(block.start, block=number)
    text = _known_input(block.text) if start.kind is BlockKind.TOOL else block.text
    return replace(block, start=start, text=text, signature=block.signature or None, logprobs=block.logprobs or None)


def _known_input(text: str) -> str:
    """Return arguments spelled in one way, their numbers as they were."""
    try:
        return json.dumps(json.loads(text or "{}", parse_int=str, parse_float=str))
    except ValueError:
        return text
