"""Train the model: seeded, on two cores, in a fixed number of steps.

In the first stages each row is one chat, and rows of like length share a batch: so the model learns to look at the
question, and who is who, with nothing else in sight. In the last stage chats are packed several to a row, and it
learns to leave earlier turns alone. Words that have to be read in the prompt weigh more than others.
Writes build/model.pt. The same steps and the same number of threads give the same weights, on the same machine.
"""

import argparse
import random
import time

import torch

from train.corpus import BUILD, HELD_OUT_SEED, TRAIN_SEED, chats, encode
from train.model import Llama, Shape
from train.muon import Muon
from train.tokenizer import Tokenizer
from train.world import WORDS

THREADS = 2  # another number gives another rounding, so another model
STEPS = 2400
WARM_UP_STEPS = 20
FALL = 0.6  # the last part of the steps, in which the learning rate falls to 0
SHORT = 0.35  # the first part of the steps, in which long chats are left out
RATES = (0.008, 0.003)  # of Muon and of AdamW
BATCH_TOKENS = 2560
LONGEST = (220, 1000)  # the longest chat that is used, at first and later
PACKED = (0.88, 1024, 3)  # from this part of the steps on: the length of a row, and the rows in a batch
WAITING = 24  # chats to choose from when a row is filled
SORTED = 192  # chats that are sorted by length before they are cut into batches
CAST = ["women", "men", "roles", "animals", "rare", "things", "rivers", "villages", "cities", "topics"]
CAST += ["verbs", "nouns"]  # and these, in the names of tools
WEIGHT = 4.0  # of a word of the cast, or of a topic, that was said before
CHOICE_WEIGHT = 2.5  # of a word that is easy to get wrong, and of the first two of a sentence, which decide the rest
CHOICES = ["he", "him", "his", "she", "her", "He", "His", "She", "Her", *map(str, range(21))]


class Chats:
    """Endless encoded chats: (token ids, weights)."""

    def __init__(self, tokenizer, seed):
        self.tokenizer = tokenizer
        self.lines = chats(seed)
        words = [word for kind in CAST for word in WORDS[kind]]
        self.cast = {tokenizer.encode(space + word)[0] for word in words for space in (" ", "")}
        self.ends = {tokenizer.encode(sign)[-1] for sign in (".", '."', "assistant\n", "\n\n")}
        self.choices = {tokenizer.encode(" " + word)[0] for word in CHOICES}

    def weight(self, ids, n):
        if ids[n] in self.cast and ids[n] in ids[:n]:
            return WEIGHT
        chosen = ids[n] in self.choices or not self.ends.isdisjoint(ids[max(0, n - 2) : n])
        return CHOICE_WEIGHT if chosen else 1.0

    def draw(self, longest):
        """The next chat of at most `longest` tokens."""
        while True:
            ids, learnt = encode(self.tokenizer, next(self.lines))
            if len(ids) <= longest:
                return ids, [one * self.weight(ids, n) for n, one in enumerate(learnt)]


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


def batches(source, rng, part):
    """Endless batches of rows; `part()` says which part of the steps is done."""
    waiting = []
    while True:
        if part() >= PACKED[0]:
            yield [pack(source, waiting, PACKED[1] + 1) for _ in range(PACKED[2])]
        else:
            yield from sorted_batches(source, rng, LONGEST[part() >= SHORT])


def tensors(rows):
    """Inputs, targets and weights, each [rows, length]."""
    ids, weights = (torch.tensor(part) for part in zip(*rows, strict=True))
    return ids[:, :-1], ids[:, 1:], weights[:, 1:]


def optimizers(model):
    inner = [p for name, p in model.named_parameters() if p.ndim == 2 and "blk" in name]
    outer = [p for name, p in model.named_parameters() if p.ndim == 1 or "blk" not in name]
    return Muon(inner), torch.optim.AdamW(outer, betas=(0.9, 0.95), weight_decay=0.0)


def rate(step, steps):
    """The part of the full learning rate at `step`."""
    return min((step + 1) / WARM_UP_STEPS, (steps - step) / (FALL * steps), 1.0)


def save(path, model):
    torch.save({"shape": model.shape.to_dict(), "weights": model.state_dict()}, path)


def held_out(model, tokenizer, count=150):
    """Mean loss on chats that were never trained on, each token counted alike."""
    source, total, seen = Chats(tokenizer, HELD_OUT_SEED), 0.0, 0.0
    with torch.no_grad():
        for _ in range(count):
            ids, targets, weights = tensors([source.draw(1000)])
            total += model.loss(ids, targets, weights.sign()).item() * weights.sign().sum().item()
            seen += weights.sign().sum().item()
    return total / seen


def train(model, tokenizer, steps, seed):
    """Train for the steps that were given, and save what was learnt now and then."""
    both, done, began, seen, total = optimizers(model), 0, time.monotonic(), 0, 0.0
    source = batches(Chats(tokenizer, seed), random.Random(seed), lambda: done / steps)
    for done in range(steps):
        for one, full in zip(both, RATES, strict=True):
            one.param_groups[0]["lr"] = full * rate(done, steps)
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
            print(f"step {done + 1}/{steps}  loss {total / 50:.4f}  {pace}", flush=True)
            total = 0.0
            save(BUILD / "model.pt", model)


def fit(tokenizer, steps=STEPS, seed=TRAIN_SEED):
    """A model trained from nothing, also saved as build/model.pt."""
    torch.set_num_threads(THREADS)
    torch.manual_seed(seed)
    model = Llama(Shape(vocab=len(tokenizer.tokens)))
    print(f"{sum(weight.numel() for weight in model.parameters())} parameters")
    train(model, tokenizer, steps, seed)
    save(BUILD / "model.pt", model)
    return model


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--steps", type=int, default=STEPS)
    options.add_argument("--seed", type=int, default=TRAIN_SEED)
    given = options.parse_args()
    fit(Tokenizer.load(BUILD / "tokenizer.json"), given.steps, given.seed)


if __name__ == "__main__":
    main()
