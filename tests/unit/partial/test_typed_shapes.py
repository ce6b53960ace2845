"""What the values of a type let show while they arrive."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, NewType, Union

import msgspec
import pydantic
import pytest
from support.typed_zoos import shown

from sluiceway.errors import TypedInvalid
from sluiceway.partial.typed import TypedFeed
from sluiceway.partial.typed_judges import rules_of
from sluiceway.partial.typed_shapes import Shapes


class Color(enum.StrEnum):
    RED = "red"


class Point(msgspec.Struct, forbid_unknown_fields=True):
    x: int
    y: int = 0


class Tagged(msgspec.Struct, tag="it", forbid_unknown_fields=True):
    x: int


class Tree(msgspec.Struct):
    name: str
    children: list[Tree] = []


class ModelTree(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(strict=True)

    name: str
    children: list[ModelTree] = []


class Holder(msgspec.Struct):
    model: ModelTree
    reshaped: Annotated[str, "a note"] = ""


@dataclasses.dataclass
class Red:
    color: Literal[Color.RED]
    same: Literal["a"]


@dataclasses.dataclass
class Blue:
    color: Literal["blue", "navy"]
    same: Literal["a"]


class Shouted(pydantic.BaseModel):
    text: Annotated[str, pydantic.BeforeValidator(str.upper)]


Name = NewType("Name", str)


def seen(annotation: Any, text: str) -> Any:
    """Return what shows in a field of a type when ``text`` has come; None when nothing does."""
    feed = TypedFeed[Any](dict[str, annotation])
    feed.push('{"a":' + text)
    assert feed.error is None
    return shown(feed.value.get("a"))


@pytest.mark.parametrize(
    ("annotation", "text", "value"),
    [
        (str, '"ab', "ab"),
        (Annotated[str, msgspec.Meta(max_length=9)], '"ab', "ab"),
        (Name, '"ab', None),
        (dt.date, '"2024', None),
        (Color, '"red', None),
        (Literal["red"], '"red', None),
        (int, "12", None),
        (list[str], '["a","b', ["a", "b"]),
        (list[int], "[1,2", [1]),
        (list, '[1,{"a":"b', [1, {"a": "b"}]),
        (Sequence[Point], '[{"x":1,', [{"x": 1}]),
        (set[int], "[1,2", None),
        (tuple[int, str], '[1,"a', None),
        (dict[str, Point], '{"b":{"x":1,', {"b": {"x": 1}}),
        (dict, '{"b":"c', {"b": "c"}),
        (Mapping[str, str], '{"b":"c', {"b": "c"}),
        (dict[int, str], '{"1":"c', None),
        (Any, '{"b":[1,"c', {"b": [1, "c"]}),
        (object, '"c', "c"),
        (Point, '{"x":1,', {"x": 1}),
        (Annotated[Point, "a note"], '{"x":1,', {"x": 1}),
        (Tagged, '{"type":"it","x":1,', {"x": 1}),
        (Tree, '{"name":"a","children":[{"name":"b', {"name": "a", "children": [{"name": "b"}]}),
        (ModelTree, '{"name":"a","children":[{"name":"b', {"name": "a", "children": [{"name": "b"}]}),
        (Holder, '{"model":{"name":"b', {"model": {"name": "b"}}),
        (Shouted, '{"text":"ab', {}),
        (str | None, '"ab', "ab"),
        (Union[str, None], '"ab', "ab"),  # noqa: UP007 - the old spelling is another class
        (str | int, '"ab', "ab"),
        (str | Color, '"re', None),
        (str | dt.date, '"20', None),
        (Point | None, '{"x":1,', {"x": 1}),
        (Annotated[Point | None, "a note"] | int, '{"x":1,', {"x": 1}),
        (list[str] | str, '["ab', ["ab"]),
        (list[str] | dict[str, str], '{"b":"c', {"b": "c"}),
        (list[str] | set[int], '["ab', None),
        (Point | list[int] | None, "[1,", [1]),
        (Red | Blue, '{"same":"a","color":"navy"', {"same": "a", "color": "navy"}),
        (Red | Blue, '{"color":"red"', {"color": Color.RED}),
        (pydantic.JsonValue, '"ab', None),
        (Annotated[str, pydantic.Strict()] | None, '"ab', "ab"),
    ],
)
def test_a_type_shows_what_it_can(annotation: Any, text: str, value: Any) -> None:
    assert seen(annotation, text) == value


def test_a_union_that_nothing_tells_apart_shows_when_it_is_complete() -> None:
    class One(pydantic.BaseModel):
        a: str

    class Two(pydantic.BaseModel):
        b: str

    unions: tuple[Any, ...] = (One | Two, One | dict[str, int], Red | One)
    for union in unions:
        feed = TypedFeed[Any](pydantic.create_model("Both", item=(union, ...)))
        feed.push('{"item":{"a":"x"')
        assert shown(feed.value) == {}
    feed = TypedFeed[Any](pydantic.create_model("Both", item=(One | Two, ...)))
    feed.push('{"item":{"b":"x"}')
    assert feed.value.item == Two(b="x")


@pytest.mark.parametrize(
    ("annotation", "text", "message"),
    [
        (Point, '{"z":1,', "no such field, at /a/z"),
        (Point, "[1]", "Expected `object`, got `array`, at /a"),
        (Tagged, '{"type":"other"', "Invalid enum value 'other', at /a/type"),
        (Annotated[int, msgspec.Meta(gt=3)], "1,", "Expected `int` >= 4, at /a"),
        (Literal["red"], '"blue"', "Invalid enum value 'blue', at /a"),
        (list[int], '[1,"2"', "Expected `int`, got `str`, at /a/1"),
        (ModelTree, '{"name":1,', "Input should be a valid string, at /a/name"),
        (Point | None, "3,", "Expected `object | null`, got `int`, at /a"),
    ],
)
def test_what_is_not_of_its_type_says_where(annotation: Any, text: str, message: str) -> None:
    feed = TypedFeed[Any](dict[str, annotation], fails_early=True)
    with pytest.raises(TypedInvalid) as caught:
        feed.push('{"a":' + text)
    assert caught.value.message == message


def test_null_is_a_value() -> None:
    feed = TypedFeed[Any](dict[str, Point | None])
    feed.push('{"a":null,"b":[')
    assert feed.value == {"a": None}


def test_a_class_has_one_shape() -> None:
    shapes = Shapes(rules_of(Tree))
    assert shapes.of(Tree) is shapes.of(Annotated[Tree, "a note"])
    assert shapes.of(ModelTree) is shapes.of(ModelTree)
