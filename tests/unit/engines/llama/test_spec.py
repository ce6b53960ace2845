from __future__ import annotations

import msgspec

from sluiceway.engines.llama.spec import ChildSpec


def spec() -> ChildSpec:
    return ChildSpec(
        parent_pid=1,
        model_path="/models/tiny.gguf",
        model_name="tiny",
        port=4711,
        api_key="hush-hush",
        context_tokens=512,
        parallel_slots=3,
        threads=2,
        gpu_layers=-1,
        batch_tokens=64,
        prompt_cache_mib=5,
        verbosity=2,
    )


def test_it_travels_as_json() -> None:
    assert msgspec.json.decode(msgspec.json.encode(spec()), type=ChildSpec) == spec()


def test_it_does_not_show_the_key() -> None:
    assert "hush" not in repr(spec())
