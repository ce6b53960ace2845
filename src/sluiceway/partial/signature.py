"""From a Python function to the type of the arguments a tool call may give it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, NotRequired, TypedDict

from sluiceway.errors import SettingsError

__all__ = ["arguments_type"]

_NAMED = frozenset({inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY})


def arguments_type(function: Callable[..., Any]) -> Any:
    """Return a `TypedDict` of the function's parameters: ``function(**arguments)`` is the call.

    A parameter with a default may be left out. One without an annotation takes anything.

    Raises:
        SettingsError: a parameter must be given without its name, or takes any number of values.
    """
    name = getattr(function, "__name__", type(function).__name__)
    fields: dict[str, Any] = {}
    for parameter in inspect.signature(function, eval_str=True).parameters.values():
        if parameter.kind not in _NAMED:
            raise SettingsError(f"{name}: {parameter} is no parameter with a name of its own")
        hint = Any if parameter.annotation is parameter.empty else parameter.annotation
        fields[parameter.name] = hint if parameter.default is parameter.empty else NotRequired[hint]
    return TypedDict(name, fields)  # type: ignore[operator]  # mypy knows only those that are written out
