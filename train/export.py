"""Write a checkpoint as GGUF, with the tokenizer and the chat template inside.

Matrices are stored as half floats, norms as full floats. Nothing is quantised: the file is small enough.
Source: ggml, docs/gguf.md; llama.cpp, src/llama-arch.cpp (names of keys and tensors).
"""

import argparse
import pathlib

import gguf
import numpy as np

from train.fit import load
from train.tokenizer import SPECIALS, Tokenizer

__all__ = ["SHIPPED", "write"]

HERE = pathlib.Path(__file__).parent
SHIPPED = HERE.parent / "src/sluiceway/engines/embedded/model.gguf"


def add_shape(out, shape):
    out.add_context_length(shape.context)
    out.add_embedding_length(shape.width)
    out.add_block_count(shape.layers)
    out.add_feed_forward_length(shape.hidden)
    out.add_head_count(shape.heads)
    out.add_head_count_kv(shape.heads)
    out.add_layer_norm_rms_eps(shape.eps)
    out.add_rope_dimension_count(shape.head_width)
    out.add_rope_freq_base(shape.rope_base)
    out.add_vocab_size(shape.vocab)
    out.add_file_type(gguf.LlamaFileType.MOSTLY_F16)


def add_names(out):
    out.add_name("sluiceway-embedded")
    out.add_author("The Sluiceway authors")
    out.add_license("Apache-2.0")
    out.add_description("A very small model for trying streams: tales of a river, and answers about streaming.")


def add_tokenizer(out, tokenizer):
    kinds = [gguf.TokenType.CONTROL] * 3 + [gguf.TokenType.USER_DEFINED] * (len(SPECIALS) - 3)
    kinds += [gguf.TokenType.NORMAL] * (len(tokenizer.tokens) - len(SPECIALS))
    out.add_tokenizer_model("gpt2")
    out.add_tokenizer_pre("gpt-2")
    out.add_token_list(tokenizer.tokens)
    out.add_token_types(kinds)
    out.add_token_merges([f"{a} {b}" for a, b in tokenizer.merges])
    out.add_bos_token_id(tokenizer.ids["<|endoftext|>"])
    out.add_pad_token_id(tokenizer.ids["<|endoftext|>"])
    out.add_eos_token_id(tokenizer.ids["<|im_end|>"])
    out.add_eot_token_id(tokenizer.ids["<|im_end|>"])
    out.add_add_bos_token(value=False)
    out.add_chat_template((HERE / "template.jinja").read_text().removesuffix("\n"))


def write(model, tokenizer, path):
    """Write `model` and `tokenizer` to `path`."""
    out = gguf.GGUFWriter(path, "llama")
    add_names(out)
    add_shape(out, model.shape)
    add_tokenizer(out, tokenizer)
    for name, weight in model.state_dict().items():
        kind = np.float32 if weight.ndim == 1 else np.float16
        out.add_tensor(name, weight.float().numpy().astype(kind))
    out.write_header_to_file()
    out.write_kv_data_to_file()
    out.write_tensors_to_file()
    out.close()


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--checkpoint", default=HERE / "build/model.pt")
    options.add_argument("--out", default=SHIPPED)
    given = options.parse_args()
    write(load(given.checkpoint), Tokenizer.load(HERE / "build/tokenizer.json"), given.out)
    print(f"{given.out}: {pathlib.Path(given.out).stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
