"""The settings of the embedded engine: the one place that holds their defaults."""

from __future__ import annotations

import importlib.resources
import os
from pathlib import Path
from typing import Annotated

import msgspec

from sluiceway.errors import SettingsError

__all__ = ["EMBEDDED_MODEL_NAME", "LlamaOptions", "context_tokens", "find_model", "model_name", "thread_count"]

EMBEDDED_MODEL_NAME = "sluiceway-embedded"
"""What the model that comes with the package is called."""

_CONTEXT_TOKENS = 8192
_EMBEDDED_CONTEXT_TOKENS = 2048

Seconds = Annotated[float, msgspec.Meta(gt=0)]
Positive = Annotated[int, msgspec.Meta(gt=0)]
Count = Annotated[int, msgspec.Meta(ge=0)]


class LlamaOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which model runs, how much of the machine it takes, and how patiently it is watched over.

    Attributes:
        name: the engine's name in settings, metrics and headers.
        model_path: a GGUF file; empty for the model that comes with the package.
        model_name: the name readers ask for; empty takes the file's.
        context_tokens: room of one answer, its prompt included; llama.cpp lowers it to what the model was trained on.
            None takes 8192, and for the model that comes with the package what that was trained on.
        parallel_slots: how many answers are computed at a time; more wait in llama.cpp's queue.
        threads: threads that compute; None leaves one processor to everything else.
        gpu_layers: layers that go to the GPU; None leaves it to llama.cpp.
        batch_tokens: prompt tokens computed at a stretch. A reader that leaves during the prompt is noticed after
            each stretch, so smaller stops sooner and larger reads long prompts faster. None takes 512 with a GPU,
            else 128, from where on a processor reads no faster.
        prompt_cache_mib: memory for the prompts of conversations that hold no slot now.
        start_timeout_s: bounds loading the model.
        stop_grace_s: how long the child may take to end when asked before it is killed.
        max_silence_s: how long the child may give no sign of life, of which one a second is due, before it is killed
            and started again.
        restart_delay_s: pause before the first restart; doubled for each one after it.
        max_restart_delay_s: the longest pause between restarts.
        steady_s: a child that lived this long was well; the next pause is the first one again.
        first_token_timeout_s: from the request to the first sign of work, the wait for a slot included.
        idle_timeout_s: between two reads of an answer.
    """

    name: str = "llama"
    model_path: str = ""
    model_name: str = ""
    context_tokens: Positive | None = None
    parallel_slots: Positive = 4
    threads: Positive | None = None
    gpu_layers: Count | None = None
    batch_tokens: Positive | None = None
    prompt_cache_mib: Count = 512
    start_timeout_s: Seconds = 120.0
    stop_grace_s: Seconds = 5.0
    max_silence_s: Seconds = 30.0
    restart_delay_s: Seconds = 0.25
    max_restart_delay_s: Seconds = 30.0
    steady_s: Seconds = 60.0
    first_token_timeout_s: Seconds = 600.0
    idle_timeout_s: Seconds = 120.0


def find_model(options: LlamaOptions) -> Path:
    """Return the GGUF file to load.

    Raises:
        SettingsError: there is no such file.
    """
    path = Path(options.model_path) if options.model_path else _embedded_model()
    if not path.is_file():
        raise SettingsError(f"there is no model file at {path}")
    return path.resolve()


def model_name(options: LlamaOptions) -> str:
    """Return the name readers ask for."""
    if options.model_name:
        return options.model_name
    return Path(options.model_path).stem if options.model_path else EMBEDDED_MODEL_NAME


def context_tokens(options: LlamaOptions) -> int:
    """Return the room of one answer in tokens."""
    if options.context_tokens is not None:
        return options.context_tokens
    return _CONTEXT_TOKENS if options.model_path else _EMBEDDED_CONTEXT_TOKENS


def thread_count(options: LlamaOptions) -> int:
    """Return how many threads compute: as set, else all processors this process may use but one."""
    if options.threads is not None:
        return options.threads
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, usable - 1)


def _embedded_model() -> Path:
    return Path(str(importlib.resources.files("sluiceway.engines") / "embedded" / "model.gguf"))
