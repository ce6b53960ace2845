"""How objects of each kind of class exist before all their fields do."""

from __future__ import annotations

import dataclasses
from typing import Any, NamedTuple, Required, TypedDict

import msgspec
import pydantic.dataclasses
import pytest

from sluiceway.partial.typed_kinds import DataclassKind, Field, Kind, StructKind, TypedDictKind, plain_kind


class Struct(msgspec.Struct, frozen=True, tag="it", rename="camel", forbid_unknown_fields=True):
    first_name: str
    age: int = 3
    tags: list[str] = []

    def __post_init__(self) -> None:
        if self.age < 0:
            raise ValueError("too young")


class Row(msgspec.Struct, array_like=True):
    a: int


@dataclasses.dataclass
class Open:
    first_name: str
    age: int = 3
    tags: list[str] = dataclasses.field(default_factory=list)
    size: int = dataclasses.field(init=False)


@dataclasses.dataclass(frozen=True, slots=True)
class Tight:
    first_name: str
    age: int = 3


@pydantic.dataclasses.dataclass
class Judged:
    age: int


class Dict(TypedDict, total=False):
    first_name: Required[str]
    age: int


class Pair(NamedTuple):
    a: int


KINDS: dict[str, Kind] = {
    "struct": StructKind(Struct),
    "dataclass": DataclassKind(Open),
    "slots": DataclassKind(Tight),
}
EVERY_CLASS = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)


@EVERY_CLASS
def test_an_unset_field_is_no_attribute(kind: Kind) -> None:
    blank = kind.blank()
    for name in ("first_name", "age"):
        with pytest.raises(AttributeError, match=name):
            getattr(blank, name)
        assert not kind.has(blank, name)


@EVERY_CLASS
def test_fields_are_set_and_grow_and_are_unset(kind: Kind) -> None:
    blank = kind.blank()
    kind.drop(blank, "first_name")
    kind.put(blank, "first_name", "To")
    kind.grow(blank, "first_name", "m")
    assert blank.first_name == "Tom"
    kind.drop(blank, "first_name")
    assert not kind.has(blank, "first_name")


@pytest.mark.parametrize(("kind", "cls"), [(KINDS["struct"], Struct), (KINDS["dataclass"], Open)])
def test_a_finished_object_is_one_of_its_own_class(kind: Kind, cls: Any) -> None:
    blank = kind.blank()
    assert isinstance(blank, cls)
    for name, value in (("first_name", "Tom"), ("age", 3), ("tags", [])):
        kind.put_default(blank, name, value)
    kind.put_unknown(blank, "other", 1)
    kind.finish(blank)
    assert type(blank) is cls
    assert (blank.first_name, blank.age, blank.tags) == ("Tom", 3, [])
    assert list(kind.known_names()) == []


def test_a_class_whose_defaults_do_not_show_is_its_own_from_the_start() -> None:
    blank = KINDS["slots"].blank()
    KINDS["slots"].finish(blank)
    assert type(blank) is Tight


def test_a_finished_struct_equals_one_that_was_made() -> None:
    kind = StructKind(Row)
    blank = kind.blank()
    kind.put(blank, "a", 1)
    assert blank == Row(1)


def test_fields_of_a_struct_have_the_names_of_its_json() -> None:
    first, age, tags = StructKind(Struct).fields()
    assert first == Field("first_name", ("firstName",), str, is_required=True)
    assert (age.is_required, age.default and age.default()) == (False, 3)
    assert tags.default is list


def test_fields_of_a_dataclass_are_those_that_it_is_made_with() -> None:
    first, age, tags = DataclassKind(Open).fields()
    assert first == Field("first_name", ("first_name",), str, is_required=True)
    assert (age.is_required, age.default and age.default()) == (False, 3)
    assert tags.default is list


def test_a_struct_knows_its_tag_and_what_it_forbids() -> None:
    kind = StructKind(Struct)
    assert (kind.tag, kind.forbids_unknown) == (("type", "it"), True)
    assert StructKind(Row).tag is None


def test_a_dictionary_has_the_keys_that_came() -> None:
    kind = TypedDictKind(Dict)
    blank = kind.blank()
    kind.put(blank, "first_name", "To")
    kind.grow(blank, "first_name", "m")
    kind.put_unknown(blank, "other", 1)
    kind.finish(blank)
    assert (blank, kind.has(blank, "age"), list(kind.known_names())) == ({"first_name": "Tom"}, False, [])
    kind.drop(blank, "first_name")
    kind.drop(blank, "first_name")
    assert blank == {}


def test_keys_that_may_be_left_out_are_known() -> None:
    assert [(field.name, field.annotation, field.is_required) for field in TypedDictKind(Dict).fields()] == [
        ("first_name", str, True),
        ("age", int, False),
    ]


@pytest.mark.parametrize("cls", [int, Pair, Row, Judged, list[int], None])
def test_what_is_made_in_one_piece_has_no_kind(cls: Any) -> None:
    assert plain_kind(cls) is None


def test_each_class_has_its_kind() -> None:
    assert [type(plain_kind(cls)) for cls in (Struct, Open, Dict)] == [StructKind, DataclassKind, TypedDictKind]
