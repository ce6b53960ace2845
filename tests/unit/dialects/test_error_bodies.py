from __future__ import annotations

import msgspec
import pytest

from sluiceway.dialects.error_bodies import error_record, error_text, is_error


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"error":{"message":"no","type":"t"}}', "no"),
        (b'{"error":"no"}', "no"),
        (b'{"object":"error","message":"no","code":404}', "no"),
        (b'{"detail":"no"}', "no"),
        (b'{"detail":[{"loc":["body"],"msg":"no"}]}', "no"),
        (b'{"errors":[{"message":"no"}]}', "no"),
        (b'[{"error":{"code":400,"message":"no","status":"INVALID_ARGUMENT"}}]', "no"),
        (b'"no"', "no"),
        (b"upstream  connect\nerror", "upstream connect error"),
        (b"x" * 600, "x" * 500),
        (b'{"detail":[{"msg":1}]}', ""),
        (b'{"detail":[]}', ""),
        (b"[]", ""),
        (b"{}", ""),
        (b"5", ""),
        (b"", ""),
        (b"<html><h1>502</h1></html>", ""),
        (b'{"error":', ""),
        (b"[" * 100_000, ""),
        (b"caf\xe9", "caf�"),
    ],
)
def test_the_message_is_found_in_many_vendors_bodies(body: bytes, message: str) -> None:
    assert error_text(body) == message


@pytest.mark.parametrize(
    ("body", "record"),
    [
        (b'{"error":{"code":1}}', {"code": 1}),
        (b'{"code":1}', {"code": 1}),
        (b'[{"error":{"code":1}}]', {"code": 1}),
        (b'{"error":"no"}', {"error": "no"}),
        (b"[]", {}),
        (b"no", {}),
    ],
)
def test_the_record_is_what_stands_under_error_or_the_body(body: bytes, record: dict[str, object]) -> None:
    assert error_record(body) == record


@pytest.mark.parametrize("field", [b"", b"null", b"{}", b'""', b"false"])
def test_an_error_field_that_is_empty_reports_none(field: bytes) -> None:
    assert not is_error(msgspec.Raw(field))


def test_an_error_field_with_anything_in_it_reports_one() -> None:
    assert is_error(msgspec.Raw(b'"no"'))
