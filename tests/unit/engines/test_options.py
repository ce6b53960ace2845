import msgspec
import pytest

from sluiceway.engines.options import UpstreamOptions
from sluiceway.engines.secret import Secret, decode_secret


def _decode(text: str) -> UpstreamOptions:
    return msgspec.json.decode(text, type=UpstreamOptions, dec_hook=decode_secret)


def test_a_base_url_is_enough() -> None:
    options = _decode('{"base_url": "http://127.0.0.1:9100/v1"}')
    assert options.dialect == "openai_chat"
    assert options.proxy is None
    assert not options.api_key


def test_key_and_proxy_are_decoded_as_secrets_and_never_shown() -> None:
    options = _decode('{"base_url": "http://x", "api_key": "sk-1", "proxy": "http://u:pw@p"}')
    assert options.api_key == Secret("sk-1")
    assert options.proxy == Secret("http://u:pw@p")
    assert "sk-1" not in repr(options)
    assert "pw" not in repr(options)


@pytest.mark.parametrize(
    "setting", ['"idle_timeout_s": 0', '"max_event_bytes": 0', '"max_idle_connections": -1', '"no_such_setting": 1']
)
def test_a_setting_that_makes_no_sense_is_refused(setting: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        _decode(f'{{"base_url": "http://x", {setting}}}')
