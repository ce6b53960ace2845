from __future__ import annotations

import pytest

from sluiceway.dialects.base import Framing
from sluiceway.errors import RequestError
from sluiceway.server.accept import choose_framing


@pytest.mark.parametrize(
    ("accept", "framing"),
    [
        ("", Framing.SSE),
        ("*/*", Framing.SSE),
        ("text/event-stream", Framing.SSE),
        ("Text/Event-Stream; charset=utf-8", Framing.SSE),
        ("application/json", Framing.SSE),
        ("application/x-ndjson", Framing.NDJSON),
        ("application/jsonl", Framing.NDJSON),
        ("text/html, application/x-ndjson", Framing.NDJSON),
        ("application/json, text/event-stream", Framing.SSE),
    ],
)
def test_a_stream_comes_in_the_form_that_is_asked_for(accept: str, framing: Framing) -> None:
    assert choose_framing(accept, is_stream=True) is framing


@pytest.mark.parametrize("accept", ["", "*/*", "application/json", "text/event-stream", "application/x-ndjson"])
def test_a_whole_answer_is_json_whatever_form_of_stream_is_named(accept: str) -> None:
    assert choose_framing(accept, is_stream=False) is Framing.JSON


@pytest.mark.parametrize(
    ("accept", "framing"),
    [
        ("text/event-stream;q=0.5, application/x-ndjson", Framing.NDJSON),
        ("text/event-stream;q=0.5, application/x-ndjson;q=0.4", Framing.SSE),
        ("application/x-ndjson;v=1;q=0.2, */*;q=0.1", Framing.NDJSON),
        ("text/event-stream;q=9, application/x-ndjson;q=1", Framing.SSE),
    ],
)
def test_the_best_liked_form_wins_and_the_first_of_equals(accept: str, framing: Framing) -> None:
    assert choose_framing(accept, is_stream=True) is framing


@pytest.mark.parametrize("accept", ["text/html", "text/event-stream;q=0", "text/event-stream;q=much", "garbage"])
def test_a_client_that_takes_nothing_we_make_is_refused(accept: str) -> None:
    with pytest.raises(RequestError, match="text/event-stream or application/x-ndjson") as caught:
        choose_framing(accept, is_stream=True)
    assert caught.value.status == 406


def test_the_refusal_of_a_whole_answer_names_json() -> None:
    with pytest.raises(RequestError, match="application/json"):
        choose_framing("text/html", is_stream=False)


@pytest.mark.parametrize(
    ("accept", "framing"),
    [("*/*", Framing.NDJSON), ("application/json", Framing.NDJSON), ("text/event-stream", Framing.SSE)],
)
def test_a_client_without_a_wish_gets_what_is_usual(accept: str, framing: Framing) -> None:
    assert choose_framing(accept, is_stream=True, usual=Framing.NDJSON) is framing
    assert choose_framing("*/*", is_stream=False, usual=Framing.NDJSON) is Framing.JSON
