from __future__ import annotations

import json

import pytest
from support.ollamalines import CHAT, GENERATE, options

from sluiceway.dialects.base import Endpoint, Framing, Target
from sluiceway.dialects.ollama.load import answer_load
from sluiceway.events import ChoiceEnd, Frame
from sluiceway.order import check_order
from sluiceway.request import Request
from sluiceway.usage import FinishReason, Stop


def asked(endpoint: Endpoint = CHAT, **fields: object) -> Request:
    return endpoint.decode_request(json.dumps({"model": "m", **fields}).encode(), Target())


def word_of(request: Request) -> str | None:
    (end,) = (event for event in answer_load(request) if isinstance(event, ChoiceEnd))
    assert end.reason.stop is Stop.OTHER
    return end.reason.raw


@pytest.mark.parametrize(
    "request_", [asked(), asked(messages=[]), asked(GENERATE), asked(GENERATE, prompt="", system="Be kind.")]
)
def test_without_messages_or_prompt_a_model_is_loaded(request_: Request) -> None:
    assert word_of(request_) == "load"
    check_order(answer_load(request_))


@pytest.mark.parametrize("keep_alive", [0, 0.0, -0.0, "0", "0s", "0m0s", "-0", "+0.0h", ".0ms0us"])
def test_without_time_to_live_it_is_unloaded(keep_alive: object) -> None:
    assert word_of(asked(keep_alive=keep_alive)) == "unload"
    assert word_of(asked(GENERATE, keep_alive=keep_alive)) == "unload"


@pytest.mark.parametrize("keep_alive", [None, 1, -1, 0.5, False, "", "5m", "0s1ms", "1h0m", "0.", "never", "00", []])
def test_any_other_time_to_live_loads_it(keep_alive: object) -> None:
    assert word_of(asked(keep_alive=keep_alive)) == "load"


def test_a_time_to_live_is_read_once_however_long_it_is() -> None:
    assert word_of(asked(keep_alive="0" * 1_000_000)) == "load"
    assert word_of(asked(keep_alive="0s" * 500_000)) == "unload"


@pytest.mark.parametrize(
    "request_",
    [
        asked(messages=[{"role": "user", "content": ""}], keep_alive=0),
        asked(GENERATE, prompt="Hi", keep_alive=0),
        asked(GENERATE, images=["iVBORw0KGgo="]),
        asked(GENERATE, prompt="Hi", suffix="!"),
    ],
)
def test_who_says_anything_gets_an_answer_of_the_model(request_: Request) -> None:
    assert answer_load(request_) == []


@pytest.mark.parametrize(
    ("endpoint", "said"), [(CHAT, {"message": {"role": "assistant", "content": ""}}), (GENERATE, {"response": ""})]
)
def test_the_answer_is_the_one_that_ollama_gives(endpoint: Endpoint, said: dict[str, object]) -> None:
    request = asked(endpoint, keep_alive=0)
    body = json.loads(endpoint.encoder(options(Framing.JSON), request).encode(Frame(endpoint.at_once(request))))
    assert isinstance(body.pop("created_at"), str)
    assert body == {"model": "asked", **said, "done": True, "done_reason": "unload"}


def test_the_reason_is_no_end_of_an_answer() -> None:
    assert answer_load(asked())[1] == ChoiceEnd(0, FinishReason(Stop.OTHER, "load"))
