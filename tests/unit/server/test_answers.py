from __future__ import annotations

import msgspec
import pytest
from support.generations import PlainEncoder, begin

from sluiceway.delivery.cursor import START, Cursor
from sluiceway.delivery.generation import Generation
from sluiceway.delivery.kept import FOR_EVER
from sluiceway.delivery.reader import Limits, Reader
from sluiceway.dialects.base import EncodeOptions, Framing, Keep
from sluiceway.errors import RequestError, ServerBusy, UnsupportedFeature
from sluiceway.request import Request
from sluiceway.server.answers import Answer, Answers, Voice
from sluiceway.server.resumption import Terms
from sluiceway.server.settings import Settings
from sluiceway.testing import FakeClock, ScriptedCall, Step, text_frames
from sluiceway.usage import Usage

SCRIPT: list[Step] = [(1, [frame]) for frame in text_frames(["Hel", "lo"], usage=Usage(3, 2))]
REQUEST = Request("m", [], stream=True)


def encode_nothing(_options: EncodeOptions) -> PlainEncoder:
    return PlainEncoder()


PLAIN = Keep(REQUEST, encode_nothing)
NAMED = Keep(REQUEST, encode_nothing, name="chat")
BACKGROUND = Keep(REQUEST, encode_nothing, is_background=True)


class Desk:
    """Kept answers on a fake clock."""

    def __init__(self, **settings: int) -> None:
        self.clock = FakeClock()
        self.over: list[str] = []
        self.answers = Answers(Settings(**settings), self.clock, self.note)  # type: ignore[arg-type]  # numbers only
        self.call: ScriptedCall

    def note(self, generation: Generation) -> None:
        self.over.append(generation.origin.id)

    def begin(self, keep: Keep = PLAIN, name: str = "gen-1") -> Answer:
        assert self.answers.admit(keep)
        generation, self.call = begin(SCRIPT, self.clock, name=name)
        return self.answers.add(generation, keep, 7)

    async def find(self, *names: str) -> list[Answer | None]:
        return [await self.answers.find("plain", name) for name in names]

    def read(self, answer: Answer, cursor: Cursor) -> str:
        return Reader(*answer.follow_from(cursor, Voice(Framing.SSE)), Limits(), self.clock.time).take().decode()


async def test_an_answer_is_found_by_id_and_by_name() -> None:
    desk = Desk()
    answer = desk.begin(NAMED)
    assert [await desk.answers.find("plain", name) for name in ("gen-1", "chat", "")] == [answer, answer, None]
    assert await desk.answers.find("another", "gen-1") is None
    assert await desk.answers.find("another", "chat") is None


async def test_the_latest_of_a_name_is_found_and_the_others_by_their_ids() -> None:
    desk = Desk(kept_s=60)
    first, second = desk.begin(NAMED, "gen-1"), desk.begin(NAMED, "gen-2")
    assert await desk.find("chat", "gen-1") == [second, first]
    first.kept.generation.stop()
    desk.clock.advance(62)
    assert await desk.find("chat", "gen-1") == [second, None]
    desk.clock.advance(10)
    assert await desk.find("chat") == [None]


def test_it_tells_who_is_over() -> None:
    desk = Desk()
    desk.begin(BACKGROUND)
    desk.clock.advance(20)
    assert desk.over == ["gen-1"]


def test_a_reader_is_told_what_follows_its_cursor() -> None:
    desk = Desk()
    answer = desk.begin()
    desk.clock.advance(9)
    assert [desk.read(answer, Cursor(1, seq)) for seq in range(5)] == ["Hello.", "Hello.", "lo.", ".", ""]
    assert desk.read(answer, START) == "Hello."


def test_a_cursor_of_another_answer_is_refused() -> None:
    desk = Desk()
    answer = desk.begin()
    with pytest.raises(RequestError):
        desk.read(answer, Cursor(2, 1))
    assert not answer.kept.is_followed


def test_a_cursor_beyond_the_end_is_refused_once_there_is_one() -> None:
    desk = Desk()
    answer = desk.begin()
    assert desk.read(answer, Cursor(1, 9)) == ""
    desk.clock.advance(9)
    with pytest.raises(RequestError, match="beyond the end"):
        desk.read(answer, Cursor(1, 5))


def test_only_so_many_follow_one_answer() -> None:
    desk = Desk(max_followers=2)
    answer = desk.begin()
    for _ in range(2):
        desk.read(answer, START)
    with pytest.raises(ServerBusy):
        desk.read(answer, START)


async def test_a_stream_is_found_by_its_id_whatever_its_dialect() -> None:
    desk = Desk()
    answer = desk.begin(msgspec.structs.replace(NAMED, has_revisits=False))
    assert await desk.find("gen-1") == [None]
    assert (await desk.answers.find_stream("gen-1"), await desk.answers.find_stream("chat")) == (answer, None)
    assert desk.answers.get("gen-1") is answer


def test_nothing_of_a_request_is_kept() -> None:
    large = Request("m", [], body=b"x" * 1000)
    assert Desk().begin(Keep(large, encode_nothing)).keep.request == Request("m", [])


def test_terms_say_how_long_it_goes_on_alone() -> None:
    desk = Desk()
    generation, _ = begin(SCRIPT, desk.clock, name="gen-1")
    kept = desk.answers.add(generation, PLAIN, 7, Terms(True, 3, 9)).kept
    assert (kept.grace_s, kept.max_alone_tokens) == (3, 9)
    generation, _ = begin(SCRIPT, desk.clock, name="gen-2")
    kept = desk.answers.add(generation, BACKGROUND, 7, Terms(True, 3, 9)).kept
    assert (kept.grace_s, kept.max_alone_tokens) == (FOR_EVER, 0)


def test_encoders_are_told_the_same_each_time() -> None:
    answer = Desk().begin()
    assert answer.options(Framing.SSE) == EncodeOptions(Framing.SSE, "gen-1", "m", 7, include_usage=True)
    assert answer.snapshot() == b""


async def test_closing_lets_go_of_all() -> None:
    desk = Desk()
    desk.begin(NAMED)
    desk.answers.close()
    desk.answers.close()
    assert await desk.find("chat") == [None]


def test_several_processes_keep_nothing() -> None:
    desk = Desk(workers=2)
    assert not desk.answers.admit(NAMED)
    with pytest.raises(UnsupportedFeature):
        desk.answers.admit(BACKGROUND)


def test_only_so_many_run_in_the_background() -> None:
    desk = Desk(max_background_streams=1)
    desk.begin(BACKGROUND)
    assert desk.answers.admit(PLAIN)
    with pytest.raises(ServerBusy):
        desk.answers.admit(BACKGROUND)
