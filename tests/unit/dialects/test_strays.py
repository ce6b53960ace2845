"""Fields that nobody reads are found along what a decoder's shapes say."""

from __future__ import annotations

import json
from collections.abc import Mapping

import msgspec
import pytest

from sluiceway.dialects.strays import MAX_STRAYS, Known, find_strays, known
from sluiceway.errors import RequestError


class Leaf(msgspec.Struct, rename="camel"):
    file_name: str | None = None


class Branch(msgspec.Struct):
    leaf: Leaf | str | None = None
    leaves: list[Leaf] | None = None
    free: dict[str, object] | None = None
    raw: list[msgspec.Raw] | None = None


class Tree(msgspec.Struct):
    branches: list[Branch] | Branch | None = None


def by_kind(record: Mapping[str, object]) -> Known | None:
    return known(Leaf, "kind") if record.get("kind") == "leaf" else None


TREE = known(Tree, branches=known(Branch, raw=by_kind))


def strays(**fields: object) -> list[str]:
    return find_strays(json.dumps(fields).encode(), TREE)


def test_what_is_read_is_no_stray() -> None:
    leaf = {"fileName": "a"}
    branch = {"leaf": leaf, "leaves": [leaf], "free": {"new": 1}, "raw": [{"kind": "leaf", **leaf}]}
    assert strays(branches=[branch, {"leaf": "a"}]) == []


@pytest.mark.parametrize(
    ("branch", "path"),
    [
        ({"new": 1}, "branches[].new"),
        ({"new": False}, "branches[].new"),
        ({"leaf": {"new": 1}}, "branches[].leaf.new"),
        ({"leaf": {"file_name": "a"}}, "branches[].leaf.file_name"),
        ({"leaves": [{}, {"new": 1}]}, "branches[].leaves[].new"),
        ({"raw": [{"kind": "leaf", "new": 1}]}, "branches[].raw[].new"),
    ],
)
def test_what_is_not_read_has_a_path(branch: object, path: str) -> None:
    assert strays(branches=[branch]) == [path]


def test_what_stands_alone_has_a_path_without_a_list() -> None:
    assert strays(branches={"new": 1}) == ["branches.new"]


@pytest.mark.parametrize("value", [None, "", [], {}])
def test_a_field_without_content_says_nothing(value: object) -> None:
    assert strays(branches=[{"new": value}]) == []


def test_further_fields_of_the_body_are_the_decoders() -> None:
    assert strays(new=1, branches=[]) == []


def test_records_that_are_not_looked_into_have_no_strays() -> None:
    assert strays(branches=[{"raw": [{"kind": "other", "new": 1}]}]) == []


def test_each_path_is_told_once_and_in_the_order_of_the_body() -> None:
    assert strays(branches=[{"b": 1, "a": 1}, {"a": 1, "c": 1}]) == ["branches[].b", "branches[].a", "branches[].c"]


def test_there_is_an_end_to_them() -> None:
    many = {f"n{number}": 1 for number in range(10 * MAX_STRAYS)}
    assert strays(branches=[many]) == [f"branches[].n{number}" for number in range(MAX_STRAYS)]


@pytest.mark.parametrize("value", [b"[" * 100_000 + b"]" * 100_000, b'"\xff"', b"1e999"])
def test_what_cannot_be_looked_into_is_refused(value: bytes) -> None:
    with pytest.raises(RequestError, match="not valid JSON, or is nested too deeply"):
        find_strays(b'{"branches":%b}' % value, TREE)
