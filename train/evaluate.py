"""How good is the model? Perplexity on chats it never saw, and prompts answered by the shipped file.

A prompt passes when its answer ends by itself, has the words that its subject asks for, has no loop, and, in a tale,
keeps its cast: names are few, the first one stays, and no animal walks in that was not there before.
"""

import argparse
import itertools
import json
import math
import re
import urllib.request

import torch
import xllamacpp

from train.corpus import BUILD, PROOFS
from train.export import SHIPPED
from train.fit import held_out, load
from train.grammar import blocks
from train.tokenizer import Tokenizer
from train.world import ANIMALS, MEN, RARE, WOMEN

LOOP_WORDS = 8
TEMPERATURES = (0.0, 0.7)
SEED = 7


def serve(path):
    """Start llama.cpp on a free port; returns its address."""
    settings = xllamacpp.CommonParams()
    settings.model.path = str(path)
    settings.n_ctx = 2048
    settings.n_parallel = 1
    settings.port = 0
    settings.cpuparams.n_threads = 1
    settings.warmup = False
    settings.verbosity = 0
    return xllamacpp.Server(settings)


def complete(address, prompt, temperature):
    """The answer and why it ended."""
    body = {
        "messages": [{"role": "user", "content": prompt}],
        "temperature": temperature,
        "seed": SEED,
        "max_tokens": 1200,
    }
    request = urllib.request.Request(f"{address}/v1/chat/completions", json.dumps(body).encode())
    with urllib.request.urlopen(request) as response:
        choice = json.load(response)["choices"][0]
    return choice["message"]["content"], choice["finish_reason"]


def faults(kind, wanted, text, finish):
    """What is wrong with an answer, in words."""
    found = [] if finish == "stop" else [f"ended by {finish}"]
    subjects = [] if wanted == "-" else wanted.split(", ") if kind == "tale" else [wanted]
    missed = [ways for ways in subjects if not any(way.lower() in text.lower() for way in ways.split("/"))]
    found += [f"says nothing of {ways}" for ways in missed]
    words = text.split()
    runs = [tuple(words[n : n + LOOP_WORDS]) for n in range(len(words) - LOOP_WORDS)]
    if len(runs) - len(set(runs)) > 2:
        found.append("loops")
    return found + (cast_faults(text) if kind == "tale" else [])


def cast_faults(text):
    """Who walked in, or changed, without being asked."""
    names = re.findall(r"\b(" + "|".join(WOMEN + MEN) + r")\b", text)
    animals = set(re.findall(r"[Tt]he (" + "|".join(ANIMALS + RARE) + r")\b", text))
    found = [] if len(text.split()) > 50 else ["too short for a tale"]
    if len(set(names)) > 2 or max(map(names.count, names), default=0) < 3:
        found.append(f"names {sorted(set(names))}")
    return found + ([f"animals {sorted(animals)}"] if len(animals) > 1 else [])


def answer_all(address, name, temperature, show):
    passed = asked = 0
    for kind, lines in blocks(name):
        for line in lines:
            wanted, prompt = line.split(" | ", 1)
            text, finish = complete(address, prompt, temperature)
            wrong = faults(kind, wanted.strip(), text, finish)
            asked, passed = asked + 1, passed + (not wrong)
            if wrong or show:
                print(f"  {'; '.join(wrong) or 'good'}\n    > {prompt}\n    {text}")
    print(f"{name}, temperature {temperature}: {passed} of {asked} passed")


def measure(model, tokenizer, path, *, show=False):
    """Print the loss of `model`, and how the file at `path` answers."""
    torch.set_num_threads(1)
    loss = held_out(model, tokenizer)
    print(f"held-out loss {loss:.4f}, perplexity {math.exp(loss):.3f}")
    server = serve(path)
    for name, temperature in itertools.product(PROOFS, TEMPERATURES):
        answer_all(server.listening_address, name, temperature, show)


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--model", default=SHIPPED)
    options.add_argument("--show", action="store_true", help="print good answers too")
    options.add_argument("--checkpoint", default=BUILD / "model.pt")
    given = options.parse_args()
    measure(load(given.checkpoint), Tokenizer.load(BUILD / "tokenizer.json"), given.model, show=given.show)


if __name__ == "__main__":
    main()
