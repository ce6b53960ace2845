"""Redis's wire: commands out, replies in, however their bytes are cut."""

from __future__ import annotations

import pytest

from sluiceway.delivery.log.redis_wire import Refusal, Replies, encode_command, find_slot

WIRE = b"+OK\r\n:7\r\n$5\r\na\r\nbc\r\n$-1\r\n-MOVED 3999 127.0.0.1:6381\r\n*3\r\n$1\r\nx\r\n*-1\r\n*1\r\n:0\r\n"
REPLIES = [b"OK", 7, b"a\r\nbc", None, Refusal("MOVED 3999 127.0.0.1:6381"), [b"x", None, [0]]]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_any_split_of_the_bytes_gives_the_same_replies(size: int) -> None:
    replies = Replies(1000)
    told = [reply for at in range(0, len(WIRE), size) for reply in replies.feed(WIRE[at : at + size])]
    assert told == REPLIES


def test_a_refusal_has_a_kind() -> None:
    assert Refusal("NOSCRIPT No matching script.").kind == "NOSCRIPT"


def test_what_is_no_reply_is_refused() -> None:
    with pytest.raises(ValueError, match="no reply"):
        Replies(1000).feed(b"HTTP/1.1 400 Bad Request\r\n")


def test_lists_in_lists_without_end_are_refused() -> None:
    with pytest.raises(ValueError, match="no reply"):
        Replies(1000).feed(b"*1\r\n" * 100)


def test_a_reply_has_a_limit() -> None:
    replies = Replies(10)
    with pytest.raises(ValueError, match="too long"):
        replies.feed(b"$100\r\n" + b"x" * 20)


def test_a_command_is_its_arguments_with_their_lengths() -> None:
    assert encode_command(b"SET", b"a", b"") == b"*3\r\n$3\r\nSET\r\n$1\r\na\r\n$0\r\n\r\n"


@pytest.mark.parametrize(
    ("key", "slot"),
    [(b"123456789", 12739), (b"{123456789}x", 12739), (b"a{123456789}b{c}", 12739)],
)
def test_what_stands_between_braces_decides_the_slot(key: bytes, slot: int) -> None:
    assert find_slot(key) == slot


@pytest.mark.parametrize("key", [b"a{}b", b"a{b"])
def test_empty_or_open_braces_decide_nothing(key: bytes) -> None:
    assert find_slot(key) != find_slot(b"b")
