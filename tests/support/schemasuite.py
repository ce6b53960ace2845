"""The test suite of the JSON Schema organisation, as cases; see ``tests/corpora/json-schema-test-suite``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType

import msgspec

__all__ = ["DRAFTS", "Group", "Instance", "groups"]

_FOLDER = Path(__file__).parent.parent / "corpora" / "json-schema-test-suite"

DRAFTS = MappingProxyType(
    {
        "draft7": "http://json-schema.org/draft-07/schema#",
        "draft2020-12": "https://json-schema.org/draft/2020-12/schema",
    }
)
"""Folder → the URL of its draft."""


class Instance(msgspec.Struct, frozen=True, rename={"is_valid": "valid"}):
    """One document, and whether it is valid."""

    description: str
    data: object
    is_valid: bool


class Group(msgspec.Struct, frozen=True):
    """One schema, and documents."""

    description: str
    schema: object
    tests: list[Instance]
    name: str = ""


def groups(draft: str) -> Iterator[Group]:
    """Give every schema of a draft, with the draft named in it."""
    for path in sorted((_FOLDER / draft).glob("*.json")):
        for group in msgspec.json.decode(path.read_bytes(), type=list[Group]):
            schema = group.schema
            if isinstance(schema, dict):
                schema = {"$schema": DRAFTS[draft], **schema}
            yield msgspec.structs.replace(group, schema=schema, name=f"{draft}/{path.stem}: {group.description}")
