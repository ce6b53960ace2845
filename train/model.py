"""The network: llama's architecture, small.

RMSNorm, rotary positions over neighbouring pairs (the order llama.cpp applies to `llama` models, so no weight has
to be permuted on export), SwiGLU, and two matrices for the embedding and the output. It refuses to know about text.
Source: llama.cpp, src/models/llama.cpp and ggml's GGML_ROPE_TYPE_NORMAL.
"""

from dataclasses import asdict, dataclass

import torch
from torch import nn
from torch.nn import functional

from train.start import build_induction

__all__ = ["Llama", "Shape"]


@dataclass(frozen=True)
class Shape:
    """Sizes of one model; `hidden` is the width inside the feed-forward layer."""

    vocab: int = 2048
    width: int = 128
    layers: int = 4
    heads: int = 4
    hidden: int = 384
    context: int = 2048
    rope_base: float = 10000.0
    eps: float = 1e-5

    @property
    def head_width(self):
        return self.width // self.heads

    def to_dict(self):
        return asdict(self)


def rotation(shape):
    """Cosines and sines, each [context, head_width / 2]."""
    steps = torch.arange(0, shape.head_width, 2).float() / shape.head_width
    angles = torch.outer(torch.arange(shape.context).float(), shape.rope_base**-steps)
    return angles.cos(), angles.sin()


def rotate(x, cos, sin):
    """Turn each neighbouring pair of x [batch, heads, time, head_width] by its position."""
    even, odd = x[..., 0::2], x[..., 1::2]
    return torch.stack((even * cos - odd * sin, even * sin + odd * cos), dim=-1).flatten(-2)


class Block(nn.Module):
    """One layer; its weights are named as GGUF names them."""

    def __init__(self, shape):
        super().__init__()
        self.heads = shape.heads
        self.attn_norm = nn.RMSNorm(shape.width, eps=shape.eps)
        self.attn_q = nn.Linear(shape.width, shape.width, bias=False)
        self.attn_k = nn.Linear(shape.width, shape.width, bias=False)
        self.attn_v = nn.Linear(shape.width, shape.width, bias=False)
        self.attn_output = nn.Linear(shape.width, shape.width, bias=False)
        self.ffn_norm = nn.RMSNorm(shape.width, eps=shape.eps)
        self.ffn_gate = nn.Linear(shape.width, shape.hidden, bias=False)
        self.ffn_up = nn.Linear(shape.width, shape.hidden, bias=False)
        self.ffn_down = nn.Linear(shape.hidden, shape.width, bias=False)

    def attend(self, x, cos, sin):
        q, k, v = (
            part(x).unflatten(-1, (self.heads, -1)).transpose(1, 2)
            for part in (self.attn_q, self.attn_k, self.attn_v)
        )
        mixed = functional.scaled_dot_product_attention(rotate(q, cos, sin), rotate(k, cos, sin), v, is_causal=True)
        return self.attn_output(mixed.transpose(1, 2).flatten(-2))

    def forward(self, x, cos, sin):
        x = x + self.attend(self.attn_norm(x), cos, sin)
        y = self.ffn_norm(x)
        return x + self.ffn_down(functional.silu(self.ffn_gate(y)) * self.ffn_up(y))


class Llama(nn.Module):
    """`forward` takes token ids [batch, time] and returns hidden states; `output` reads tokens from them."""

    def __init__(self, shape):
        super().__init__()
        self.shape = shape
        self.token_embd = nn.Embedding(shape.vocab, shape.width)
        self.blk = nn.ModuleList(Block(shape) for _ in range(shape.layers))
        self.output_norm = nn.RMSNorm(shape.width, eps=shape.eps)
        self.output = nn.Linear(shape.width, shape.vocab, bias=False)
        cos, sin = rotation(shape)
        self.register_buffer("cos", cos, persistent=False)
        self.register_buffer("sin", sin, persistent=False)
        self.start()

    @torch.no_grad()
    def start(self):
        """Begin as a model that can already copy; see start.py for how it finds what comes next.

        Each head returns what it reads (its output matrix is the transpose of its value matrix), and the output
        matrix is a small copy of the embedding: so whatever a head looks at becomes likelier, and the heads have a
        reason to look at the right word from the first step on. With a random start, names never stayed the same.
        Source: Trockman and Kolter, "Mimetic initialization of self-attention layers".
        """
        for weight in self.parameters():
            if weight.ndim == 2:
                nn.init.normal_(weight, std=0.04)
        nn.init.normal_(self.token_embd.weight, std=0.5)
        for block in self.blk:
            nn.init.orthogonal_(block.attn_v.weight)
            block.attn_output.weight.copy_(0.5 * block.attn_v.weight.T)
            nn.init.normal_(block.ffn_down.weight, std=0.04 / (2 * self.shape.layers) ** 0.5)
        build_induction(self)
        self.output.weight.copy_(0.1 * self.token_embd.weight)

    def forward(self, ids):
        time = ids.shape[1]
        x = self.token_embd(ids)
        for block in self.blk:
            x = block(x, self.cos[:time], self.sin[:time])
        return self.output_norm(x)

    def loss(self, ids, targets, weights):
        """Weighted mean loss; only positions with a weight are given to the output matrix."""
        weights = weights.flatten()
        kept = weights > 0
        hidden, weights = self(ids).flatten(0, 1)[kept], weights[kept]
        each = functional.cross_entropy(self.output(hidden), targets.flatten()[kept], reduction="none")
        return (each * weights).sum() / weights.sum()
