"""One model in each kind of class that typed values come in: a zoo with a title, pets of two classes, and a date."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Annotated, Any, Literal, NotRequired

import msgspec
import pydantic
from typing_extensions import TypedDict

__all__ = ["FAMILIES", "Family", "ModelCat", "ModelDog", "StructCat", "StructDog", "StructZoo", "shown"]


class StructCat(msgspec.Struct, tag="cat", tag_field="kind"):
    name: str
    lives: int = 9


class StructDog(msgspec.Struct, frozen=True, tag="dog", tag_field="kind"):
    name: str
    tricks: list[str] = []


class StructZoo(msgspec.Struct):
    title: str
    pets: list[StructCat | StructDog]
    opened: dt.date | None = None


@dataclasses.dataclass
class DataCat:
    kind: Literal["cat"]
    name: str
    lives: int = 9


@dataclasses.dataclass(frozen=True)
class DataDog:
    kind: Literal["dog"]
    name: str
    tricks: list[str] = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class DataZoo:
    title: str
    pets: list[DataCat | DataDog]
    opened: dt.date | None = None


class ModelCat(pydantic.BaseModel):
    kind: Literal["cat"]
    name: str
    lives: int = 9


class ModelDog(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(frozen=True)

    kind: Literal["dog"]
    name: str
    tricks: list[str] = []


class ModelZoo(pydantic.BaseModel):
    title: str
    pets: list[Annotated[ModelCat | ModelDog, pydantic.Field(discriminator="kind")]]
    opened: dt.date | None = None


class DictCat(TypedDict):
    kind: Literal["cat"]
    name: str
    lives: NotRequired[int]


class DictDog(TypedDict):
    kind: Literal["dog"]
    name: str
    tricks: NotRequired[list[str]]


class DictZoo(TypedDict):
    title: str
    pets: list[DictCat | DictDog]
    opened: NotRequired[dt.date | None]


class Family(msgspec.Struct, frozen=True):
    """One kind's classes.

    Attributes:
        zoo: the root.
        cat: a class in a union.
        has_defaults: whether what does not come has a value in the end.
    """

    zoo: Any
    cat: Any
    has_defaults: bool = True


FAMILIES = {
    "msgspec": Family(StructZoo, StructCat),
    "dataclass": Family(DataZoo, DataCat),
    "pydantic": Family(ModelZoo, ModelCat),
    "TypedDict": Family(DictZoo, DictCat, has_defaults=False),
}


def shown(value: Any) -> Any:
    """Return what is set in a typed value, its objects as dictionaries."""
    if isinstance(value, list):
        return [shown(item) for item in value]
    if isinstance(value, dict):
        return {key: shown(item) for key, item in value.items()}
    if isinstance(value, pydantic.BaseModel):
        return {key: shown(item) for key, item in value.__dict__.items()}
    if isinstance(value, msgspec.Struct):
        return {name: shown(getattr(value, name)) for name in value.__struct_fields__ if hasattr(value, name)}
    if dataclasses.is_dataclass(value):
        names = [field.name for field in dataclasses.fields(value)]
        return {name: shown(getattr(value, name)) for name in names if hasattr(value, name)}
    return value
