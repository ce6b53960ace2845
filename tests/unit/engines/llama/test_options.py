from __future__ import annotations

from pathlib import Path

import pytest

from sluiceway.engines.llama.options import LlamaOptions, context_tokens, find_model, model_name, thread_count
from sluiceway.errors import SettingsError


def test_without_a_path_the_packaged_model_is_found() -> None:
    path = find_model(LlamaOptions())
    assert path.read_bytes()[:4] == b"GGUF"
    assert model_name(LlamaOptions()) == "sluiceway-embedded"


def test_a_missing_file_is_a_settings_error(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no model file"):
        find_model(LlamaOptions(model_path=str(tmp_path / "none.gguf")))


def test_a_model_is_called_by_its_name_else_by_its_file() -> None:
    assert model_name(LlamaOptions(model_path="/models/qwen-7b.gguf")) == "qwen-7b"
    assert model_name(LlamaOptions(model_path="/models/qwen-7b.gguf", model_name="qwen")) == "qwen"


def test_context_is_as_set_else_moderate_else_what_the_packaged_model_knows() -> None:
    options = [LlamaOptions(context_tokens=512), LlamaOptions(model_path="/models/qwen-7b.gguf"), LlamaOptions()]
    assert [context_tokens(each) for each in options] == [512, 8192, 2048]


def test_threads_are_as_set_else_as_many_as_the_machine_can_spare() -> None:
    assert thread_count(LlamaOptions(threads=7)) == 7
    assert thread_count(LlamaOptions()) >= 1
