import pytest

from sluiceway.engines.rules import BodyKind, ResponseHead, foreign_body_error, judge_head, status_error
from sluiceway.engines.secret import Secret
from sluiceway.errors import RemoteProtocolError


def _head(status: int = 200, /, **headers: str) -> ResponseHead:
    return ResponseHead(status, {name.replace("_", "-"): value for name, value in headers.items()})


@pytest.mark.parametrize(
    ("content_type", "is_stream", "kind"),
    [
        ("text/event-stream; charset=utf-8", True, BodyKind.STREAM),
        ("TEXT/EVENT-STREAM", False, BodyKind.STREAM),
        ("application/x-ndjson", True, BodyKind.STREAM),
        ("application/json", True, BodyKind.UNARY),
        ("application/json;charset=utf-8", False, BodyKind.UNARY),
        ("text/html", True, BodyKind.FOREIGN),
        ("", True, BodyKind.STREAM),
        ("", False, BodyKind.UNARY),
    ],
)
def test_the_content_type_says_how_to_read_the_body(content_type: str, is_stream: bool, kind: BodyKind) -> None:
    assert judge_head(_head(content_type=content_type), is_stream=is_stream) is kind


@pytest.mark.parametrize("status", [400, 429, 503])
def test_an_error_status_is_an_error_whatever_its_type(status: int) -> None:
    assert judge_head(_head(status, content_type="text/event-stream"), is_stream=True) is BodyKind.ERROR


@pytest.mark.parametrize("status", [301, 304, 307])
def test_a_redirect_is_not_followed(status: int) -> None:
    with pytest.raises(RemoteProtocolError, match=f"status {status}"):
        judge_head(_head(status, location="http://elsewhere"), is_stream=True)


@pytest.mark.parametrize("headers", [{"content_encoding": "gzip"}, {"transfer_encoding": "gzip, chunked"}])
def test_an_encoding_that_was_not_asked_for_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(RemoteProtocolError, match="encoded"):
        judge_head(_head(content_type="text/event-stream", **headers), is_stream=True)


@pytest.mark.parametrize("headers", [{"content_encoding": "Identity"}, {"transfer_encoding": "Chunked"}])
def test_plain_encodings_pass(headers: dict[str, str]) -> None:
    assert judge_head(_head(**headers), is_stream=True) is BodyKind.STREAM


def test_a_body_s_length_is_known_from_either_header() -> None:
    assert _head(content_length="1").has_length
    assert _head(transfer_encoding="chunked").has_length
    assert not _head().has_length


def test_a_status_error_speaks_the_upstream_s_words_without_our_key() -> None:
    error = status_error(_head(401, retry_after="7"), b"bad key sk-1", lambda body: body.decode(), Secret("sk-1"))
    assert (error.status, error.message, error.body, error.retry_after) == (401, "bad key ***", b"bad key ***", "7")


def test_a_status_error_without_words_names_the_status() -> None:
    error = status_error(_head(500), b"\xff", lambda _body: "", Secret())
    assert error.message == "the upstream answered with status 500"
    assert error.retry_after is None


def test_a_foreign_body_is_shown_in_part() -> None:
    error = foreign_body_error(_head(content_type="text/html"), b"<h1>Log in</h1>" * 100, Secret())
    assert "text/html" in error.message
    assert error.excerpt.startswith("<h1>Log in")
    assert len(error.excerpt) == 200
