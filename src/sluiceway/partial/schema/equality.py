"""When two JSON values are equal, in the words of JSON Schema: numbers by what they are worth, 1 and 1.0 alike.

Source: JSON Schema core 2020-12, section 4.2.2.
"""

from __future__ import annotations

from collections.abc import Hashable

__all__ = ["freeze", "is_plain", "kind_of"]

_MAX_PLAIN = 2**53


def is_plain(number: float) -> bool:
    """Say whether every reader of JSON takes a number for the same: its size is below 2⁵³."""
    return -_MAX_PLAIN < number < _MAX_PLAIN


def kind_of(value: object) -> str:
    """Return the kind of a JSON value, in the words of ``type``; integers are numbers."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"


def freeze(value: object) -> Hashable:
    """Return something hashable that equals what ``freeze`` makes of an equal value, and of no other.

    Raises:
        ValueError: a number in it is not plain.
    """
    if isinstance(value, bool):
        return ("boolean", value)
    if isinstance(value, int | float):
        if not is_plain(value):
            raise ValueError("a number of this size is not the same to everybody")
        return value
    if isinstance(value, list):
        return ("array", *map(freeze, value))
    if isinstance(value, dict):
        return ("object", frozenset((key, freeze(member)) for key, member in value.items()))
    assert value is None or isinstance(value, str)
    return value
