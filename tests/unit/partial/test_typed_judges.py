"""Who judges which type."""

from __future__ import annotations

import dataclasses
import sys
from typing import Any, Literal

import pydantic
import pytest

from sluiceway.errors import SettingsError
from sluiceway.partial.typed_judges import pydantic_rules, rules_of
from sluiceway.partial.typed_pydantic import PydanticRules
from sluiceway.partial.typed_rules import MsgspecRules


class Model(pydantic.BaseModel):
    name: str


@dataclasses.dataclass
class Cat:
    kind: Literal["cat"]


@dataclasses.dataclass
class Dog:
    kind: Literal["dog"]


@pytest.mark.parametrize(
    ("annotation", "judge"),
    [
        (Cat, MsgspecRules),
        (int, MsgspecRules),
        (list[Model], MsgspecRules),
        (Model, PydanticRules),
        (list[Cat | Dog], PydanticRules),
    ],
)
def test_pydantic_judges_what_msgspec_cannot(annotation: Any, judge: type) -> None:
    assert isinstance(rules_of(annotation), judge)


def test_without_pydantic_its_types_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sluiceway.partial.typed_pydantic", None)
    with pytest.raises(SettingsError, match="not installed"):
        rules_of(Cat | Dog)


def test_a_models_config_reaches_its_fields() -> None:
    validate = pydantic_rules(pydantic.ConfigDict(coerce_numbers_to_str=True)).validator(str)
    assert validate(1, ()) == "1"
