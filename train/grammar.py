"""Choice and slots: `[a|b]` is one of the two, `{slot}` is a word of the cast. Choices may stand in choices.

`⟦x⟧` becomes [x]. A file of grammar has blocks that begin with `== head`; the first sign of each line is its kind.
"""

import pathlib
import re

__all__ = ["blocks", "fill"]

INNERMOST = re.compile(r"\[([^\[\]]*)\]")


def fill(rng, text, cast=None):
    """Choose and fill in. The same seed gives the same text."""
    while INNERMOST.search(text):
        text = INNERMOST.sub(lambda choice: rng.choice(choice[1].split("|")), text)
    for slot, word in (cast or {}).items():
        text = text.replace("{" + slot + "}", word)
    return text.replace("⟦", "[").replace("⟧", "]")


def blocks(name):
    """Read the file `name` beside this one: a list of (head, lines)."""
    found = []
    for line in (pathlib.Path(__file__).parent / name).read_text().splitlines():
        if line.startswith("== "):
            found.append((line[3:], []))
        elif line and not line.startswith("#"):
            found[-1][1].append(line)
    return found
