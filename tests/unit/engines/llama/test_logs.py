from __future__ import annotations

import logging

import pytest

from sluiceway.engines.llama.logs import MAX_LINE_BYTES, LogDecoder


@pytest.mark.parametrize(
    ("mark", "level"),
    [("D", logging.DEBUG), ("I", logging.DEBUG), ("W", logging.INFO), ("E", logging.WARNING)],
)
def test_levels_are_taken_one_step_down(mark: str, level: int) -> None:
    line = f"0.37.457.225 {mark} srv    operator(): unauthorized\n".encode()
    assert LogDecoder().feed(line) == [(level, "srv    operator(): unauthorized")]


def test_a_line_without_a_mark_is_an_error() -> None:
    assert LogDecoder().feed(b"GGML_ASSERT(x) failed\n") == [(logging.ERROR, "GGML_ASSERT(x) failed")]


def test_any_split_gives_the_same_lines() -> None:
    data = "0.1 W zwei Hälften\n\n0.2 I b\nrest".encode()
    whole, bytewise = LogDecoder(), LogDecoder()
    lines = whole.feed(data) + whole.close()
    assert lines == [(logging.INFO, "zwei Hälften"), (logging.DEBUG, "b"), (logging.ERROR, "rest")]
    assert [line for byte in data for line in bytewise.feed(bytes([byte]))] + bytewise.close() == lines


def test_a_line_is_cut_and_never_kept_longer_than_the_limit() -> None:
    decoder = LogDecoder()
    for _ in range(3):
        assert decoder.feed(b"x" * MAX_LINE_BYTES) == []
        assert len(decoder._rest) == MAX_LINE_BYTES
    assert decoder.feed(b"\nnext\n") == [(logging.ERROR, "x" * MAX_LINE_BYTES), (logging.ERROR, "next")]


def test_nothing_that_steers_a_terminal_passes() -> None:
    assert LogDecoder().feed(b"a\x1b[31mb\xff\x07c\n") == [(logging.ERROR, "a [31mb� c")]
