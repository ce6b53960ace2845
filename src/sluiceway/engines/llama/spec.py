"""What the parent tells the child, as one line of JSON through its standard input.

The key to the child's server travels here and nowhere else: command lines and environments can be read by others.
"""

from __future__ import annotations

import msgspec

__all__ = ["BEAT", "BEAT_S", "READY_LINE", "ChildSpec"]

READY_LINE = b"ready\n"
"""What the child writes to its standard output once its server answers."""

BEAT, BEAT_S = b".", 1.0
"""What it writes there from then on as a sign of life, and how often."""


class ChildSpec(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the child needs to know.

    Attributes:
        parent_pid: who started it; it ends when that process is gone.
        model_path: the GGUF file.
        model_name: the name its server gives the model.
        port: where its server listens, on 127.0.0.1 only; the parent keeps it reserved.
        api_key: what every request must carry.
        context_tokens: room of one slot.
        parallel_slots: how many slots.
        threads: threads that compute.
        gpu_layers: layers for the GPU, -1 leaves it to llama.cpp.
        batch_tokens: prompt tokens computed at a stretch, None leaves it to the child, which knows the devices.
        prompt_cache_mib: memory for the prompts of absent conversations.
        verbosity: llama.cpp's own scale: 1 errors, 2 warnings, 3 information.
    """

    parent_pid: int
    model_path: str
    model_name: str
    port: int
    api_key: str
    context_tokens: int
    parallel_slots: int
    threads: int
    gpu_layers: int
    batch_tokens: int | None
    prompt_cache_mib: int
    verbosity: int

    def __repr__(self) -> str:
        return f"ChildSpec({self.model_name!r}, port={self.port})"
