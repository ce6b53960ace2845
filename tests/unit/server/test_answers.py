from __future__ import annotations

import pytest
from support.generations import PlainEncoder, begin

from sluiceway.delivery.cursor import START, Cursor
from sluiceway.delivery.generation import Generation
from sluiceway.delivery.reader import Limits, Reader
from sluiceway.dialects.base import EncodeOptions, Framing, Keep
from sluiceway.errors import RequestError, ServerBusy, UnsupportedFeature
from sluiceway.request import Request
from sluiceway.server.answers import Answer, Answers
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

    def read(self, answer: Answer, cursor: Cursor) -> str:
        return Reader(*answer.follow_from(cursor, Framing.SSE), Limits(), self.clock.time).take().decode()


def test_an_answer_is_found_by_id_and_by_name() -> None:
    desk = Desk()
    answer = desk.begin(NAMED)
    assert [desk.answers.find("plain", name) for name in ("gen-1", "chat", "")] == [answer, answer, None]
    assert desk.answers.find("another", "gen-1") is None
    assert desk.answers.find("another", "chat") is None


def test_the_latest_of_a_name_is_found_and_the_others_by_their_ids() -> None:
    desk = Desk(kept_s=60)
    first, second = desk.begin(NAMED, "gen-1"), desk.begin(NAMED, "gen-2")
    assert (desk.answers.find("plain", "chat"), desk.answers.find("plain", "gen-1")) == (second, first)
    first.kept.generation.stop()
    desk.clock.advance(62)
    assert (desk.answers.find("plain", "chat"), desk.answers.find("plain", "gen-1")) == (second, None)
    desk.clock.advance(10)
    assert desk.answers.find("plain", "chat") is None


def test_it_tells_who_is_over() -> None:
    desk = Desk()
    desk.begin(BACKGROUND)
    desk.clock.advance(20)
    assert desk.over == ["gen-1"]


def test_a_reader_is_told_what_follows_its_cursor() -> None:
    desk = Desk()
    answer = desk.begin()
    desk.clock.advance(9)
    assert [desk.read(answer, Cursor(1, seq)) for seq in range(6)] == ["Hello.", "Hello.", "lo.", ".", "", ""]
    assert desk.read(answer, START) == "Hello."


def test_a_cursor_of_another_answer_is_refused() -> None:
    desk = Desk()
    answer = desk.begin()
    with pytest.raises(RequestError):
        desk.read(answer, Cursor(2, 1))
    assert not answer.kept.is_followed


def test_encoders_are_told_the_same_each_time() -> None:
    answer = Desk().begin()
    assert answer.options(Framing.SSE) == EncodeOptions(Framing.SSE, "gen-1", "m", 7, include_usage=True)
    assert answer.snapshot() == b""


def test_closing_lets_go_of_all() -> None:
    desk = Desk()
    desk.begin(NAMED)
    desk.answers.close()
    desk.answers.close()
    assert desk.answers.find("plain", "chat") is None


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
