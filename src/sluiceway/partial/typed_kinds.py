"""The kinds of class a typed value can be of, each with its way to exist before all its fields do.

An unset field of an object is no attribute: reading it raises `AttributeError`. An unset key of a `TypedDict` is
missing. Defaults are set when an object is complete, and never before.
"""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Callable, Iterator
from typing import Any, NotRequired, Protocol, Required, get_args, get_origin, get_type_hints

import msgspec

__all__ = ["DataclassKind", "Field", "Kind", "StructKind", "TypedDictKind", "plain_kind"]


class Field(msgspec.Struct, frozen=True):
    """A field of a class.

    Attributes:
        name: of the attribute.
        json_names: the keys it may have in JSON.
        annotation: its type.
        is_required: whether an object without it is wrong.
        default: makes the value it has when it did not come; None where there is none.
    """

    name: str
    json_names: tuple[str, ...]
    annotation: Any
    is_required: bool
    default: Callable[[], Any] | None = None


class Kind(Protocol):
    """How objects of one class come to be.

    Attributes:
        forbids_unknown: whether a key that is no field is wrong.
        tag: the key and value that tell the class, where they are no field.
    """

    forbids_unknown: bool
    tag: tuple[str, Any] | None

    def fields(self) -> Iterator[Field]:
        """Give the fields that can be shown one by one."""
        ...

    def known_names(self) -> Iterator[str]:
        """Give the keys of fields that cannot be shown."""
        ...

    def blank(self) -> Any:
        """Return an object without any field."""
        ...

    def put(self, instance: Any, name: str, value: Any) -> None:
        """Set a field that came."""
        ...

    def put_default(self, instance: Any, name: str, value: Any) -> None:
        """Set a field that did not come."""
        ...

    def put_unknown(self, instance: Any, key: str, value: Any) -> None:
        """Keep what is no field, where the class keeps such."""
        ...

    def grow(self, instance: Any, name: str, text: str) -> None:
        """Add to a field that is a string."""
        ...

    def has(self, instance: Any, name: str) -> bool:
        """Say whether a field was set."""
        ...

    def drop(self, instance: Any, name: str) -> None:
        """Unset a field, if it was set."""
        ...

    def finish(self, instance: Any) -> None:
        """Take note that all fields have come."""
        ...


def plain_kind(cls: Any) -> Kind | None:
    """Return the kind of a class that pydantic has no part in; None for what is shown only when it is complete."""
    if not isinstance(cls, type):
        return None
    if dict in cls.__mro__ and hasattr(cls, "__required_keys__"):  # also one of typing_extensions
        return TypedDictKind(cls)
    if issubclass(cls, msgspec.Struct):
        return None if cls.__struct_config__.array_like else StructKind(cls)
    is_plain = dataclasses.is_dataclass(cls) and not hasattr(cls, "__pydantic_validator__")
    return DataclassKind(cls) if is_plain else None


class TypedDictKind:
    """A `TypedDict`."""

    forbids_unknown = False
    tag: tuple[str, Any] | None = None

    def __init__(self, cls: Any) -> None:
        self._cls = cls

    def fields(self) -> Iterator[Field]:
        """Give all keys."""
        for name, hint in get_type_hints(self._cls, include_extras=True).items():
            origin = get_origin(hint)  # where annotations are text, __required_keys__ does not know of it
            is_required = origin is Required or (name in self._cls.__required_keys__ and origin is not NotRequired)
            annotation = get_args(hint)[0] if origin in (Required, NotRequired) else hint
            yield Field(name, (name,), annotation, is_required=is_required)

    def known_names(self) -> Iterator[str]:
        """Give none."""
        return iter(())

    def blank(self) -> Any:
        """Return an empty one."""
        return {}

    def put(self, instance: Any, name: str, value: Any) -> None:
        """Set a key."""
        instance[name] = value

    put_default = put

    def put_unknown(self, instance: Any, key: str, value: Any) -> None:
        """Keep nothing: a `TypedDict` has the keys it names."""

    def grow(self, instance: Any, name: str, text: str) -> None:
        """Add to a key's value."""
        so_far = instance[name]
        instance[name] = ""
        so_far += text
        instance[name] = so_far

    def has(self, instance: Any, name: str) -> bool:
        """Say whether a key is there."""
        return name in instance

    def drop(self, instance: Any, name: str) -> None:
        """Remove a key."""
        instance.pop(name, None)

    def finish(self, instance: Any) -> None:
        """Nothing is left to do."""


class _Attributes:
    """What dataclasses and structs have in common."""

    def known_names(self) -> Iterator[str]:
        """Give none."""
        return iter(())

    def put_unknown(self, instance: Any, key: str, value: Any) -> None:
        """Keep nothing: there is no place for it."""

    def has(self, instance: Any, name: str) -> bool:
        """Say whether an attribute is there."""
        return hasattr(instance, name)


