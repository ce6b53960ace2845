from __future__ import annotations

import json
from typing import Any

import pytest

from sluiceway.dialects.base import EncodeOptions, Framing, Keep, Revisit, Target
from sluiceway.dialects.openai_responses.background import REVISITS, keep
from sluiceway.dialects.openai_responses.decode_request import decode_request
from sluiceway.dialects.openai_responses.encode_request import encode_request
from sluiceway.errors import RequestError
from sluiceway.events import ChoiceEnd, Event, Frame, StreamEnd, StreamError, StreamStart
from sluiceway.fold import Completion, fold
from sluiceway.testing import text_frames
from sluiceway.usage import FinishReason, Stop
from sluiceway.usual import Around, Usual
from sluiceway.wire.sse import SSEDecoder

FRAMES = text_frames(["Hel", "lo"])
EVENTS = [event for frame in FRAMES for event in frame.events]
OPTIONS = EncodeOptions(Framing.SSE, "gen-7", "m", 1_700_000_000)


def body(**fields: object) -> bytes:
    asked = {"model": "m", "input": "Hi", "instructions": "Be brief.", "background": True, **fields}
    return json.dumps(asked).encode()


def kept(**fields: object) -> Keep:
    found = keep(decode_request(body(**fields)))
    assert found is not None
    return found


def snapshot(completion: Completion) -> Any:
    found = kept()
    assert found.snapshot is not None
    return json.loads(found.snapshot(OPTIONS, completion))


def told(frames: list[Frame]) -> list[Any]:
    encoder = kept().encoder(OPTIONS)
    events = SSEDecoder().feed(b"".join(encoder.encode(frame) for frame in frames))
    return [json.loads(event.data) for event in events]


@pytest.mark.parametrize("value", [False, None, "true", 1])
def test_only_what_asks_for_the_background_is_kept(value: object) -> None:
    assert keep(decode_request(body(background=value))) is None


@pytest.mark.parametrize("is_stream", [True, False])
def test_the_upstream_is_asked_for_a_stream_in_the_foreground(is_stream: bool) -> None:
    found = kept(stream=is_stream)
    asked = json.loads(encode_request(found.request))
    assert asked == {"model": "m", "input": "Hi", "instructions": "Be brief.", "stream": True}
    assert (found.request.stream, found.request.extras.get("openai_responses")) == (True, {})
    assert (found.is_background, found.is_told_at_once, found.name) == (True, not is_stream, "")


def test_it_is_told_under_its_own_id_and_with_its_own_numbers() -> None:
    start = StreamStart(
        "resp_theirs", "m", extras={"openai_responses": {"background": False, "service_tier": "flex"}}
    )
    frames = [Frame([start, *FRAMES[0].events[1:]], "openai_responses/sse", b"data: theirs\n\n"), *FRAMES[1:]]
    events = told(frames)
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    response = events[-1]["response"]
    assert (response["id"], response["background"], response["service_tier"]) == ("resp_gen-7", True, "flex")
    assert (response["status"], response["instructions"]) == ("completed", "Be brief.")


def test_it_has_heartbeats_and_no_shortcut() -> None:
    encoder = kept().encoder(OPTIONS)
    assert (encoder.heartbeat(), encoder.telling(Usual("w", Around(b"", b"")))) == (b": ping\n", None)


@pytest.mark.parametrize(
    ("events", "status"),
    [
        ([], "queued"),
        (EVENTS[:3], "in_progress"),
        (EVENTS, "completed"),
        ([*EVENTS[:3], StreamError("upstream_failed", "overloaded")], "failed"),
        ([StreamStart(), ChoiceEnd(0, FinishReason(Stop.CANCELLED)), StreamEnd()], "cancelled"),
    ],
)
def test_it_can_be_looked_at_at_any_time(events: list[Event], status: str) -> None:
    response = snapshot(fold(events))
    assert (response["id"], response["object"], response["status"]) == ("resp_gen-7", "response", status)
    assert (response["created_at"], response["background"]) == (1_700_000_000, True)


def test_what_failed_says_why() -> None:
    assert snapshot(fold([StreamError("upstream_failed", "overloaded", "busy")]))["error"] == {
        "code": "busy",
        "message": "overloaded",
    }
    assert snapshot(fold([StreamError("engine_unavailable", "gone")]))["error"]["code"] == "engine_unavailable"


@pytest.mark.parametrize(
    ("query", "revisit"),
    [
        ({}, Revisit("gen-7", is_stream=False)),
        ({"stream": "false"}, Revisit("gen-7", is_stream=False)),
        ({"stream": "true"}, Revisit("gen-7")),
        ({"stream": "True", "starting_after": "0", "include_obfuscation": "false"}, Revisit("gen-7", after=0)),
        ({"stream": "1", "starting_after": "41"}, Revisit("gen-7", after=41)),
    ],
)
def test_who_comes_back_says_what_it_wants(query: dict[str, str], revisit: Revisit) -> None:
    assert REVISITS.decode(Target({"id": "resp_gen-7"}, query)) == revisit


@pytest.mark.parametrize("name", ["", "gen-7", "msg_gen-7", "respgen-7"])
def test_another_id_is_nobodys(name: str) -> None:
    assert REVISITS.decode(Target({"id": name})).name == ""


@pytest.mark.parametrize("after", ["", "x", "-1", "01", "1.0", " 1", "1" * 17])
def test_a_number_that_is_none_is_refused(after: str) -> None:
    with pytest.raises(RequestError) as caught:
        REVISITS.decode(Target({"id": "resp_gen-7"}, {"stream": "true", "starting_after": after}))
    assert caught.value.field == "starting_after"


def test_a_number_needs_a_stream() -> None:
    with pytest.raises(RequestError):
        REVISITS.decode(Target({"id": "resp_gen-7"}, {"starting_after": "1"}))


def test_payloads_have_numbers() -> None:
    assert REVISITS.number_of is not None
    assert [REVISITS.number_of(payload) for payload in (b'{"sequence_number":7}', b"{}")] == [7, None]
