from __future__ import annotations

import msgspec
import pytest

from sluiceway.dialects.openai_api.edit_body import edit_body
from sluiceway.request import Request

USAGE = '"stream_options":{"include_usage":true}'


def edited(body: str, *, model: str = "m", stream: bool = False, asks_for_usage: bool = True) -> str:
    return edit_body(Request(model, [], stream=stream, body=body.encode()), asks_for_usage=asks_for_usage).decode()


@pytest.mark.parametrize(
    "body",
    ['{ "z": 1e2, "z": 1, "model" : "m" }', '{"model":"m","stream":false}', '{"model":"m","stream":null}'],
)
def test_what_does_not_differ_leaves_as_it_came(body: str) -> None:
    assert edited(body) == body


@pytest.mark.parametrize("options", ['"stream_options":{"x":1, "include_usage": true }', USAGE])
def test_a_stream_that_asks_for_usage_leaves_as_it_came(options: str) -> None:
    body = f'{{ "model":"m","stream":true,{options}}}'
    assert edited(body, stream=True) == body


def test_another_model_changes_nothing_else() -> None:
    assert edited('{"z":1e2,"model":"m"}', model='n"') == '{"z":1e2,"model":"n\\""}'


@pytest.mark.parametrize(
    ("options", "asked"),
    [
        ("", f",{USAGE}"),
        (',"stream_options":null', f",{USAGE}"),
        (',"stream_options":{}', f",{USAGE}"),
        (',"stream_options":{"include_usage":false}', f",{USAGE}"),
        (',"stream_options":{"x":1.0}', ',"stream_options":{"x":1.0,"include_usage":true}'),
    ],
)
def test_a_stream_is_asked_for_usage(options: str, asked: str) -> None:
    head = '{"model":"m","stream":true'
    assert edited(f"{head}{options}}}", stream=True) == f"{head}{asked}}}"


@pytest.mark.parametrize("options", ["", ',"stream_options":{"include_obfuscation":false}'])
def test_a_stream_that_always_tells_its_usage_is_not_asked(options: str) -> None:
    body = f'{{"model":"m","stream":true{options}}}'
    assert edited(body, stream=True, asks_for_usage=False) == body


@pytest.mark.parametrize("asks_for_usage", [True, False])
def test_without_a_stream_there_are_no_options_of_one(asks_for_usage: bool) -> None:
    body = f'{{"model":"m","stream":true,{USAGE},"z":1.50}}'
    assert edited(body, asks_for_usage=asks_for_usage) == '{"model":"m","stream":false,"z":1.50}'


def test_a_stream_can_be_switched_on() -> None:
    assert edited('{"model":"m"}', stream=True) == f'{{"model":"m","stream":true,{USAGE}}}'


def test_the_record_of_fields_is_not_changed() -> None:
    request = Request("n", [], body=b'{"model":"m"}')
    edit_body(request, asks_for_usage=True)
    assert request == msgspec.structs.replace(request, body=b'{"model":"m"}')