class DataclassKind(_Attributes):
    """A dataclass.

    A default that is a class attribute would show through an unset field. So an object under way is of a subclass,
    in which such attributes raise, and takes its own class when it is complete.
    """

    forbids_unknown = False
    tag: tuple[str, Any] | None = None

    def __init__(self, cls: Any) -> None:
        self._cls = cls
        names = [field.name for field in dataclasses.fields(cls) if _shows_through(cls, field.name)]
        hidden = {name: _Unset(name) for name in names}
        about = {"__module__": cls.__module__, "__qualname__": cls.__qualname__, "__doc__": cls.__doc__}
        self._blank_cls: Any = type(cls.__name__, (cls,), {**about, **hidden}) if hidden else cls

    def fields(self) -> Iterator[Field]:
        """Give the fields that ``__init__`` takes."""
        hints = get_type_hints(self._cls, include_extras=True)
        for field in dataclasses.fields(self._cls):
            if field.init:
                default = _made(field.default, field.default_factory, dataclasses.MISSING)
                yield Field(field.name, (field.name,), hints[field.name], default is None, default)

    def blank(self) -> Any:
        """Return an object whose ``__init__`` has not run."""
        return self._blank_cls.__new__(self._blank_cls)

    def put(self, instance: Any, name: str, value: Any) -> None:
        """Set an attribute, also of a frozen dataclass."""
        object.__setattr__(instance, name, value)

    def grow(self, instance: Any, name: str, text: str) -> None:
        """Add to an attribute."""
        so_far = getattr(instance, name)
        object.__setattr__(instance, name, "")
        so_far += text
        object.__setattr__(instance, name, so_far)

    put_default = put

    def drop(self, instance: Any, name: str) -> None:
        """Unset an attribute, also of a frozen dataclass."""
        if hasattr(instance, name):
            object.__delattr__(instance, name)

    def finish(self, instance: Any) -> None:
        """Give the object its own class."""
        if self._blank_cls is not self._cls:
            object.__setattr__(instance, "__class__", self._cls)


class StructKind(_Attributes):
    """A msgspec struct.

    msgspec makes no object without its fields: they are filled with anything and unset again. A struct with a
    ``__post_init__`` is made as a subclass without it, as there is nothing yet to look at.
    """

    def __init__(self, cls: Any) -> None:
        self._cls = cls
        config = cls.__struct_config__
        self.forbids_unknown: bool = config.forbid_unknown_fields
        self.tag: tuple[str, Any] | None = (config.tag_field, config.tag) if config.tag_field else None
        self._blank_cls = _without_post_init(cls) if hasattr(cls, "__post_init__") else cls

    def fields(self) -> Iterator[Field]:
        """Give all fields."""
        for field in msgspec.structs.fields(self._cls):
            default = _made(field.default, field.default_factory, msgspec.NODEFAULT)
            yield Field(field.name, (field.encode_name,), field.type, field.required, default)

    def blank(self) -> Any:
        """Return a struct whose fields are unset."""
        blank = self._blank_cls(**dict.fromkeys(self._cls.__struct_fields__))
        for name in self._cls.__struct_fields__:
            self.drop(blank, name)
        if self._blank_cls is not self._cls:
            _CLASS.__set__(blank, self._cls)  # a frozen struct refuses object.__setattr__
        return blank

    def put(self, instance: Any, name: str, value: Any) -> None:
        """Set a field, also of a frozen struct."""
        msgspec.structs.force_setattr(instance, name, value)

    def grow(self, instance: Any, name: str, text: str) -> None:
        """Add to a field."""
        so_far = getattr(instance, name)
        msgspec.structs.force_setattr(instance, name, "")
        so_far += text
        msgspec.structs.force_setattr(instance, name, so_far)

    put_default = put

    def drop(self, instance: Any, name: str) -> None:
        """Unset a field, also of a frozen struct."""
        if hasattr(instance, name):
            getattr(self._cls, name).__delete__(instance)

    def finish(self, instance: Any) -> None:
        """Nothing is left to do."""


_CLASS: Any = object.__dict__["__class__"]


class _Unset:
    """An attribute of a dataclass under way that has not come; one that came hides it."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, instance: object, owner: type) -> Any:
        raise AttributeError(f"{owner.__name__!r} object has no attribute {self._name!r} yet")


def _shows_through(cls: type, name: str) -> bool:
    return not isinstance(getattr(cls, name, _CLASS), types.MemberDescriptorType | types.GetSetDescriptorType)


def _without_post_init(cls: Any) -> Any:
    about = {"__module__": cls.__module__, "__qualname__": cls.__qualname__, "__post_init__": lambda _: None}
    return type(cls)(cls.__name__, (cls,), about)


def _made(default: Any, factory: Any, nothing: Any) -> Callable[[], Any] | None:
    if default is not nothing:
        return lambda: default
    return None if factory is nothing else factory
