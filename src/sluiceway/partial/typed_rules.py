"""What a complete value must be: a validator for each annotation, made by msgspec or by pydantic.

Both judge as they judge JSON: a date may be told as text, an integer may not.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, Protocol

import msgspec

from sluiceway.errors import TypedInvalid
from sluiceway.partial.events import Path, pointer
from sluiceway.partial.typed_kinds import Kind, plain_kind

__all__ = ["MsgspecRules", "Rules", "Validate", "invalid", "is_pydantic_model"]

Validate = Callable[[Any, Path], Any]
"""Takes a value as JSON has it and its path, returns the value as its type has it, raises `TypedInvalid`."""

# Expected `int`, got `str` - at `$.people[0].age`
_PLACE = re.compile(r" - at (?:`key` in )?`\$(.*)`$")
_STEP = re.compile(r"\.([^.\[]+)|\[(\d+)\]")


class Rules(Protocol):
    """Who judges."""

    def validator(self, annotation: Any) -> Validate:
        """Return what judges the values of an annotation."""
        ...

    def kind_of(self, cls: Any) -> Kind | None:
        """Return how objects of a class come to be; None for what shows only when it is complete."""
        ...

    def is_decided(self, metadata: tuple[Any, ...]) -> bool:
        """Say whether the annotation has a function of its own that decides what the JSON looks like."""
        ...


def invalid(reason: str, path: Path) -> TypedInvalid:
    """Return the error for a value that is not of its type."""
    return TypedInvalid(f"{reason}, at {pointer(path) or 'the root'}", path=path)


def is_pydantic_model(annotation: Any) -> bool:
    """Say whether it is a class derived from pydantic's ``BaseModel``; needs no pydantic."""
    return isinstance(annotation, type) and hasattr(annotation, "model_validate_json")


class MsgspecRules:
    """msgspec judges; pydantic models inside what msgspec knows judge themselves."""

    def validator(self, annotation: Any) -> Validate:
        """Return what judges the values of an annotation."""

        def validate(value: Any, path: Path) -> Any:
            try:
                return msgspec.convert(value, annotation, str_keys=True, dec_hook=_decode_model)
            except msgspec.ValidationError as error:
                raise _told_by_msgspec(error, path) from error

        return validate

    def kind_of(self, cls: Any) -> Kind | None:
        """Return the kind of a class that pydantic has no part in."""
        return plain_kind(cls)

    def is_decided(self, metadata: tuple[Any, ...]) -> bool:
        """Say no: msgspec calls no functions."""
        del metadata
        return False


def _decode_model(annotation: Any, value: Any) -> Any:
    """Return what msgspec has no notion of: a model; of anything else, what it then says is of the wrong type."""
    return annotation.model_validate_json(json.dumps(value)) if is_pydantic_model(annotation) else value


def _told_by_msgspec(error: msgspec.ValidationError, path: Path) -> TypedInvalid:
    message = str(error)
    place = _PLACE.search(message)
    if place is None:
        return invalid(message, path)
    steps = [key or int(index) for key, index in _STEP.findall(place.group(1))]
    return invalid(message[: place.start()], (*path, *steps))
