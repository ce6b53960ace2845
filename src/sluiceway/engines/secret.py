"""A secret: text that no log line, error or ``repr`` shows.

It refuses to be printed; whoever needs the text asks for it by name, so that a search for ``reveal`` finds every use.
"""

from __future__ import annotations

__all__ = ["Secret", "decode_secret"]

_MASK = "***"


class Secret:
    """Text to be kept out of sight, such as an API key or a proxy URL with a password.

    Args:
        text: what is kept; empty means none.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str = "") -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text; only where it is written to a socket."""
        return self._text

    def redact(self, text: str) -> str:
        """Return ``text`` with every occurrence of the secret masked."""
        return text.replace(self._text, _MASK) if self._text else text

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._text == other._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __repr__(self) -> str:
        return _MASK


def decode_secret(kind: type, value: object) -> object:
    """Decode a setting into a `Secret`: the ``dec_hook`` of msgspec for structs that hold one.

    Raises:
        NotImplementedError: ``kind`` is another type, as msgspec expects of a hook.
        TypeError: the value is no text.
    """
    if kind is not Secret:
        raise NotImplementedError(kind)
    if not isinstance(value, str):
        raise TypeError("a secret is a string")
    return Secret(value)
