from __future__ import annotations

import msgspec
import pytest

from sluiceway.engines.llama.options import LlamaOptions
from sluiceway.engines.options import UpstreamOptions
from sluiceway.engines.secret import Secret
from sluiceway.server.settings import Settings

UPSTREAM = UpstreamOptions(base_url="http://127.0.0.1:1/v1")


def test_with_nothing_named_the_embedded_model_is_served() -> None:
    assert Settings().engines() == ((), LlamaOptions())


def test_what_is_named_is_served_and_nothing_else() -> None:
    llama = LlamaOptions(model_path="m.gguf")
    assert Settings(upstreams=(UPSTREAM,)).engines() == ((UPSTREAM,), None)
    assert Settings(llama=llama).engines() == ((), llama)
    assert Settings(upstreams=(UPSTREAM,), llama=llama).engines() == ((UPSTREAM,), llama)


def test_only_this_machine_is_served_unless_told_otherwise() -> None:
    assert Settings().host == "127.0.0.1"


def test_several_workers_keep_answers_in_a_redis_or_nowhere() -> None:
    assert not Settings().keeps_nothing
    assert Settings(workers=2).keeps_nothing
    assert not Settings(workers=2, redis=Secret("redis://127.0.0.1")).keeps_nothing


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("port", 0),
        ("port", 65536),
        ("workers", 0),
        ("reader_stall_s", -1),
        ("log_level", "loud"),
        ("max_body_bytes", 0),
        ("nonsense", 1),
    ],
)
def test_a_value_out_of_its_bounds_is_refused(name: str, value: object) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({name: value}, Settings)
