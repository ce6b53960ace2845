"""Pydantic's models, field by field, and what they decide themselves."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

import msgspec
import pydantic
import pytest
from support.typed_zoos import ModelCat, ModelDog

from sluiceway.errors import SettingsError, TypedInvalid
from sluiceway.partial.typed import TypedFeed
from sluiceway.partial.typed_kinds import StructKind
from sluiceway.partial.typed_pydantic import ModelKind, PydanticRules

RULES = PydanticRules()


class Person(pydantic.BaseModel):
    name: str
    born: dt.date | None = None
    tags: list[str] = pydantic.Field(default_factory=list, max_length=2)
    _secret: int = 1
    _unset: int = pydantic.PrivateAttr()


class Strict(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(strict=True, extra="forbid", populate_by_name=True)

    born: dt.date = pydantic.Field(alias="bornOn")
    size: int = pydantic.Field(gt=0, validation_alias=pydantic.AliasChoices("size", pydantic.AliasPath("sizes", 0)))


class Loose(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="allow")

    inner: Person | None = None
    count: int = pydantic.Field(default_factory=len)


class Decided(pydantic.BaseModel):
    words: list[str]
    name: str

    @pydantic.field_validator("words", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        return value.split() if isinstance(value, str) else value

    @pydantic.field_validator("name")
    @classmethod
    def _upper(cls, value: str) -> str:
        return value.upper()


class AllDecided(pydantic.BaseModel):
    name: str

    @pydantic.field_validator("*", mode="wrap")
    @classmethod
    def _any(cls, value: Any, inner: Any) -> Any:
        return inner(value)


class Reshaped(pydantic.BaseModel):
    name: str

    @pydantic.model_validator(mode="before")
    @classmethod
    def _reshape(cls, value: Any) -> Any:
        return {"name": value} if isinstance(value, str) else value


class Names(pydantic.RootModel[list[str]]):
    pass


class Own(pydantic.BaseModel):
    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        return handler(source)


def test_an_unset_field_is_no_attribute() -> None:
    blank = ModelKind(Person).blank()
    for name in ("name", "tags", "_secret", "_unset"):
        with pytest.raises(AttributeError, match=name):
            getattr(blank, name)


def test_fields_that_came_are_known_as_set() -> None:
    feed = TypedFeed(Person)
    feed.push('{"name":"Tom","born":"2024-02-03"')
    assert feed.value.model_fields_set == {"name", "born"}
    assert feed.value.model_dump() == {"name": "Tom", "born": dt.date(2024, 2, 3)}
    assert repr(feed.value) == "Person(name='Tom', born=datetime.date(2024, 2, 3))"


def test_defaults_are_no_fields_that_came() -> None:
    feed = TypedFeed(Loose)
    feed.push('{"inner":{"name":"Tom"},"odd":[1')
    inner = feed.value.inner
    assert inner == Person(name="Tom")
    assert inner is not None
    assert inner.model_fields_set == {"name"}
    feed.push("]}")
    assert feed.value.model_extra == {"odd": [1]}
    assert feed.close().count == 1


def test_a_field_may_start_anew() -> None:
    kind = ModelKind(Person)
    blank = kind.blank()
    kind.put(blank, "name", "To")
    kind.grow(blank, "name", "m")
    assert (blank.name, kind.has(blank, "name")) == ("Tom", True)
    kind.drop(blank, "name")
    kind.put_unknown(blank, "other", 1)
    kind.finish(blank)
    assert (blank.model_fields_set, blank.model_extra) == (set(), None)


def test_a_strict_model_takes_json_as_json() -> None:
    feed = TypedFeed(Strict, fails_early=True)
    feed.push('{"bornOn":"2024-02-03","size":1')
    assert feed.value.born == dt.date(2024, 2, 3)
    feed.push("}")
    assert feed.close() == Strict(bornOn=dt.date(2024, 2, 3), size=1)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"size":0,', "Input should be greater than 0, at /size"),
        ('{"size":"1"', "Input should be a valid integer, at /size"),
        ('{"odd":1,', "no such field, at /odd"),
        ('{"odd":{"a":1},', "no such field, at /odd"),
    ],
)
def test_a_wrong_field_says_where(text: str, message: str) -> None:
    feed = TypedFeed(Strict, fails_early=True)
    with pytest.raises(TypedInvalid) as caught:
        feed.push(text)
    assert caught.value.message == message


def test_a_field_may_have_several_names_in_json() -> None:
    names = {field.name: field.json_names for field in ModelKind(Strict).fields()}
    assert names == {"born": ("bornOn", "born"), "size": ("size", "size")}


def test_a_field_has_the_names_that_its_model_takes() -> None:
    class Aliased(pydantic.BaseModel):
        only_alias: int = pydantic.Field(alias="onlyAlias")
        deep: int = pydantic.Field(validation_alias=pydantic.AliasPath("a", 0))

    assert [field.json_names for field in ModelKind(Aliased).fields()] == [("onlyAlias",), ()]
    feed = TypedFeed(Aliased)
    feed.push('{"onlyAlias":1,"a":[2]}')
    assert feed.value.model_fields_set == {"only_alias"}
    assert feed.close().deep == 2


def test_a_fields_own_discriminator_is_kept() -> None:
    class Owner(pydantic.BaseModel):
        pet: ModelCat | ModelDog = pydantic.Field(discriminator="kind")

    feed = TypedFeed(Owner, fails_early=True)
    feed.push('{"pet":{"kind":"cat","name":"T')
    assert feed.value.pet.name == "T"
    with pytest.raises(TypedInvalid, match="Unable to extract tag using discriminator 'kind', at /pet"):
        TypedFeed(Owner, fails_early=True).push('{"pet":{"name":"Tom"}')


def test_lengths_of_lists_are_judged_with_the_whole() -> None:
    feed = TypedFeed(Person, fails_early=True)
    feed.push('{"name":"Tom","tags":["a","b","c"]}')
    with pytest.raises(TypedInvalid, match=r"at most 2 items.*, at /tags"):
        feed.close()


def test_a_field_that_a_function_decides_shows_at_the_end() -> None:
    feed = TypedFeed(Decided, fails_early=True)
    feed.push('{"words":"a b","name":"tom"}')
    assert feed.value.model_fields_set == {"name"}
    assert feed.close() == Decided(words=["a", "b"], name="TOM")


def test_fields_that_one_function_decides_show_at_the_end() -> None:
    feed = TypedFeed(AllDecided, fails_early=True)
    feed.push('{"name":"tom"}')
    assert feed.value.model_fields_set == set()
    assert feed.close().name == "tom"


@pytest.mark.parametrize("cls", [Reshaped, Names, Own])
def test_a_model_that_decides_itself_has_no_kind(cls: Any) -> None:
    assert RULES.kind_of(cls) is None


def test_other_classes_have_their_own_kinds() -> None:
    assert isinstance(RULES.kind_of(type("S", (msgspec.Struct,), {})), StructKind)


def test_a_reshaped_model_shows_when_it_is_complete() -> None:
    feed = TypedFeed(list[Reshaped])
    feed.push('["Tom",{"name":"Re')
    assert feed.value == [Reshaped(name="Tom")]
    feed.push('x"}]')
    assert feed.close() == [Reshaped(name="Tom"), Reshaped(name="Rex")]


def test_functions_in_annotations_are_seen() -> None:
    assert RULES.is_decided((pydantic.BeforeValidator(str),))
    assert not RULES.is_decided((pydantic.AfterValidator(str),))


def test_an_annotation_that_a_function_decides_shows_when_it_is_complete() -> None:
    class Shout(pydantic.BaseModel):
        text: Annotated[str, pydantic.BeforeValidator(lambda value: value.upper())]

    feed = TypedFeed(Shout)
    feed.push('{"text":"a')
    assert feed.value.model_fields_set == set()
    feed.push('b"')
    assert feed.value.text == "AB"


def test_what_pydantic_does_not_understand_is_refused() -> None:
    with pytest.raises(SettingsError):
        RULES.validator(object())


def test_a_class_inside_a_strict_model_has_its_own_rules() -> None:
    class Outer(pydantic.BaseModel):
        model_config = pydantic.ConfigDict(strict=True)

        names: list[Names] | None = None
        inner: Reshaped
        ages: list[int] = []

    feed = TypedFeed(Outer, fails_early=True)
    feed.push('{"inner":"Tom","ages":[1')
    assert feed.value.inner.name == "Tom"
    with pytest.raises(TypedInvalid, match="valid integer, at /ages/1"):
        feed.push(',"2"')
