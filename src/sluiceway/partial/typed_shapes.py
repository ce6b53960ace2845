"""From a type to what its values let show while they arrive.

====================================================  ==============================================================
``str``                                               the text so far
``list[X]``, ``Sequence[X]``                          a list that grows, its last item too
``dict[str, X]``, ``Mapping[str, X]``                 a dictionary that grows
a dataclass, a struct, a `TypedDict`, a model         an object whose fields come one by one
a union                                               the one member that fits what began; for several classes, the
                                                      one that their tag names: a pydantic discriminator, a msgspec
                                                      tag, or a field that is a different `Literal` in each of them
``Any``, ``object``                                   whatever it is, as far as it has come
anything else, such as ``int``, ``datetime``, a set   nothing, until it is complete
====================================================  ==============================================================
"""

from __future__ import annotations

import abc
import enum
import types
from collections.abc import Iterator, Mapping, MutableMapping, MutableSequence, Sequence
from functools import cached_property
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from sluiceway.partial.events import Path
from sluiceway.partial.typed_judges import pydantic_rules
from sluiceway.partial.typed_kinds import Field, Kind
from sluiceway.partial.typed_nodes import ListNode, MapNode, Node, ObjectNode, ObjectPlan, Shape, TaggedNode
from sluiceway.partial.typed_rules import Rules, Validate, invalid, is_pydantic_model

__all__ = ["Shapes"]

_LISTS = frozenset({list, Sequence, MutableSequence})
_MAPS = frozenset({dict, Mapping, MutableMapping})
_UNIONS = frozenset({Union, types.UnionType})
_SCALARS = frozenset({type(None), bool, int, float})


class _TextShape(Shape):
    grows = True


class _ContainerShape(Shape, abc.ABC):
    """A shape that a list or an object shows in; ``make`` builds its node."""

    @abc.abstractmethod
    def make(self) -> ListNode | MapNode | ObjectNode:
        """Return a node with an empty ``value``."""
        ...

    def open(self, kind: type, parent: Node, key: Any) -> Node:
        """Place the empty value."""
        if kind is not self.container:
            return super().open(kind, parent, key)
        node = self.make()
        parent.place(key, node.value)
        return node


class _ListShape(_ContainerShape):
    container = list

    def __init__(self, validate: Validate, shapes: Shapes, item: Any) -> None:
        super().__init__(validate)
        self._shapes = shapes
        self._annotation = item

    @cached_property
    def _item(self) -> Shape:
        return self._shapes.of(self._annotation)

    def make(self) -> ListNode:
        """Return the node of an empty list."""
        return ListNode(self._item)


class _MapShape(_ContainerShape):
    container = dict

    def __init__(self, validate: Validate, shapes: Shapes, item: Any) -> None:
        super().__init__(validate)
        self._shapes = shapes
        self._annotation = item

    @cached_property
    def _item(self) -> Shape:
        return self._shapes.of(self._annotation)

    def make(self) -> MapNode:
        """Return the node of an empty dictionary."""
        return MapNode(self._item)


class _AnyShape(Shape):
    grows = True

    def open(self, kind: type, parent: Node, key: Any) -> Node:
        """Place an empty list or dictionary."""
        node = ListNode(self) if kind is list else MapNode(self)
        parent.place(key, node.value)
        return node


class _ObjectShape(_ContainerShape):
    container = dict

    def __init__(self, validate: Validate, shapes: Shapes, kind: Kind) -> None:
        super().__init__(validate)
        self._shapes = shapes
        self._kind = kind

    @cached_property
    def annotations(self) -> dict[str, Any]:
        """The types of what can be shown, by their keys in JSON; the tag is one."""
        found = {name: field.annotation for field in self._plan_fields for name in field.json_names}
        if self._kind.tag is not None:
            key, value = self._kind.tag
            found[key] = Literal[value]
        return found

    @cached_property
    def _plan_fields(self) -> tuple[Field, ...]:
        return tuple(self._kind.fields())

    @cached_property
    def _plan(self) -> ObjectPlan:
        names = {name: field.name for field in self._plan_fields for name in field.json_names}
        hidden = {name: Shape(_accept) for name in self._kind.known_names()}
        shown = {key: self._shapes.of(annotation) for key, annotation in self.annotations.items()}
        unknown = Shape(_refuse if self._kind.forbids_unknown else _accept)
        return ObjectPlan(self._kind, self._plan_fields, names, hidden | shown, unknown)

    def make(self) -> ObjectNode:
        """Return the node of an object without fields."""
        return ObjectNode(self._plan)


class _UnionShape(Shape):
    """One of several types; what begins tells which, as far as only one of them begins so."""

    def __init__(self, validate: Validate, members: Sequence[Shape], *, grows: bool) -> None:
        super().__init__(validate)
        self.grows = grows
        self._list = [member for member in members if member.container is list]
        self._dict = [member for member in members if member.container is dict]

    @cached_property
    def _tag(self) -> tuple[str, dict[Any, Shape]] | None:
        return _common_tag(self._dict)

    def open(self, kind: type, parent: Node, key: Any) -> Node:
        """Open the one member that begins so, or wait for the tag."""
        members = self._list if kind is list else self._dict
        if len(members) == 1:
            return members[0].open(kind, parent, key)
        if kind is dict and self._tag is not None:
            return TaggedNode(*self._tag, parent, key)
        return super().open(kind, parent, key)


