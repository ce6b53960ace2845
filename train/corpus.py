"""The whole corpus: an endless, seeded line of chats, drawn from the grammars beside this file. No outside data.

Run as a command it learns the tokenizer from the first chats and shows some of them.
"""

import argparse
import itertools
import json
import pathlib
import random
import re

import jinja2

from train.grammar import blocks
from train.objects import call_tool, wrap, write_json
from train.stories import ask, draw_cast, draw_plots, tell
from train.talk import answer, chat, unknown
from train.tokenizer import learn
from train.weigh import strip, weights
from train.world import WORDS

__all__ = ["PROOFS", "chats", "encode", "learn_tokenizer", "render"]

HERE = pathlib.Path(__file__).parent
BUILD = HERE / "build"
VOCAB = 2048
LEARNT_CHATS = 12000  # the tokenizer is learnt from
TRAIN_SEED, HELD_OUT_SEED = 1, 2
PROOFS = ("prompts.txt", "unseen.txt", "fresh.txt")  # no chat asks what stands there
CAST = ("women", "men", "animals", "rivers", "villages", "cities")
WHOLE = sorted({*(word for kind in CAST for word in WORDS[kind]), *map(str, range(100))})  # one token each
KINDS, SHARES = ("story", "talk", "json", "tools", "bare"), (25, 52, 11, 11, 1)
SYSTEMS = (
    "You are a helpful assistant.",
    "You are a helpful assistant. Answer briefly.",
    "You are Sluiceway's embedded model.",
    "You are a kind storyteller.",
    "Be brief.",
    "You are a friendly assistant by the river.",
)


def about_tale(rng, cast):
    """A question about the tale just told, or a wish for another."""
    asks = [
        ("What was the name of the {role}?", "The {role} was called {name}."),
        ("What was the {role} called?", "The {role} was called {name}."),
        ("Which animal was in the story?", "It was {an_animal}."),
        ("Who was the friend of {name}?", "It was the {animal}."),
        ("What was {name}?", "{name} was {a_role}."),
    ]
    asked, said = rng.choice(asks)
    for slot, word in cast.items():
        asked, said = asked.replace("{" + slot + "}", word), said.replace("{" + slot + "}", word)
    return asked, said


def another(rng):
    wish = rng.choice(
        ("Another one", "Another one, please.", "One more", "Tell me another story.", "Again, another one!")
    )
    size = rng.choice(("short", "middle"))
    return wish, tell(rng, draw_cast(rng), size, draw_plots(rng, size))


def story(rng):
    asked, told, cast = ask(rng)
    turns = [(asked, told)]
    if rng.random() < 0.3:
        turns.append(about_tale(rng, cast))
    elif rng.random() < 0.08:
        turns.append(another(rng))
    return turns


def exchange(rng):
    """One turn that is no tale."""
    return rng.choices((answer, chat, unknown), (6, 5, 1.6))[0](rng)


def brief(rng):
    """An answer, or a short tale, that can stand in a field."""
    return answer(rng) if rng.random() < 0.6 else ask(rng, "short")[:2]


def talk(rng):
    turns = [exchange(rng) for _ in range(rng.choice((1, 1, 1, 2, 3)))]
    if rng.random() < 0.08:
        turns += story(rng)[:1]
    return turns


def messages_of(rng, turns):
    messages = [
        {"role": role, "content": text}
        for turn in turns
        for role, text in zip(("user", "assistant"), turn, strict=True)
    ]
    if rng.random() < 0.2:
        messages.insert(0, {"role": "system", "content": rng.choice(SYSTEMS)})
    return messages, None


def draw(rng):
    """One chat: (messages, tools), or a bare text without a chat around it."""
    kind = rng.choices(KINDS, SHARES)[0]
    if kind == "story":
        return messages_of(rng, story(rng))
    if kind == "talk":
        return messages_of(rng, talk(rng))
    if kind == "json":
        return write_json(rng) if rng.random() < 0.75 else wrap(rng, brief)
    return call_tool(rng, answer) if kind == "tools" else (ask(rng)[1], None)


def renderer():
    """The chat template, with JSON written as llama.cpp writes it: keys in their order, nothing escaped."""
    environment = jinja2.Environment()
    environment.filters["tojson"] = json.dumps
    return environment.from_string((HERE / "template.jinja").read_text().removesuffix("\n"))


def render(template, messages, tools):
    """The text that the model is trained on; a bare text ends like an answer."""
    return messages + "<|im_end|>\n" if isinstance(messages, str) else template.render(messages=messages, tools=tools)


def words_of(prompt):
    """What is asked, however it is written."""
    return " ".join(re.findall(r"[a-z0-9]+", prompt.lower()))


def proofs():
    """The prompts that the model is measured with."""
    lines = [line for name in PROOFS for _, lines in blocks(name) for line in lines]
    return {words_of(line.split(" | ", 1)[1]) for line in lines}


def is_proof(messages, asked):
    """Whether a chat asks one of the prompts in `asked`."""
    return not isinstance(messages, str) and any(words_of(message["content"]) in asked for message in messages)


def chats(seed):
    """Endless rendered chats, with marks; see weigh.py."""
    rng, template, asked = random.Random(seed), renderer(), proofs()
    while True:
        messages, tools = draw(rng)
        if not is_proof(messages, asked):
            yield render(template, messages, tools)


def encode(tokenizer, text):
    """Token ids of a rendered chat, and the weight of each."""
    text, marked = strip(text)
    ids = tokenizer.encode(text)
    return ids, weights([tokenizer.tokens[i] for i in ids], text, marked)


def learn_tokenizer():
    """The tokenizer of the first chats, also saved as build/tokenizer.json; and those chats."""
    texts = [strip(text)[0] for text in itertools.islice(chats(TRAIN_SEED), LEARNT_CHATS)]
    tokenizer = learn(texts, VOCAB, WHOLE)
    BUILD.mkdir(exist_ok=True)
    tokenizer.save(BUILD / "tokenizer.json")
    return tokenizer, texts


def main():
    argparse.ArgumentParser(description=__doc__).parse_args()
    tokenizer, texts = learn_tokenizer()
    sizes = [len(tokenizer.encode(text)) for text in texts[:2000]]
    print(f"{len(tokenizer.tokens)} tokens; a chat has {sum(sizes) / len(sizes):.0f} of them, at most {max(sizes)}")
    print(f"{sum(map(len, texts[:2000])) / sum(sizes):.2f} characters in a token")
    print("\n".join(texts[:8]))


if __name__ == "__main__":
    main()
