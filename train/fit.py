"""Train the model: seeded, on one core.

Chats are packed whole, several to a row, and each row reads like one longer chat; so the model also learns to leave
earlier turns alone. Rows grow in three stages, because short ones are cheap and long ones are needed at the end.
Writes build/model.pt, and build/steady.pt before the learning rate falls, from which `--go-on` can continue.
"""

import argparse
import time

import torch

from train.corpus import BUILD, HELD_OUT_SEED, TRAIN_SEED, chats, encode
from train.model import Llama, Shape
from train.muon import Muon
from train.tokenizer import Tokenizer

# From this part of the steps on: the length of a row, and the rows in a batch.
STAGES = ((0.0, 448, 9), (0.6, 896, 5), (0.93, 2048, 2))
WARM_UP_STEPS = 40
FALL = 0.45  # the part of the steps in which the learning rate falls to nothing
WAITING = 24  # chats to choose from when a row is filled


def rows(tokenizer, seed, stage):
    """Endless rows (ids, learnt), each of `stage["length"]` + 1 places, filled with whole chats and padded."""
    lines = chats(seed)
    waiting = []
    while True:
        room, ids, learnt = stage["length"] + 1, [], []
        while True:
            while len(waiting) < WAITING:
                waiting.append(encode(tokenizer, next(lines)))
            fitting = next((n for n, chat in enumerate(waiting) if len(chat[0]) <= room - len(ids)), None)
            if fitting is None:
                break
            chat = waiting.pop(fitting)
            ids += chat[0]
            learnt += chat[1]
        waiting = [chat for chat in waiting if len(chat[0]) <= room]
        pad = room - len(ids)
        yield ids + [0] * pad, learnt + [False] * pad


def batch(source, count):
    """Inputs, targets and weights, each [count, length]."""
    ids, learnt = zip(*(next(source) for _ in range(count)), strict=True)
    ids = torch.tensor(ids)
    return ids[:, :-1], ids[:, 1:], torch.tensor(learnt)[:, 1:].float()


def optimizers(model):
    inner = [p for name, p in model.named_parameters() if p.ndim == 2 and "blk" in name]
    outer = [p for name, p in model.named_parameters() if p.ndim == 1 or "blk" not in name]
    return Muon(inner, lr=0.02), torch.optim.AdamW(outer, lr=0.004, betas=(0.9, 0.95), weight_decay=0.0)


def rate(step, steps):
    """The part of the full learning rate at `step`."""
    return min((step + 1) / WARM_UP_STEPS, (steps - step) / (FALL * steps), 1.0)


def save(path, model, both, step):
    state = {"shape": model.shape.to_dict(), "weights": model.state_dict(), "step": step}
    torch.save(state | {"optimizers": [one.state_dict() for one in both]}, path)


def held_out(model, tokenizer, count=24):
    """Mean loss on chats that were never trained on."""
    source = rows(tokenizer, HELD_OUT_SEED, {"length": 896})
    with torch.no_grad():
        return sum(model.loss(*batch(source, 1)).item() for _ in range(count)) / count


def train(model, tokenizer, both, span, seed):
    """Train over the steps of `span` = (first, all)."""
    first, steps = span
    stage = {"length": STAGES[0][1]}
    source, began, seen, total = rows(tokenizer, seed, stage), time.monotonic(), 0, 0.0
    for step in range(first, steps):
        _, stage["length"], count = next(s for s in reversed(STAGES) if step >= s[0] * steps)
        for one, full in zip(both, (0.02, 0.004), strict=True):
            one.param_groups[0]["lr"] = full * rate(step, steps)
        loss = model.loss(*batch(source, count))
        loss.backward()
        for one in both:
            one.step()
            one.zero_grad()
        seen += count * stage["length"]
        total += loss.item()
        if step + 1 == round(steps * (1 - FALL)):
            save(BUILD / "steady.pt", model, both, step + 1)
        if (step + 1) % 25 == 0:
            passed = time.monotonic() - began
            pace = f"{passed:.0f} s  {seen / passed:.0f} tokens/s"
            print(f"step {step + 1}/{steps}  loss {total / 25:.4f}  {pace}", flush=True)
            total = 0.0
        if (step + 1) % 100 == 0:
            save(BUILD / "model.pt", model, both, step + 1)


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--steps", type=int, default=1500)
    options.add_argument("--seed", type=int, default=TRAIN_SEED)
    options.add_argument("--go-on", help="a checkpoint to continue from, such as build/steady.pt")
    given = options.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(given.seed)
    tokenizer = Tokenizer.load(BUILD / "tokenizer.json")
    model, first = Llama(Shape(vocab=len(tokenizer.tokens))), 0
    both = optimizers(model)
    if given.go_on:
        saved = torch.load(given.go_on)
        model.load_state_dict(saved["weights"])
        for one, state in zip(both, saved["optimizers"], strict=True):
            one.load_state_dict(state)
        first = saved["step"]
    print(f"{sum(weight.numel() for weight in model.parameters())} parameters")
    train(model, tokenizer, both, (first, given.steps), given.seed + first)
    save(BUILD / "model.pt", model, both, given.steps)
    print(f"held-out loss {held_out(model, tokenizer):.4f}")


if __name__ == "__main__":
    main()
