"""What msgspec says of complete values, and where."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
import pydantic
import pytest

from sluiceway.errors import TypedInvalid
from sluiceway.partial.typed_kinds import StructKind
from sluiceway.partial.typed_rules import MsgspecRules, invalid, is_pydantic_model

RULES = MsgspecRules()


class Person(msgspec.Struct):
    age: int


class Model(pydantic.BaseModel):
    born: dt.date


class Foreign:
    pass


@pytest.mark.parametrize(
    ("annotation", "value", "typed"),
    [
        (dt.date, "2024-02-03", dt.date(2024, 2, 3)),
        (dict[int, str], {"1": "a"}, {1: "a"}),
        (Model, {"born": "2024-02-03"}, Model(born=dt.date(2024, 2, 3))),
        (list[Person], [{"age": 1}], [Person(1)]),
    ],
)
def test_a_value_is_judged_as_json(annotation: Any, value: Any, typed: Any) -> None:
    assert RULES.validator(annotation)(value, ()) == typed


@pytest.mark.parametrize(
    ("annotation", "value", "path", "message"),
    [
        (int, "1", ("a",), "Expected `int`, got `str`, at /a"),
        (int, "1", (), "Expected `int`, got `str`, at the root"),
        (list[Person], [{"age": None}], ("a",), "Expected `int`, got `null`, at /a/0/age"),
        (Person, {}, ("a", 1), "Object missing required field `age`, at /a/1"),
        (dict[int, str], {"a": "b"}, (), "Expected `int`, got `str`, at the root"),
        (list[Foreign], [{}], (), "Expected `Foreign`, got `dict`, at /0"),
    ],
)
def test_a_wrong_value_says_where(annotation: Any, value: Any, path: Any, message: str) -> None:
    with pytest.raises(TypedInvalid) as caught:
        RULES.validator(annotation)(value, path)
    assert caught.value.message == message


def test_a_wrong_model_inside_says_where() -> None:
    with pytest.raises(TypedInvalid) as caught:
        RULES.validator(list[Model])([{"born": "never"}], ())
    assert caught.value.path == (0,)


def test_an_error_has_its_path() -> None:
    assert invalid("no", ("a/b", 0)).path == ("a/b", 0)
    assert str(invalid("no", ("a/b", 0))) == "no, at /a~1b/0"


def test_models_are_known_without_pydantic() -> None:
    assert is_pydantic_model(Model)
    assert not is_pydantic_model(Person)
    assert not is_pydantic_model(Model(born="2024-02-03"))  # type: ignore[arg-type]


def test_msgspec_has_kinds_and_no_functions() -> None:
    assert isinstance(RULES.kind_of(Person), StructKind)
    assert not RULES.is_decided((pydantic.BeforeValidator(str),))
