"""A tiny llama in a GGUF file, written in plain Python: random weights, a byte tokenizer, a chat template.

It answers with noise, at thousands of tokens a second, and its file has under half a megabyte; what tests of a local
engine need is a real llama.cpp at work, not sense. Format: ggml's ``docs/gguf.md``, version 3.
"""

from __future__ import annotations

import array
import itertools
import random
import struct
from pathlib import Path

__all__ = ["write_tiny_model"]

_ALIGNMENT_BYTES = 32
_UINT32, _FLOAT32, _BOOL, _STRING, _ARRAY, _INT32 = 4, 6, 7, 8, 9, 5
_NORMAL, _CONTROL = 1, 3
_WIDTH, _LAYERS, _HEADS, _INNER = 64, 2, 4, 128
_TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{m.role}}\n{{m.content}}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)

Shape = tuple[int, ...]


def write_tiny_model(path: Path, context_tokens: int = 8192) -> Path:
    """Write the model to ``path`` and return it; the same bytes each time.

    Args:
        path: the file.
        context_tokens: how far it claims to have been trained; an answer without other limits ends there.
    """
    tokens = [*_byte_tokens(), "th", "he", "<|bos|>", "<|im_start|>", "<|im_end|>"]
    tensors = _tensors(len(tokens))
    metadata = _metadata(tokens, context_tokens)
    head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(metadata)) + b"".join(metadata)
    offset = 0
    for name, shape, data in tensors:
        head += _text(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, 0, offset)
        offset += len(data)
    path.write_bytes(head + b"\0" * (-len(head) % _ALIGNMENT_BYTES) + b"".join(data for *_, data in tensors))
    return path


def _byte_tokens() -> list[str]:
    """Return GPT-2's printable stand-ins for the 256 bytes."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    spare = itertools.count(256)
    return [chr(byte if byte in printable else next(spare)) for byte in range(256)]


def _metadata(tokens: list[str], context_tokens: int) -> list[bytes]:
    kinds = [_NORMAL] * (len(tokens) - 3) + [_CONTROL] * 3
    numbers = {
        "llama.context_length": context_tokens,
        "llama.embedding_length": _WIDTH,
        "llama.block_count": _LAYERS,
        "llama.feed_forward_length": _INNER,
        "llama.attention.head_count": _HEADS,
        "llama.attention.head_count_kv": _HEADS,
        "llama.rope.dimension_count": _WIDTH // _HEADS,
        "llama.vocab_size": len(tokens),
        "tokenizer.ggml.bos_token_id": len(tokens) - 3,
        "tokenizer.ggml.eos_token_id": len(tokens) - 1,
    }
    texts = {
        "general.architecture": "llama",
        "general.name": "tiny",
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.pre": "gpt-2",
        "tokenizer.chat_template": _TEMPLATE,
    }
    return [
        *(_text(key) + struct.pack("<I", _STRING) + _text(value) for key, value in texts.items()),
        *(_text(key) + struct.pack("<II", _UINT32, value) for key, value in numbers.items()),
        _text("llama.attention.layer_norm_rms_epsilon") + struct.pack("<If", _FLOAT32, 1e-5),
        _text("tokenizer.ggml.add_bos_token") + struct.pack("<I?", _BOOL, False),
        _text("tokenizer.ggml.tokens") + _texts(tokens),
        _text("tokenizer.ggml.merges") + _texts(["t h", "h e"]),
        _text("tokenizer.ggml.token_type") + struct.pack(f"<IIQ{len(kinds)}i", _ARRAY, _INT32, len(kinds), *kinds),
    ]


def _tensors(vocabulary: int) -> list[tuple[str, Shape, bytes]]:
    shapes: dict[str, Shape] = {
        "token_embd.weight": (_WIDTH, vocabulary),
        "output.weight": (_WIDTH, vocabulary),
        "output_norm.weight": (_WIDTH,),
    }
    for layer in range(_LAYERS):
        block = f"blk.{layer}."
        shapes |= {f"{block}{name}_norm.weight": (_WIDTH,) for name in ("attn", "ffn")}
        shapes |= {f"{block}attn_{name}.weight": (_WIDTH, _WIDTH) for name in ("q", "k", "v", "output")}
        shapes |= {f"{block}ffn_{name}.weight": (_WIDTH, _INNER) for name in ("gate", "up")}
        shapes[f"{block}ffn_down.weight"] = (_INNER, _WIDTH)
    chance = random.Random(0)
    return [(name, shape, _weights(shape, chance)) for name, shape in shapes.items()]


def _weights(shape: Shape, chance: random.Random) -> bytes:
    if len(shape) == 1:
        return array.array("f", [1.0] * shape[0]).tobytes()
    return array.array("f", [chance.gauss(0, 0.05) for _ in range(shape[0] * shape[1])]).tobytes()


def _text(text: str) -> bytes:
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def _texts(texts: list[str]) -> bytes:
    return struct.pack("<IIQ", _ARRAY, _STRING, len(texts)) + b"".join(map(_text, texts))
