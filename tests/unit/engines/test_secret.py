import msgspec
import pytest

from sluiceway.engines.secret import Secret, decode_secret


class _Settings(msgspec.Struct):
    key: Secret


@pytest.mark.parametrize("text", ["", "sk-123"])
def test_a_secret_shows_itself_only_when_asked_by_name(text: str) -> None:
    secret = Secret(text)
    assert secret.reveal() == text
    assert {repr(secret), str(secret), f"{secret}"} == {"***"}
    assert bool(secret) == bool(text)


def test_secrets_are_equal_by_their_text_and_equal_to_nothing_else() -> None:
    assert Secret("a") == Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert len({Secret("a"), Secret("a"), Secret("b")}) == 2


def test_redacting_masks_every_occurrence_and_an_empty_secret_masks_nothing() -> None:
    assert Secret("key").redact("key and key") == "*** and ***"
    assert Secret().redact("text") == "text"


def test_a_string_setting_becomes_a_secret() -> None:
    settings = msgspec.json.decode(b'{"key": "x"}', type=_Settings, dec_hook=decode_secret)
    assert settings.key == Secret("x")
    assert "'x'" not in repr(settings)


def test_a_secret_that_is_no_string_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match="a secret is a string"):
        msgspec.json.decode(b'{"key": 1}', type=_Settings, dec_hook=decode_secret)


def test_other_types_are_left_to_msgspec() -> None:
    with pytest.raises(NotImplementedError):
        decode_secret(int, "1")