class Shapes:
    """Makes shapes, one a class.

    Args:
        rules: who judges.
        of_class: the shapes that were made already.
    """

    def __init__(self, rules: Rules, of_class: dict[Any, Shape] | None = None) -> None:
        self._rules = rules
        self._of_class = {} if of_class is None else of_class

    def of(self, annotation: Any) -> Shape:
        """Return the shape of a type."""
        bare, metadata = _unwrapped(annotation)
        validate = self._validator(annotation)
        if self._rules.is_decided(metadata):
            return Shape(validate)
        if bare is Any or bare is object:
            return _AnyShape(_accept)
        if bare is str:
            return _TextShape(validate)
        origin = get_origin(bare)
        if origin in _UNIONS:
            return self._union(validate, get_args(bare))
        if (origin or bare) in _LISTS | _MAPS:
            return self._container(validate, origin or bare, get_args(bare))
        return self._object(bare) or Shape(validate)

    def _validator(self, annotation: Any) -> Validate:
        """Return a validator that is made when it is first needed: many never are."""
        made: list[Validate] = []

        def validate(value: Any, path: Path) -> Any:
            if not made:
                made.append(self._rules.validator(annotation))
            return made[0](value, path)

        return validate

    def _container(self, validate: Validate, origin: Any, arguments: tuple[Any, ...]) -> Shape:
        if origin in _LISTS:
            return _ListShape(validate, self, arguments[0] if arguments else Any)
        if arguments and arguments[0] is not str:
            return Shape(validate)
        return _MapShape(validate, self, arguments[1] if arguments else Any)

    def _object(self, cls: Any) -> Shape | None:
        """Return the shape of a class whose objects show field by field."""
        if cls in self._of_class:
            return self._of_class[cls]
        rules = pydantic_rules(cls.model_config) if is_pydantic_model(cls) else self._rules
        kind = rules.kind_of(cls) if isinstance(cls, type) else None
        if kind is None:
            return None
        inside = self if rules is self._rules else Shapes(rules, self._of_class)
        return self._of_class.setdefault(cls, _ObjectShape(self._validator(cls), inside, kind))

    def _union(self, validate: Validate, arguments: Sequence[Any]) -> Shape:
        annotations = list(_flat(arguments))
        members = [self.of(annotation) for annotation in annotations]
        others = [
            _unwrapped(annotation)[0]
            for annotation, member in zip(annotations, members, strict=True)
            if member.container is None and not isinstance(member, _TextShape)
        ]
        if not all(_is_scalar(other) for other in others):
            return Shape(validate)
        has_texts = any(isinstance(member, _TextShape) for member in members)
        return _UnionShape(validate, members, grows=has_texts and _SCALARS.issuperset(others))


def _unwrapped(annotation: Any) -> tuple[Any, tuple[Any, ...]]:
    """Return what an annotation says of the type, and what else it says."""
    metadata: tuple[Any, ...] = ()
    if get_origin(annotation) is Annotated:
        metadata = annotation.__metadata__
        annotation = annotation.__origin__
    return annotation, metadata


def _flat(arguments: Sequence[Any]) -> Iterator[Any]:
    """Give the members of a union, and of unions in it."""
    for argument in arguments:
        bare, _ = _unwrapped(argument)
        if get_origin(bare) in _UNIONS:
            yield from _flat(get_args(bare))
        else:
            yield argument


def _is_scalar(bare: Any) -> bool:
    """Say whether no list or object can be of a type, as far as is known."""
    is_enum = isinstance(bare, type) and issubclass(bare, enum.Enum)
    return is_enum or get_origin(bare) is Literal or bare in _SCALARS


def _common_tag(shapes: Sequence[Shape]) -> tuple[str, dict[Any, Shape]] | None:
    """Return the key whose value tells the classes apart, and what it tells."""
    objects = [shape for shape in shapes if isinstance(shape, _ObjectShape)]
    if not objects or len(objects) < len(shapes):
        return None
    for key in objects[0].annotations:
        choices = [(value, shape) for shape in objects for value in _literals(shape.annotations.get(key))]
        told = dict(choices)
        if len(told) == len(choices) and len({id(shape) for shape in told.values()}) == len(objects):
            return key, {**told}
    return None


def _literals(annotation: Any) -> Iterator[Any]:
    """Give the values that a `Literal` allows, as JSON says them."""
    bare, _ = _unwrapped(annotation)
    if get_origin(bare) is Literal:
        for value in get_args(bare):
            yield value.value if isinstance(value, enum.Enum) else value


def _accept(value: Any, path: Path) -> Any:
    del path
    return value


def _refuse(value: Any, path: Path) -> Any:
    del value
    raise invalid("no such field", path)
