"""What runs in the child process: llama.cpp's server, for as long as the parent holds the other end of its input.

``python -m sluiceway.engines.llama.child`` reads one line of JSON (`ChildSpec`), starts the server, says that it is
ready, and then only gives signs of life until its input ends. It never outlives its parent, however that ends: the
end of input ends it, and on Linux the kernel kills it besides, which also holds while llama.cpp loads a model and
keeps the interpreter's lock.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
from typing import Any

import msgspec
import xllamacpp

from sluiceway.engines.llama.spec import BEAT, BEAT_S, READY_LINE, ChildSpec

__all__ = ["main", "server_params"]

_PR_SET_PDEATHSIG = 1
_MAX_SPEC_BYTES = 64 * 1024


def main() -> None:
    """Serve until standard input ends."""
    out = _claim_stdout()
    spec = msgspec.json.decode(_read_line(0), type=ChildSpec)
    _die_with_parent(spec.parent_pid)
    watcher = threading.Thread(target=_exit_at_end_of_input, daemon=True)
    watcher.start()
    try:
        _server = xllamacpp.Server(server_params(spec))  # serves for as long as the name is there
    except RuntimeError:
        sys.exit(1)  # llama.cpp has logged why
    os.write(out, READY_LINE)
    while True:
        watcher.join(BEAT_S)
        os.write(out, BEAT)


def server_params(spec: ChildSpec) -> Any:
    """Return llama.cpp's parameters for a spec."""
    params = xllamacpp.CommonParams()
    params.model.path = spec.model_path
    params.model_alias = {spec.model_name}
    params.hostnames = ["127.0.0.1"]
    params.port = spec.port
    params.reuse_port = True
    params.api_keys = [spec.api_key]
    params.cors_origins = ""
    params.ui = False
    params.n_ctx = spec.context_tokens * spec.parallel_slots
    params.n_parallel = spec.parallel_slots
    params.n_gpu_layers = spec.gpu_layers
    params.n_batch = params.n_ubatch = spec.batch_tokens or _batch_tokens(xllamacpp.get_device_info())
    params.cache_ram_mib = spec.prompt_cache_mib
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = spec.threads
    params.verbosity = spec.verbosity
    params.offline = True
    params.warmup = False
    return params


def _batch_tokens(devices: list[dict[str, Any]]) -> int:
    kind = xllamacpp.ggml_backend_dev_type
    gpus = {kind.GGML_BACKEND_DEVICE_TYPE_GPU, kind.GGML_BACKEND_DEVICE_TYPE_IGPU}
    return 512 if any(device["type"] in gpus for device in devices) else 128


def _claim_stdout() -> int:
    """Keep standard output for the one line we write: whatever else is printed, also by C, goes to standard error."""
    out = os.dup(1)
    os.dup2(2, 1)
    return out


def _read_line(fd: int) -> bytes:
    """Read up to the first line end, byte by byte: the rest of the input stays for the one who waits for its end."""
    line = bytearray()
    while len(line) < _MAX_SPEC_BYTES and (byte := os.read(fd, 1)) not in {b"", b"\n"}:
        line += byte
    return bytes(line)


def _die_with_parent(parent_pid: int) -> None:
    """Ask Linux to kill us when the parent is gone; elsewhere the end of input has to do."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent_pid:
            os._exit(1)


def _exit_at_end_of_input() -> None:
    while os.read(0, 4096):
        pass
    os._exit(0)


if __name__ == "__main__":
    main()
