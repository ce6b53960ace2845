from __future__ import annotations

import pytest

from sluiceway.delivery.kept import FOR_EVER
from sluiceway.dialects.anthropic import ANTHROPIC
from sluiceway.dialects.base import EncodeOptions, Endpoint, Framing, Keep, Target
from sluiceway.dialects.openai_chat import OPENAI_CHAT
from sluiceway.errors import RequestError
from sluiceway.request import Message, Request, Role, TextPart
from sluiceway.server.resumption import Terms, choose_keep, decode_terms
from sluiceway.server.settings import Settings
from sluiceway.testing import text_frames

SETTINGS = Settings(resume_grace_s=15, max_resume_grace_s=60, max_alone_tokens=100)


def decode(**headers: str) -> Terms:
    return decode_terms(Target(headers={f"sluiceway-{name}": value for name, value in headers.items()}), SETTINGS)


def test_without_headers_nothing_is_asked_for() -> None:
    assert decode() == Terms(is_resumable=False, grace_s=15, max_alone_tokens=100)


@pytest.mark.parametrize(("text", "is_resumable"), [("on", True), ("On", True), ("off", False)])
def test_a_reader_says_whether_it_may_come_back(text: str, is_resumable: bool) -> None:
    assert decode(resume=text).is_resumable is is_resumable


@pytest.mark.parametrize(
    ("text", "grace_s"),
    [("cancel", 0), ("Continue", FOR_EVER), ("0", 0), ("7", 7), ("1.5", 1.5), ("61", 60), ("999999999", 60)],
)
def test_a_reader_says_what_becomes_of_the_answer_when_it_leaves(text: str, grace_s: float) -> None:
    assert decode(**{"on-disconnect": text}).grace_s == grace_s


@pytest.mark.parametrize("text", ["", "yes", "true"])
def test_another_word_is_no_wish(text: str) -> None:
    with pytest.raises(RequestError) as caught:
        decode(resume=text)
    assert (caught.value.status, caught.value.field) == (400, "Sluiceway-Resume")


@pytest.mark.parametrize("text", ["-1", "1e3", "inf", "nan", "5 s", "1.", ".5", "\u0661", "9" * 10, "stop"])
def test_another_word_is_no_grace(text: str) -> None:
    with pytest.raises(RequestError) as caught:
        decode(**{"on-disconnect": text})
    assert (caught.value.status, caught.value.field) == (400, "Sluiceway-On-Disconnect")


def endpoint_of(dialect: object) -> Endpoint:
    return dialect.reader.endpoints[0]  # type: ignore[attr-defined,no-any-return]


def request(**fields: object) -> Request:
    asked: dict[str, object] = {"stream": True, "is_resumable": True, **fields}
    return Request("m", [Message(Role.USER, [TextPart("Hi")])], **asked)  # type: ignore[arg-type]


@pytest.mark.parametrize("asked", [request(stream=False), request(is_resumable=False)])
def test_what_need_not_be_kept_is_not(asked: Request) -> None:
    assert choose_keep(endpoint_of(OPENAI_CHAT), asked) is None


@pytest.mark.parametrize("dialect", [OPENAI_CHAT, ANTHROPIC])
def test_any_stream_is_kept_on_request_and_little_of_the_request_with_it(dialect: object) -> None:
    keep = choose_keep(endpoint_of(dialect), request(include_usage=True))
    assert keep is not None
    assert (keep.include_usage, keep.has_revisits, keep.is_background) == (True, False, False)
    assert keep.known is not None
    assert keep.known.messages == []
    encoder = keep.encoder(EncodeOptions(Framing.SSE, "gen-1", "m", 7))
    assert b"hello" in b"".join(encoder.encode(frame) for frame in text_frames(["hello"]))


def test_a_dialect_has_the_first_say() -> None:
    own = Keep(request(), lambda _options: None, name="chat")  # type: ignore[arg-type,return-value]
    endpoint = Endpoint("/", lambda _body, _target: request(), lambda _options, _request: None, keep=lambda _r: own)  # type: ignore[arg-type,return-value]
    assert choose_keep(endpoint, request()) is own
