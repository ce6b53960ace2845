"""How often is the model right where only one answer is? Chats of a seed that it was never trained on.

Counts, sums, echoes, JSON of values that were told, and tool calls have one right answer, letter for letter; a tale
whose plot was asked for has to tell that plot. Answers are taken at temperature 0, from the prompt as text.
"""

import argparse
import json
import random
import re
import urllib.request

from train.corpus import renderer
from train.evaluate import serve
from train.export import SHIPPED
from train.grammar import fill
from train.objects import call_tool, compact, draw_fields, told_values, turn
from train.stories import PLOTS, draw_cast
from train.talk import add, answer, count, echo, greet
from train.weigh import strip

SEED = 77
CHATS = 25  # of each kind
HEAD = "<|im_start|>assistant\n"


def complete(address, prompt):
    """What the file says after a text."""
    body = {"prompt": prompt, "temperature": 0, "n_predict": 500, "special": True}
    request = urllib.request.Request(f"{address}/completion", json.dumps(body).encode())
    with urllib.request.urlopen(request) as response:
        return json.load(response)["content"]


def values(rng):
    """A JSON object whose values were told."""
    made = {key: value for key, value in draw_fields(rng).items() if type(value) in {int, str}} or {"age": 7}
    return turn(told_values(rng, made), compact(made)), None


def call(rng):
    """A tool call, and nothing after it."""
    while True:
        messages, tools = call_tool(rng, answer)
        if "tool_calls" in messages[1]:
            return messages[:2], tools


KINDS = {
    "counts": lambda rng: (turn(*count(rng)), None),
    "sums": lambda rng: (turn(*add(rng)), None),
    "echoes": lambda rng: (turn(*echo(rng)), None),
    "names said again": lambda rng: (turn(*greet(rng)), None),
    "JSON of told values": values,
    "tool calls": call,
}


def is_right(address, template, messages, tools):
    """Whether an answer is the one that was drawn, or, where several wordings are right, has what is marked in it."""
    text, marked = strip(template.render(messages=messages, tools=tools))
    prompt, right = text.rsplit(HEAD, 1)
    said = complete(address, prompt + HEAD).strip()
    decided = [text[begin:end] for begin, end, _ in marked if text[begin:end] != "."]
    return decided[-1] in re.findall(r"\w+", said) if decided else said == right.split("<|im_end|>")[0]


def runs(text):
    """Three words in a row, all of them."""
    words = text.split()
    return set(zip(words, words[1:], words[2:], strict=False))


def runs_of_plot(plot):
    """Most of the runs that tales of one plot can have."""
    rng, lines = random.Random(SEED), [line.removeprefix("+ ") for line in PLOTS[plot][2]]
    return set().union(*(runs(fill(rng, line, draw_cast(rng))) for line in lines * 20))


def count_plots(address, template, rng):
    """How many of some tales tell the plot that was asked for: the one that shares the most runs with them."""
    known, told = {plot: runs_of_plot(plot) for plot in sorted(PLOTS)}, 0
    for _ in range(CHATS):
        wanted = rng.choice(list(known))
        asked = f"Tell me a story about {fill(rng, rng.choice(PLOTS[wanted][0]), draw_cast(rng))}."
        messages = [{"role": "user", "content": asked}]
        said = runs(complete(address, template.render(messages=messages, add_generation_prompt=True)))
        told += max(known, key=lambda plot: len(said & known[plot])) == wanted
    return told


def measure_exact(path):
    """Print how many answers of the file at `path` are right."""
    server, rng, template = serve(path), random.Random(SEED), renderer()
    for name, draw in KINDS.items():
        right = sum(is_right(server.listening_address, template, *draw(rng)) for _ in range(CHATS))
        print(f"{name}: {right} of {CHATS} right")
    print(f"plots: {count_plots(server.listening_address, template, rng)} of {CHATS} as asked for")


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--model", default=SHIPPED)
    measure_exact(options.parse_args().model)


if __name__ == "__main__":
    main()
