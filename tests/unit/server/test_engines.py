from __future__ import annotations

from pathlib import Path

import pytest

from sluiceway.engines.llama.engine import LlamaEngine
from sluiceway.engines.llama.options import LlamaOptions
from sluiceway.engines.options import UpstreamOptions
from sluiceway.engines.upstream import UpstreamEngine
from sluiceway.errors import ModelNotFound, SettingsError
from sluiceway.server.engines import build_routing
from sluiceway.server.settings import Settings

A = UpstreamOptions(name="a", base_url="http://127.0.0.1:1/v1")
FAR = UpstreamOptions(base_url="http://models.test/v1")
B = UpstreamOptions(name="b", base_url="http://127.0.0.1:2/v1", models=("b1", "b2"))


def test_with_nothing_named_the_embedded_model_answers_to_its_name_only() -> None:
    routing = build_routing(Settings(), {})
    assert isinstance(routing.choose("sluiceway-embedded"), LlamaEngine)
    with pytest.raises(ModelNotFound):
        routing.choose("gpt-5")


def test_upstreams_are_asked_by_their_models() -> None:
    routing = build_routing(Settings(upstreams=(A, B)), {})
    assert [routing.choose(model).name for model in ("b1", "b2", "other")] == ["b", "b", "a"]
    assert isinstance(routing.choose("other"), UpstreamEngine)


def test_a_local_model_and_an_upstream_live_together(tmp_path: Path) -> None:
    model = tmp_path / "tiny.gguf"
    model.touch()
    llama = LlamaOptions(name="local", model_path=str(model))
    routing = build_routing(Settings(upstreams=(A,), llama=llama), {})
    assert [routing.choose(model).name for model in ("tiny", "other")] == ["local", "a"]


def test_an_unknown_dialect_is_a_wrong_setting() -> None:
    upstream = UpstreamOptions(name="x", base_url="http://127.0.0.1:1", dialect="latin")
    with pytest.raises(SettingsError, match="upstream 'x': the dialect 'latin' is none of openai_chat"):
        build_routing(Settings(upstreams=(upstream,)), {})


def test_a_proxy_is_looked_up_where_it_is_told() -> None:
    with pytest.raises(SettingsError, match="upstream 'upstream': a URL begins"):
        build_routing(Settings(upstreams=(FAR,)), {"HTTP_PROXY": "ftp://nowhere"})
