"""Who judges which type: msgspec or pydantic, which is imported when it is needed and not before."""

from __future__ import annotations

from typing import Any

import msgspec

from sluiceway.errors import SettingsError
from sluiceway.partial.typed_rules import MsgspecRules, Rules, is_pydantic_model

__all__ = ["pydantic_rules", "rules_of"]


def pydantic_rules(config: Any = None) -> Rules:
    """Return pydantic's rules.

    Args:
        config: that of the model whose fields are judged, if any.

    Raises:
        SettingsError: there is no pydantic.
    """
    try:
        from sluiceway.partial.typed_pydantic import PydanticRules  # noqa: PLC0415 - pydantic is optional
    except ImportError as error:
        raise SettingsError("only pydantic understands this type, and it is not installed") from error
    return PydanticRules(config)


def rules_of(model: Any) -> Rules:
    """Return who judges a type: pydantic for its models and for what msgspec cannot tell apart.

    Raises:
        SettingsError: only pydantic could, and it is not installed.
    """
    if is_pydantic_model(model):
        return pydantic_rules()
    try:
        msgspec.json.Decoder(model)
    except TypeError:  # such as a union of two dataclasses
        return pydantic_rules()
    return MsgspecRules()
