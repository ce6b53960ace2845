from __future__ import annotations

from support.cuts import cut_everywhere, decode_pieces
from support.ollamalines import chat, chat_done, decode_stream, generate, ndjson

from sluiceway.dialects.ollama.decode import LineDecoder
from sluiceway.events import Frame, StreamError, TextDelta


def test_each_line_is_one_frame_with_its_bytes() -> None:
    lines = [chat("a"), chat(""), chat("b"), chat_done()]
    frames = decode_stream(*lines)
    assert [frame.raw for frame in frames] == [line + b"\n" for line in lines]
    assert {frame.wire for frame in frames} == {"ollama/ndjson"}


def test_the_other_form_has_a_wire_of_its_own_from_the_first_line_on() -> None:
    body = ndjson(generate("a"), generate("b"), generate(done=True))
    for pieces in ([body], cut_everywhere(body)):
        frames = decode_pieces(LineDecoder(1 << 20), pieces)
        assert [frame.wire for frame in frames] == ["ollama_generate/ndjson"] * 3


def test_a_line_that_follows_the_usual_is_read_the_short_way() -> None:
    decoder = LineDecoder(1 << 20)
    decoder.feed(ndjson(chat("a"), chat("b")))
    assert decoder.usual is None
    assert decoder.feed(ndjson(chat("c"))) == [Frame([TextDelta(0, "c")], "ollama/ndjson", ndjson(chat("c")))]
    assert decoder.feed(ndjson(chat("d"), chat("e")))[1].events == [TextDelta(0, "e")]


def test_a_last_line_without_its_end_is_a_line() -> None:
    decoder = LineDecoder(1 << 20)
    frames = decoder.feed(ndjson(chat("a")) + chat_done()) + decoder.close()
    assert frames[-1].raw == chat_done() + b"\n"
    assert decoder.close() == []


def test_a_whole_answer_of_one_line_without_its_end_has_its_form() -> None:
    (frame,) = decode_pieces(LineDecoder(1 << 20), [generate("a", done=True)])
    assert frame.wire == "ollama_generate/ndjson"


def test_what_breaks_off_at_once_has_no_wire() -> None:
    (frame,) = decode_pieces(LineDecoder(1 << 20), [b""])
    assert (frame.wire, type(frame.events[0])) == ("", StreamError)


def test_a_line_that_is_too_long_ends_the_answer() -> None:
    frames = decode_stream(generate("a"), generate("b" * 200), max_line_bytes=120)
    assert isinstance(frames[-1].events[-1], StreamError)
    assert frames[-1].events[-1].code == "upstream_event_too_large"
    assert [frame.wire for frame in frames] == ["ollama_generate/ndjson", ""]
