"""Pydantic's side of typed values. The one module that imports pydantic; it is imported for models of pydantic only.

It refuses to guess what a function would do: a field that a function looks at before pydantic does (validators of the
modes before, plain and wrap) is not shown before the whole is validated, and such a model shows when it is complete.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Annotated, Any

import pydantic
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from sluiceway.errors import SettingsError
from sluiceway.partial.events import Path
from sluiceway.partial.typed_kinds import Field, Kind, plain_kind
from sluiceway.partial.typed_rules import Validate, invalid

__all__ = ["ModelKind", "PydanticRules"]

_DECIDERS = (pydantic.BeforeValidator, pydantic.PlainValidator, pydantic.WrapValidator)
_DECIDING_MODES = frozenset({"before", "plain", "wrap"})


class PydanticRules:
    """Pydantic judges, in its mode for JSON, which is what strict models need.

    Args:
        config: that of the model whose fields are judged, if any.
    """

    def __init__(self, config: pydantic.ConfigDict | None = None) -> None:
        self._config = config

    def validator(self, annotation: Any) -> Validate:
        """Return what judges the values of an annotation.

        Raises:
            SettingsError: pydantic does not understand it.
        """
        adapter = _adapter(annotation, self._config)

        def validate(value: Any, path: Path) -> Any:
            try:
                return adapter.validate_json(json.dumps(value))
            except pydantic.ValidationError as error:
                first = error.errors(include_url=False, include_context=False, include_input=False)[0]
                raise invalid(first["msg"], (*path, *first["loc"])) from error

        return validate

    def kind_of(self, cls: Any) -> Kind | None:
        """Return the kind of a class."""
        if not issubclass(cls, pydantic.BaseModel):
            return plain_kind(cls)
        return None if _decides_itself(cls) else ModelKind(cls)

    def is_decided(self, metadata: tuple[Any, ...]) -> bool:
        """Say whether a function sees values before pydantic does."""
        return any(isinstance(item, _DECIDERS) for item in metadata)


class ModelKind:
    """A pydantic model."""

    def __init__(self, cls: type[pydantic.BaseModel]) -> None:
        self._cls = cls
        self._extra = cls.model_config.get("extra")
        self.forbids_unknown = self._extra == "forbid"
        self.tag: tuple[str, Any] | None = None

    def fields(self) -> Iterator[Field]:
        """Give the fields that can be shown before the whole is validated."""
        decided = _decided_fields(self._cls)
        for name, info in self._cls.model_fields.items():
            if name not in decided:
                yield Field(
                    name,
                    _json_names(self._cls, name, info),
                    _annotation(info),
                    is_required=info.is_required(),
                    default=_default(info),
                )

    def known_names(self) -> Iterator[str]:
        """Give the keys of the fields that cannot be shown."""
        for name in _decided_fields(self._cls):
            yield from _json_names(self._cls, name, self._cls.model_fields[name])

    def blank(self) -> Any:
        """Return a model without any field."""
        blank = self._cls.__new__(self._cls)
        _set(blank, "__dict__", {})
        _set(blank, "__pydantic_fields_set__", set())
        _set(blank, "__pydantic_extra__", {} if self._extra == "allow" else None)
        _set(blank, "__pydantic_private__", {} if self._cls.__private_attributes__ else None)
        return blank

    def put(self, model: Any, name: str, value: Any) -> None:
        """Set a field that came."""
        model.__dict__[name] = value
        model.__pydantic_fields_set__.add(name)

    def put_default(self, model: Any, name: str, value: Any) -> None:
        """Set a field that did not come."""
        model.__dict__[name] = value

    def put_unknown(self, model: Any, key: str, value: Any) -> None:
        """Keep what is no field, where the model keeps such."""
        if model.__pydantic_extra__ is not None:
            model.__pydantic_extra__[key] = value

    def grow(self, model: Any, name: str, text: str) -> None:
        """Add to a field."""
        fields = model.__dict__
        so_far = fields[name]
        fields[name] = ""
        so_far += text
        fields[name] = so_far

    def has(self, model: Any, name: str) -> bool:
        """Say whether a field was set."""
        return name in model.__dict__

    def drop(self, model: Any, name: str) -> None:
        """Unset a field."""
        model.__dict__.pop(name, None)
        model.__pydantic_fields_set__.discard(name)

    def finish(self, model: Any) -> None:
        """Set the defaults of private attributes."""
        for name, attribute in self._cls.__private_attributes__.items():
            default = attribute.get_default()
            if default is not PydanticUndefined:
                model.__pydantic_private__[name] = default


def _adapter(annotation: Any, config: pydantic.ConfigDict | None) -> pydantic.TypeAdapter[Any]:
    try:
        return pydantic.TypeAdapter(annotation, config=config)
    except pydantic.PydanticUserError as error:
        if config is not None and error.code == "type-adapter-config-unused":  # a class with its own
            return _adapter(annotation, None)
        raise SettingsError(error.message) from error


def _decides_itself(cls: Any) -> bool:
    """Say whether what the model's JSON looks like is up to the model's own code."""
    if issubclass(cls, pydantic.RootModel):
        return True
    if _schema_maker(cls) is not _schema_maker(pydantic.BaseModel):
        return True
    validators = cls.__pydantic_decorators__.model_validators.values()
    return any(validator.info.mode in _DECIDING_MODES for validator in validators)


def _schema_maker(cls: Any) -> object:
    return cls.__get_pydantic_core_schema__.__func__


def _decided_fields(cls: type[pydantic.BaseModel]) -> set[str]:
    validators = cls.__pydantic_decorators__.field_validators.values()
    deciding = [validator.info for validator in validators if validator.info.mode in _DECIDING_MODES]
    named = {name for info in deciding for name in info.fields}
    return set(cls.model_fields) if "*" in named else named & set(cls.model_fields)


def _json_names(cls: type[pydantic.BaseModel], name: str, info: FieldInfo) -> tuple[str, ...]:
    config = cls.model_config
    alias = info.validation_alias
    if alias is None:
        return (name,)
    choices = alias.choices if isinstance(alias, pydantic.AliasChoices) else [alias]
    names = [choice for choice in choices if isinstance(choice, str)] if config.get("validate_by_alias", True) else []
    if config.get("populate_by_name") or config.get("validate_by_name"):
        names.append(name)
    return tuple(names)


def _annotation(info: FieldInfo) -> Any:
    """Return the field's type with everything its `Field` says but what has to do with its presence."""
    metadata = [*info.metadata]
    if info.discriminator is not None:
        metadata.append(pydantic.Field(discriminator=info.discriminator))
    return Annotated[(info.annotation, *metadata)] if metadata else info.annotation


def _default(info: FieldInfo) -> Callable[[], Any] | None:
    if info.is_required() or info.default_factory_takes_validated_data:
        return None
    return lambda: info.get_default(call_default_factory=True)


_set: Callable[[Any, str, Any], None] = object.__setattr__
