"""From a function to the type of its arguments."""

from __future__ import annotations

import functools
from typing import Any

import msgspec
import pytest

from sluiceway.errors import SettingsError
from sluiceway.partial.signature import arguments_type


class Point(msgspec.Struct):
    x: int


def draw(points: list[Point], color: str = "red", *, anything=None) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    """Draw something."""


def only_by_place(a: int, /) -> None:
    """Take no names."""


def any_number(*a: int) -> None:
    """Take no names."""


class Tool:
    def call(self, size: int) -> int:
        return size


def test_parameters_are_keys() -> None:
    found = msgspec.convert({"points": [{"x": 1}]}, arguments_type(draw))
    assert found == {"points": [Point(1)]}
    with pytest.raises(msgspec.ValidationError, match="points"):
        msgspec.convert({"color": "blue"}, arguments_type(draw))


def test_what_has_no_annotation_takes_anything() -> None:
    arguments = {"points": [], "anything": [1]}
    assert msgspec.convert(arguments, arguments_type(draw)) == arguments


def test_the_model_has_the_functions_name() -> None:
    assert arguments_type(draw).__name__ == "draw"


def test_a_method_has_no_self() -> None:
    assert arguments_type(Tool().call).__required_keys__ == {"size"}


@pytest.mark.parametrize("function", [only_by_place, any_number])
def test_a_parameter_without_a_name_is_refused(function: Any) -> None:
    with pytest.raises(SettingsError, match="no parameter with a name"):
        arguments_type(function)


def test_a_partial_function_has_no_name_and_is_taken() -> None:
    assert set(arguments_type(functools.partial(draw, color="blue")).__annotations__) == {
        "points",
        "color",
        "anything",
    }
