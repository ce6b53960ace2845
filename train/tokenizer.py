"""Byte-level BPE, the kind llama.cpp calls `gpt2`: trained here, on the text of corpus.py, in seconds.

Nearly every word of the corpus is one token with its leading space. Words outside it fall back to pieces and, in the
end, to bytes, so any text can be encoded. Run as a command it writes build/tokenizer.json.
Source: llama.cpp, src/llama-vocab.cpp, LLAMA_VOCAB_PRE_TYPE_GPT2 (the split rule).
"""

import collections
import itertools
import json
import pathlib
import re

__all__ = ["SPECIALS", "Tokenizer", "learn"]

SPECIALS = (
    "<|endoftext|>",
    "<|im_start|>",
    "<|im_end|>",
    "<tool_call>",
    "</tool_call>",
    "<tool_response>",
    "</tool_response>",
)
WHOLE_COUNT = 40  # how often such a word counts besides
SPLIT = re.compile(r"'(?:[stmd]|re|ve|ll)| ?[^\W\d_]+| ?\d+| ?(?:[^\s\w]|_)+|\s+(?!\S)|\s+")
BY_SPECIAL = re.compile("(" + "|".join(map(re.escape, SPECIALS)) + ")")


def byte_letters():
    """One printable letter for each byte, as GPT-2 defined them."""
    shown = [*range(33, 127), *range(161, 173), *range(174, 256)]
    hidden = [byte for byte in range(256) if byte not in shown]
    return {byte: chr(byte) for byte in shown} | {byte: chr(256 + n) for n, byte in enumerate(hidden)}


LETTERS = byte_letters()


def merge(parts, pair):
    """Join each place where `pair` stands in `parts`."""
    joined, i = [], 0
    while i < len(parts):
        if i + 1 < len(parts) and (parts[i], parts[i + 1]) == pair:
            joined.append(parts[i] + parts[i + 1])
            i += 2
        else:
            joined.append(parts[i])
            i += 1
    return joined


def learn(texts, size, whole=()):
    """Learn merges until the vocabulary has `size` tokens. Ties go to the pair that sorts first.

    The words of `whole` become one token each, with and without a space before them.
    """
    counts = collections.Counter(
        word
        for text in texts
        for part in BY_SPECIAL.split(text)
        if part not in SPECIALS
        for word in SPLIT.findall(part)
    )
    for word in whole:
        counts[word] += WHOLE_COUNT
        counts[" " + word] += WHOLE_COUNT
    words = [([LETTERS[byte] for byte in word.encode()], count) for word, count in sorted(counts.items())]
    merges = []
    while len(SPECIALS) + 256 + len(merges) < size:
        pairs = collections.Counter()
        for parts, count in words:
            for pair in itertools.pairwise(parts):
                pairs[pair] += count
        if not pairs:
            break
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        merges.append(best)
        words = [(merge(parts, best) if best[0] in parts else parts, count) for parts, count in words]
    return Tokenizer(merges)


class Tokenizer:
    def __init__(self, merges):
        self.merges = [tuple(pair) for pair in merges]
        self.tokens = [*SPECIALS, *LETTERS.values(), *(a + b for a, b in self.merges)]
        self.ids = {token: n for n, token in enumerate(self.tokens)}
        self.ranks = {pair: n for n, pair in enumerate(self.merges)}
        self.bytes = {letter: byte for byte, letter in LETTERS.items()}
        self.known = {}

    def encode_word(self, word):
        if word not in self.known:
            parts = [LETTERS[byte] for byte in word.encode()]
            while len(parts) > 1:
                pair = min(itertools.pairwise(parts), key=lambda p: self.ranks.get(p, len(self.ranks)))
                if pair not in self.ranks:
                    break
                parts = merge(parts, pair)
            self.known[word] = [self.ids[part] for part in parts]
        return self.known[word]

    def encode(self, text):
        """Token ids of `text`; the special tokens in it count as such."""
        ids = []
        for part in BY_SPECIAL.split(text):
            if part in SPECIALS:
                ids.append(self.ids[part])
            else:
                ids.extend(i for word in SPLIT.findall(part) for i in self.encode_word(word))
        return ids

    def decode(self, ids):
        """The text of `ids`; bytes that are no UTF-8 become the replacement character."""
        text = b""
        for i in ids:
            token = self.tokens[i]
            text += token.encode() if token in SPECIALS else bytes(self.bytes[letter] for letter in token)
        return text.decode(errors="replace")

    def save(self, path):
        pathlib.Path(path).write_text(json.dumps({"merges": self.merges}))

    @classmethod
    def load(cls, path):
        return cls(json.loads(pathlib.Path(path).read_text())["merges"])
