"""References within one schema: ``#`` and JSON Pointers behind it (RFC 6901, section 6). Nothing is ever fetched.

What lies in an embedded resource, a subschema with an ``$id`` of its own, is not followed: there ``#`` means another
root.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

__all__ = ["find", "is_embedded"]

_INDEX = re.compile("0|[1-9][0-9]{0,8}")


def is_embedded(schema: object) -> bool:
    """Say whether a subschema is a resource of its own."""
    return isinstance(schema, dict) and isinstance(schema.get("$id"), str)


def find(root: object, reference: object) -> object:
    """Return what ``reference`` leads to.

    Raises:
        LookupError: it leads nowhere, elsewhere, or into an embedded resource.
    """
    # "$ref": "#/$defs/a~1b"
    if not isinstance(reference, str) or not (reference == "#" or reference.startswith("#/")):
        raise LookupError("no reference to a place in the same schema")
    place = root
    for token in unquote(reference[1:]).split("/")[1:]:
        place = _step(place, token.replace("~1", "/").replace("~0", "~"))
        if is_embedded(place):
            raise LookupError("a reference into another resource")
    return place


def _step(place: object, token: str) -> object:
    if isinstance(place, dict) and token in place:
        return place[token]
    if isinstance(place, list) and _INDEX.fullmatch(token) and int(token) < len(place):
        return place[int(token)]
    raise LookupError("nothing is there")
