"""Train the model: seeded, on one core, in a fixed number of steps.

At first each row is one chat, and rows of like length share a batch: so the model learns to look at the question,
and who is who, with nothing else in sight. In the last part chats are packed several to a row, and it
learns to leave earlier turns alone. Words that have to be read in the prompt weigh more than others; see weigh.py.
Writes build/model.pt. The same steps and the same number of threads give the same weights, on the same machine.
"""

import argparse
import random
import time
from dataclasses import dataclass

import torch

from train.corpus import BUILD, HELD_OUT_SEED, TRAIN_SEED, chats, encode
from train.model import Llama, Shape
from train.muon import Muon
from train.tokenizer import Tokenizer

THREADS = 1  # two are slower where others use the cores too; another number is another rounding, so another model
WARM_UP_STEPS = 20
BATCH_TOKENS = 2560
WAITING = 24  # chats to choose from when a row is filled
SORTED = 192  # chats that are sorted by length before they are cut into batches
SHORT_TOKENS, LONG_TOKENS = 220, 1000  # the longest chat that is used, at first and later
PACKED_ROWS = (1024, 3)  # the length of a packed row, and the rows in a batch


@dataclass(frozen=True)
class Plan:
    """How long to train, and how: parts are parts of the steps, rates are those of Muon and of AdamW."""

    steps: int = 2500
    seed: int = TRAIN_SEED
    rates: tuple[float, float] = (0.008, 0.003)
    short: float = 0.3  # the first part, in which long chats are left out
    fall: float = 0.7  # the last part, in which the learning rates fall to 0
    packed: float = 0.93  # from this part on chats are packed

    def rate(self, step):
        """The part of the full learning rates at `step`."""
        return min((step + 1) / WARM_UP_STEPS, (self.steps - step) / (self.fall * self.steps), 1.0)


class Chats:
    """Endless encoded chats: (token ids, weights)."""

    def __init__(self, tokenizer, seed):
        self.tokenizer = tokenizer
        self.lines = chats(seed)

    def draw(self, longest):
        """The next chat of at most `longest` tokens."""
        while True:
            ids, weights = encode(self.tokenizer, next(self.lines))
            if len(ids) <= longest:
                return ids, weights


def fill_up(row, length):
    """Pad a row; what is padded weighs nothing."""
    ids, weights = row
    pad = length - len(ids)
    return ids + [0] * pad, weights + [0.0] * pad


def sorted_batches(source, rng, longest):
    """Some batches of rows with one chat each."""
    drawn = sorted((source.draw(longest) for _ in range(SORTED)), key=lambda row: len(row[0]))
    batches = [[]]
    for row in drawn:
        if len(row[0]) * (len(batches[-1]) + 1) > BATCH_TOKENS and batches[-1]:
            batches.append([])
        batches[-1].append(row)
    rng.shuffle(batches)
    return [[fill_up(row, len(rows[-1][0])) for row in rows] for rows in batches]


def pack(source, waiting, length):
    """One row of several whole chats."""
    ids, weights = [], []
    while True:
        while len(waiting) < WAITING:
            waiting.append(source.draw(length))
        fitting = next((n for n, chat in enumerate(waiting) if len(chat[0]) <= length - len(ids)), None)
        if fitting is None:
            return fill_up((ids, weights), length)
        chat = waiting.pop(fitting)
        ids, weights = ids + chat[0], weights + chat[1]


def batches(source, plan, part):
    """Endless batches of rows; `part()` says which part of the steps is done."""
    waiting, rng, (length, rows) = [], random.Random(plan.seed), PACKED_ROWS
    while True:
        if part() >= plan.packed:
            yield [pack(source, waiting, length + 1) for _ in range(rows)]
        else:
            yield from sorted_batches(source, rng, SHORT_TOKENS if part() < plan.short else LONG_TOKENS)


def tensors(rows):
    """Inputs, targets and weights, each [rows, length]."""
    ids, weights = (torch.tensor(part) for part in zip(*rows, strict=True))
    return ids[:, :-1], ids[:, 1:], weights[:, 1:]


def optimizers(model):
    inner = [p for name, p in model.named_parameters() if p.ndim == 2 and "blk" in name]
    outer = [p for name, p in model.named_parameters() if p.ndim == 1 or "blk" not in name]
    return Muon(inner), torch.optim.AdamW(outer, betas=(0.9, 0.95), weight_decay=0.0)


def save(path, model):
    """Write a checkpoint."""
    torch.save({"shape": model.shape.to_dict(), "weights": model.state_dict()}, path)


def load(path):
    """The model of a checkpoint."""
    saved = torch.load(path)
    model = Llama(Shape(**saved["shape"]))
    model.load_state_dict(saved["weights"])
    return model


def held_out(model, tokenizer, count=150):
    """Mean loss on chats that were never trained on, each token counted alike."""
    source, total, seen = Chats(tokenizer, HELD_OUT_SEED), 0.0, 0.0
    with torch.no_grad():
        for _ in range(count):
            ids, targets, weights = tensors([source.draw(1000)])
            total += model.loss(ids, targets, weights.sign()).item() * weights.sign().sum().item()
            seen += weights.sign().sum().item()
    return total / seen


def train(model, tokenizer, plan):
    """Train as planned, and save what was learnt now and then."""
    both, done, began, seen, total = optimizers(model), 0, time.monotonic(), 0, 0.0
    source = batches(Chats(tokenizer, plan.seed), plan, lambda: done / plan.steps)
    for done in range(plan.steps):
        for one, full in zip(both, plan.rates, strict=True):
            one.param_groups[0]["lr"] = full * plan.rate(done)
        ids, targets, weights = tensors(next(source))
        loss = model.loss(ids, targets, weights)
        loss.backward()
        for one in both:
            one.step()
            one.zero_grad()
        seen += ids.numel()
        total += loss.item()
        if (done + 1) % 50 == 0:
            passed = time.monotonic() - began
            pace = f"{passed:.0f} s  {seen} tokens, {seen / passed:.0f}/s"
            print(f"step {done + 1}/{plan.steps}  loss {total / 50:.4f}  {pace}", flush=True)
            total = 0.0
            save(BUILD / "model.pt", model)


def fit(tokenizer, plan=None):
    """A model trained from nothing, also saved as build/model.pt."""
    plan = plan or Plan()
    torch.set_num_threads(THREADS)
    torch.manual_seed(plan.seed)
    model = Llama(Shape(vocab=len(tokenizer.tokens)))
    print(f"{sum(weight.numel() for weight in model.parameters())} parameters")
    train(model, tokenizer, plan)
    save(BUILD / "model.pt", model)
    return model


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--steps", type=int, default=Plan.steps)
    options.add_argument("--seed", type=int, default=Plan.seed)
    given = options.parse_args()
    fit(Tokenizer.load(BUILD / "tokenizer.json"), Plan(given.steps, given.seed))


if __name__ == "__main__":
    main()
