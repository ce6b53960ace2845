import pytest

from sluiceway.engines.head import encode_fields, encode_line, encode_message
from sluiceway.errors import SettingsError


def test_a_request_is_head_length_and_body_in_one_piece() -> None:
    head = encode_line("POST", "/v1/x") + encode_fields([("Host", "h"), ("Accept", "*/*")])
    assert encode_message(head, b"{}") == (
        b"POST /v1/x HTTP/1.1\r\nHost: h\r\nAccept: */*\r\nContent-Length: 2\r\n\r\n{}"
    )


@pytest.mark.parametrize("value", ["a\r\nX: y", "a\n", "a\x00", "ä"])
def test_a_value_that_could_end_the_line_is_refused_and_not_repeated(value: str) -> None:
    with pytest.raises(SettingsError) as caught:
        encode_fields([("Authorization", value)])
    assert value not in str(caught.value)


@pytest.mark.parametrize("name", ["", "a b", "a:", "a\r\n"])
def test_a_name_that_is_no_token_is_refused(name: str) -> None:
    with pytest.raises(SettingsError, match="name of a header"):
        encode_fields([(name, "x")])


@pytest.mark.parametrize("target", ["", "/a b", "/a\r\nX: y", "/ä"])
def test_a_target_that_could_end_the_line_is_refused(target: str) -> None:
    with pytest.raises(SettingsError, match="target"):
        encode_line("GET", target)
