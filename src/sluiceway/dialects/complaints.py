"""What is wrong with a request's body, out of the shape decoder's sentence; each dialect says it in its own words."""

from __future__ import annotations

import re

import msgspec

__all__ = ["Complaint", "read_complaint"]

# Expected `str | array | null`, got `int` - at `$.messages[0].content`
_PATH = re.compile(r" - at `(?:key in )?\$\.?(.*)`$")
_WRONG_TYPE = re.compile(r"^Expected `([^`]+)`, got `(\w+)`$")
_MISSING = re.compile(r"^Object missing required field `([^`]+)`$")
_WRONG_WORD = re.compile(r"^Invalid enum value (.+)$", re.DOTALL)


class Complaint(msgspec.Struct, frozen=True):
    """One complaint.

    Attributes:
        path: the field's, such as ``messages[0].content``; empty for the whole body.
        text: the sentence, without the path.
        missing: the name of the field that is not there below ``path``; empty for another complaint.
        expected: for a wrong type, the kinds of JSON that are taken (``str``, ``array``, …), null left out.
        got: for a wrong type, the kind that came.
        word: for a word that is not one of those known, the word.
    """

    path: str
    text: str
    missing: str = ""
    expected: tuple[str, ...] = ()
    got: str = ""
    word: str = ""

    @property
    def clause(self) -> str:
        """The sentence as part of another."""
        return self.text[:1].lower() + self.text[1:]


def read_complaint(error: Exception) -> Complaint | None:
    """Return the complaint, or None for a body that is not JSON at all."""
    if not isinstance(error, msgspec.ValidationError):
        return None
    sentence = str(error)
    found = _PATH.search(sentence)
    path = found[1] if found else ""
    text = sentence[: found.start()] if found else sentence
    if match := _MISSING.match(text):
        return Complaint(path, text, missing=match[1])
    if match := _WRONG_TYPE.match(text):
        kinds = tuple(kind for kind in match[1].split(" | ") if kind != "null")
        return Complaint(path, text, expected=kinds, got=match[2])
    if match := _WRONG_WORD.match(text):
        return Complaint(path, text, word=match[1])
    return Complaint(path, text)
