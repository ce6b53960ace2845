"""Chat Completions: calls whose fragments come in turns fold to the same calls, told one block after the other."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st
from support.chatchunks import DONE, UPSTREAM, chunk, decode_stream, events_of, options, sse
from support.decoder_laws import check_every_cut

from sluiceway.dialects.openai_chat.encode import encoder
from sluiceway.events import BlockEnd, BlockKind, BlockStart, Event, StreamEnd, TextDelta
from sluiceway.fold import Block, fold

_VALUES = st.text(max_size=6) | st.integers() | st.lists(st.text(max_size=3), max_size=2)
_INPUTS = st.dictionaries(st.text(max_size=4), _VALUES, max_size=2).map(
    lambda value: json.dumps(value, ensure_ascii=False)
)
_CALLS = st.tuples(st.just("function"), _INPUTS) | st.tuples(st.just("custom"), st.text(max_size=6) | _INPUTS)


@st.composite
def _cut(draw: st.DrawFn, text: str) -> list[str]:
    borders = sorted(draw(st.lists(st.integers(0, len(text)), max_size=4)))
    return [text[start:end] for start, end in zip([0, *borders], [*borders, len(text)], strict=True)]


def _call(index: int, kind: str, pieces: list[str]) -> list[dict[str, object]]:
    field = {"function": "arguments", "custom": "input"}[kind]
    head = {"index": index, "id": f"call_{index}", "type": kind, kind: {"name": f"f{index}", field: ""}}
    rest = [{"index": index, kind: {field: piece}} for piece in pieces]
    return [{"tool_calls": [fragment]} for fragment in (head, *rest)]


@st.composite
def _in_turns(draw: st.DrawFn) -> tuple[list[str], str, list[dict[str, object]]]:
    """Draw the inputs of some calls, a text, and the deltas that say them in any turns."""
    called = draw(st.lists(_CALLS, min_size=2, max_size=4))
    text = draw(st.text(max_size=6))
    sources = [_call(index, kind, draw(_cut(one))) for index, (kind, one) in enumerate(called)]
    sources.append([{"content": piece} for piece in draw(_cut(text))])
    deltas: list[dict[str, object]] = []
    while any(sources):
        deltas.append(draw(st.sampled_from([source for source in sources if source])).pop(0))
    return [one for _, one in called], text, deltas


def _body(deltas: list[dict[str, object]], *last: bytes) -> bytes:
    return sse(*map(chunk, deltas), *last)


def _calls(blocks: list[Block]) -> dict[str, tuple[str, str]]:
    tools = [block for block in blocks if block.start.kind is BlockKind.TOOL]
    return {block.start.tool_id: (block.start.tool_name, block.text) for block in tools}


def _most_open(events: list[Event]) -> int:
    count = most = 0
    for event in events:
        count += isinstance(event, BlockStart) - isinstance(event, BlockEnd)
        most = max(most, count)
    return most


@given(_in_turns(), st.data())
def test_calls_that_come_in_turns_fold_to_the_same_calls(
    told: tuple[list[str], str, list[dict[str, object]]], data: st.DataObject
) -> None:
    inputs, text, deltas = told
    events = events_of(decode_stream(*map(chunk, deltas), chunk(finish="tool_calls"), DONE))
    blocks = fold(events).choices[0].blocks
    assert isinstance(events[-1], StreamEnd)
    assert _calls(blocks) == {f"call_{index}": (f"f{index}", one) for index, one in enumerate(inputs)}
    assert "".join(block.text for block in blocks if block.start.kind is BlockKind.TEXT) == text
    assert _most_open(events) == 1
    check_every_cut(UPSTREAM, _body(deltas, chunk(finish="tool_calls"), DONE), data)


@given(_in_turns())
def test_a_reader_of_the_same_dialect_gets_the_bytes_as_they_came(
    told: tuple[list[str], str, list[dict[str, object]]],
) -> None:
    body = _body(told[2], chunk(finish="tool_calls"), DONE)
    decoder, reader = UPSTREAM.decoder(True, 1 << 20), encoder(options())
    frames = decoder.feed(body)
    assert [reader.encode(frame) for frame in frames] == [frame.raw for frame in frames]
    assert b"".join(frame.raw for frame in frames) == body


@given(_in_turns(), st.integers(0, 12))
def test_what_has_come_before_a_cut_is_told(told: tuple[list[str], str, list[dict[str, object]]], count: int) -> None:
    sent = told[2][:count]
    events = events_of(decode_stream(*map(chunk, sent)))
    texts = [event.text for event in events if isinstance(event, TextDelta)]
    assert "".join(texts) == "".join(str(delta["content"]) for delta in sent if "content" in delta)
    begun = sum(isinstance(event, BlockStart) and event.kind is BlockKind.TOOL for event in events)
    assert begun == sum('"id"' in json.dumps(delta) for delta in sent)
