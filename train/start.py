"""Two heads that a model begins with, so that it can repeat a word it has never seen, piece by piece.

One head of the first layer looks at the token before and notes it down beside the token itself. Two heads of the
second layer look for a place where the token of now was noted down, and read the token that stands there: what came
next, the last time. Training finds such heads by itself, but only after far more text than this model ever reads.
Source: Olsson et al., "In-context Learning and Induction Heads".
"""

import math

import torch

__all__ = ["build_induction"]

CONSTANT = 2.0  # the part that all embeddings share, for the head that has to know nothing but the position
BEFORE_PAIRS = 4  # the fastest pairs of the rotation say how far away a token is
BEFORE_LOGIT = 24.0  # of the token before
SAME_LOGIT = 12.0  # of a place where the token of now was noted down
READING = 1.0  # how loudly the two heads say what they read


def build_induction(model):
    """Write the three heads into the first two layers."""
    shape, size = model.shape, model.shape.head_width
    basis = torch.nn.init.orthogonal_(torch.empty(shape.width, shape.width))
    seen, noted, constant = basis[:size], basis[size : 2 * size], basis[2 * size]
    embedding = model.token_embd.weight
    embedding -= embedding @ noted.T @ noted + (embedding @ constant)[:, None] * constant
    embedding += CONSTANT * constant
    look_before(model.blk[0], shape, constant, CONSTANT / embedding.square().mean().sqrt())
    model.blk[0].attn_v.weight[:size] = seen
    model.blk[0].attn_output.weight[:, :size] = noted.T
    for head in range(2):
        look_for_same(model.blk[1], head, seen, noted, size)


def look_before(block, shape, constant, said):
    """Let the first head look at the token before, by position alone: `said` is how much of the constant it sees."""
    size = shape.head_width
    query, key = torch.zeros(size), torch.zeros(size)
    for pair in range(BEFORE_PAIRS):
        angle = shape.rope_base ** (-2 * pair / size)
        query[2 * pair] = 1.0
        key[2 * pair], key[2 * pair + 1] = math.cos(angle), math.sin(angle)
    scale = (BEFORE_LOGIT / BEFORE_PAIRS * size**0.5) ** 0.5 / said
    block.attn_q.weight[:size] = scale * torch.outer(query, constant)
    block.attn_k.weight[:size] = scale * torch.outer(key, constant)


def look_for_same(block, head, seen, noted, size):
    """Let a head look where the token of now was noted down; only slow pairs are used, so distance counts little."""
    half, rows = size // 2, slice(head * size, (head + 1) * size)
    slow = slice(head * size + half, (head + 1) * size)
    part = slice(head * half, (head + 1) * half)
    block.attn_q.weight[rows], block.attn_k.weight[rows] = 0.0, 0.0
    scale = (SAME_LOGIT * size**0.5 / (half * 0.9)) ** 0.5
    block.attn_q.weight[slow] = scale * seen[part]
    block.attn_k.weight[slow] = scale * noted[part]
    block.attn_output.weight[:, rows] = READING * block.attn_v.weight[rows].T
