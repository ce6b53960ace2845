"""The error tree: one root, one stable code and one status for each, and the facts some of them carry."""

from __future__ import annotations

import pytest

from sluiceway import errors
from sluiceway.errors import (
    AnswerTooLarge,
    BodyTooLarge,
    BufferLimitExceeded,
    CursorExpired,
    DeliveryError,
    EngineError,
    EngineUnavailable,
    JSONError,
    JSONIncomplete,
    JSONInvalid,
    JSONTooLarge,
    LocalProtocolError,
    LogUnavailable,
    ModelNotFound,
    NobodyReads,
    ProducerLost,
    ProtocolError,
    ReaderTooSlow,
    RemoteProtocolError,
    RequestError,
    SchemaUnusable,
    SchemaViolation,
    ServerBusy,
    ServerDraining,
    SettingsError,
    SluicewayError,
    ToolCallCut,
    ToolCallError,
    ToolCallInvalid,
    TypedInvalid,
    UnsupportedFeature,
    UpstreamFailed,
    UpstreamStatusError,
    UpstreamTimeout,
)

TREE = [
    (SluicewayError, Exception, "internal_error", 500, False),
    (SettingsError, SluicewayError, "bad_settings", 500, False),
    (RequestError, SluicewayError, "invalid_request", 400, False),
    (UnsupportedFeature, RequestError, "unsupported_feature", 400, False),
    (BodyTooLarge, RequestError, "body_too_large", 413, False),
    (CursorExpired, RequestError, "cursor_expired", 410, False),
    (ModelNotFound, RequestError, "model_not_found", 404, False),
    (SchemaUnusable, RequestError, "schema_unusable", 400, False),
    (ProtocolError, SluicewayError, "protocol_error", 500, False),
    (LocalProtocolError, ProtocolError, "local_protocol_error", 500, False),
    (RemoteProtocolError, ProtocolError, "upstream_protocol_error", 502, True),
    (BufferLimitExceeded, RemoteProtocolError, "upstream_event_too_large", 502, False),
    (EngineError, SluicewayError, "engine_error", 502, True),
    (UpstreamStatusError, EngineError, "upstream_error", 502, True),
    (UpstreamFailed, EngineError, "upstream_failed", 502, True),
    (UpstreamTimeout, EngineError, "upstream_timeout", 504, True),
    (EngineUnavailable, EngineError, "engine_unavailable", 503, True),
    (ProducerLost, EngineError, "producer_lost", 502, True),
    (SchemaViolation, EngineError, "schema_violation", 502, True),
    (JSONError, SluicewayError, "json_error", 502, True),
    (JSONInvalid, JSONError, "json_invalid", 502, True),
    (JSONTooLarge, JSONInvalid, "json_too_large", 502, False),
    (JSONIncomplete, JSONError, "json_incomplete", 502, True),
    (TypedInvalid, SluicewayError, "typed_invalid", 502, True),
    (ToolCallError, SluicewayError, "tool_call_error", 502, True),
    (ToolCallCut, ToolCallError, "tool_call_cut", 502, True),
    (ToolCallInvalid, ToolCallError, "tool_call_invalid", 502, True),
    (DeliveryError, SluicewayError, "delivery_error", 500, False),
    (ReaderTooSlow, DeliveryError, "reader_too_slow", 500, False),
    (NobodyReads, DeliveryError, "nobody_reads", 500, False),
    (AnswerTooLarge, DeliveryError, "answer_too_large", 500, False),
    (ServerBusy, DeliveryError, "server_busy", 503, True),
    (ServerDraining, DeliveryError, "server_draining", 503, True),
    (LogUnavailable, DeliveryError, "log_unavailable", 503, True),
]


@pytest.mark.parametrize(("error", "parent", "code", "status", "retryable"), TREE)
def test_each_error_has_its_place_code_and_status(
    error: type[SluicewayError], parent: type[Exception], code: str, status: int, *, retryable: bool
) -> None:
    assert error.__bases__ == (parent,)
    assert (error.code, error.status, error.retryable) == (code, status, retryable)


def test_the_table_above_holds_every_error_and_no_code_twice() -> None:
    assert sorted(error.__name__ for error, *_ in TREE) == sorted(errors.__all__)
    assert len({code for _, _, code, *_ in TREE}) == len(TREE)


def test_the_message_is_what_a_person_reads() -> None:
    error = SluicewayError("the disk is full")
    assert error.message == str(error) == "the disk is full"


def test_a_request_error_names_its_field_and_may_have_its_own_status() -> None:
    plain = RequestError("too short", field="messages[0].role")
    assert (plain.field, plain.status) == ("messages[0].role", 400)
    assert RequestError("who are you", status=401).status == 401
    assert RequestError.status == 400


def test_a_remote_protocol_error_says_where_and_cuts_its_excerpt() -> None:
    error = RemoteProtocolError("no JSON", dialect="openai_chat", offset=12, excerpt="x" * 1000)
    assert (error.dialect, error.offset, error.excerpt) == ("openai_chat", 12, "x" * 200)


@pytest.mark.parametrize(
    ("status", "retryable"),
    [(400, False), (401, False), (404, False), (408, True), (409, True), (429, True), (499, False), (500, True)],
)
def test_an_upstream_status_is_kept_and_says_whether_to_try_again(status: int, *, retryable: bool) -> None:
    error = UpstreamStatusError(status, "no", body=b"{}", retry_after="3")
    assert (error.status, error.retryable) == (status, retryable)
    assert (error.body, error.retry_after) == (b"{}", "3")


def test_a_failed_upstream_keeps_its_own_code() -> None:
    error = UpstreamFailed("Overloaded", upstream_code="overloaded_error")
    assert (error.message, error.upstream_code) == ("Overloaded", "overloaded_error")
    assert UpstreamFailed("?").upstream_code == ""


def test_a_timeout_names_its_phase_and_its_limit() -> None:
    error = UpstreamTimeout("first_token", 0.5)
    assert (error.phase, error.limit_s) == ("first_token", 0.5)
    assert error.message == "the upstream passed its first_token limit of 0.5 s"


def test_invalid_json_says_where_and_what_came_before_it() -> None:
    error = JSONInvalid("a key was expected", offset=7, open_path=("a", 0), events=("Started",))
    assert (error.offset, error.open_path, error.events) == (7, ("a", 0), ("Started",))
    assert (error.reason, error.message) == ("a key was expected", "a key was expected, at character 7")


def test_incomplete_json_hands_over_what_there_is() -> None:
    error = JSONIncomplete("the text ended early", offset=7, open_path=("a",), value={"a": "b"})
    assert (error.offset, error.open_path, error.value) == (7, ("a",), {"a": "b"})


def test_what_has_the_wrong_type_says_where() -> None:
    error = TypedInvalid("no integer", path=("people", 0, "age"), events=("Started",))
    assert (str(error), error.path, error.events) == ("no integer", ("people", 0, "age"), ("Started",))


def test_a_cut_call_says_why_and_what_there_was() -> None:
    error = ToolCallCut("the call broke off", reason="length", arguments={"a": 1}, text='{"a":1')
    assert (error.reason, error.arguments, error.text) == ("length", {"a": 1}, '{"a":1')


def test_a_schema_violation_names_the_place_and_the_keyword() -> None:
    error = SchemaViolation("it is too long", pointer="/name", keyword="maxLength")
    assert (str(error), error.pointer, error.keyword) == ("it is too long", "/name", "maxLength")


def test_a_log_that_is_away_says_when_to_come_back() -> None:
    error = LogUnavailable("away")
    assert (error.status, error.retryable, error.retry_after) == (503, True, "1")
