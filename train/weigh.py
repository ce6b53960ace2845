"""How much each token of a chat weighs in training.

What users and tools write weighs nothing. Of what the assistant writes, most tokens weigh 1; more weigh those that
are decided by the prompt: words that stand in it, the cast of a tale, the first words of a sentence, and what a
grammar has marked. A mark is a pair of signs around some text; `strip` takes the signs away.
"""

import bisect
import itertools
import re

from train.world import WORDS

__all__ = ["given", "mark", "strip", "weights"]

DECIDED, GIVEN = "⟪⟫", "⟨⟩"
SIGNS = re.compile(r"[⟪⟫⟨⟩]")
TURN = re.compile(r"<\|im_start\|>assistant\n(.*?<\|im_end\|>)", re.DOTALL)
WORD = re.compile(r"\w+")
START = re.compile(r"(?:^|[.!?]\"? |\n)(\"?\w+\W?\w*)")
ANSWER_START = re.compile(r"\W*\w+\W+\w+\W+\w*")
COPIED_WEIGHT = 3.0  # a word that stands in the prompt, or one of the cast that was said before
DECIDED_WEIGHT = 3.0  # what is marked so, and the first three words of an answer
START_WEIGHT = 1.5  # the first two words of a sentence, and words that are easy to get wrong
KINDS = ["women", "men", "roles", "animals", "rare", "things", "rivers", "villages", "cities"]
CAST = {part for kind in KINDS for word in WORDS[kind] for part in word.split()}
CHOICES = {"he", "him", "his", "she", "her"}
PLAIN = """a an and are as at be by can do does for from give have how i if in is it like me my not of on one or out
please so some something story tale tell that the then there this to up use was what when where which who why will
with would write you your"""
PLAIN_WORDS = frozenset(PLAIN.split())


def mark(text):
    """Say that this text is decided by the prompt."""
    return DECIDED[0] + text + DECIDED[1]


def given(text):
    """Say that this text need not be learnt, though the assistant writes it."""
    return GIVEN[0] + text + GIVEN[1]


def strip(text):
    """The text without signs, and the marked spans: (start, end, weight)."""
    spans, opened, parts, at, size = [], {}, [], 0, 0
    for sign in SIGNS.finditer(text):
        parts.append(text[at : sign.start()])
        size, at = size + sign.start() - at, sign.end()
        if sign[0] in "⟪⟨":
            opened[sign[0]] = size
        elif sign[0] == "⟫":
            spans.append((opened.pop("⟪"), size, DECIDED_WEIGHT))
        else:
            spans.append((opened.pop("⟨"), size, 0.0))
    return "".join([*parts, text[at:]]), spans


def said_before(text, turn, cast):
    """Spans of the words of one turn that stand in the prompt, or in the cast and were said before."""
    asked = set(WORD.findall(re.sub(TURN, "", text[: turn.start()]).lower())) - PLAIN_WORDS
    for word in WORD.finditer(text, turn.start(1), turn.end(1)):
        if word[0].lower() in asked or word[0] in cast:
            yield word.start(), word.end(), COPIED_WEIGHT
        elif word[0].lower() in CHOICES:
            yield word.start(), word.end(), START_WEIGHT
        if word[0] in CAST:
            cast.add(word[0])


def spans_of(text):
    """Spans of what the assistant writes, later ones before earlier ones: (start, end, weight)."""
    turns, cast = list(TURN.finditer(text)), set()
    if not turns:
        yield 0, len(text), 1.0
    for turn in turns:
        yield turn.start(1), turn.end(1), 1.0
        for start in START.finditer(text, turn.start(1), turn.end(1)):
            yield start.start(1), start.end(1), START_WEIGHT
        first = ANSWER_START.match(text, turn.start(1), turn.end(1))
        if first:
            yield first.start(), first.end(), DECIDED_WEIGHT
        yield from said_before(text, turn, cast)


def weights(tokens, text, marked):
    """The weight of each token; the tokens are those of `text`, which has one byte in each letter."""
    starts = list(itertools.accumulate(map(len, tokens), initial=0))
    found = [0.0] * len(tokens)
    for start, end, weight in itertools.chain(spans_of(text), marked):
        begin = start - 1 if start and text[start - 1] == " " else start
        for n in range(bisect.bisect_left(starts, begin), min(bisect.bisect_left(starts, end), len(tokens))):
            found[n] = max(found[n], weight) if weight else 0.0
    return found
