from __future__ import annotations

import json

import msgspec
import pytest

from sluiceway.dialects.gemini.arguments import ArgumentsWriter
from sluiceway.dialects.gemini.shapes import PartialArgShape
from sluiceway.errors import RemoteProtocolError


def shapes(*records: dict[str, object]) -> list[PartialArgShape]:
    return msgspec.json.decode(json.dumps(records), type=list[PartialArgShape])


def said(path: str, text: str) -> dict[str, object]:
    return {"jsonPath": path, "stringValue": text, "willContinue": True}


def written(*records: dict[str, object]) -> str:
    writer = ArgumentsWriter()
    return "".join(writer.write(shapes(record)) for record in records) + writer.close()


def test_pieces_of_a_string_go_out_as_they_come() -> None:
    writer = ArgumentsWriter()
    assert writer.write(shapes(said("$.city", 'Bo"'))) == '{"city":"Bo\\"'
    assert writer.write(shapes(said("$.city", "ston"))) == "ston"
    assert writer.write(shapes({"jsonPath": "$.city", "stringValue": ""})) == ""
    assert writer.write(shapes({"jsonPath": "$.days", "numberValue": 3})) == '","days":3'
    assert writer.close() == "}"


def test_containers_open_and_close_on_the_way() -> None:
    text = written(
        said("$.recipe.name", "Soup"),
        said("$.recipe.steps[0]", "Boil"),
        said("$.recipe.steps[1].do", "Stir"),
        {"jsonPath": "$.recipe.steps[1].long", "boolValue": True},
        {"jsonPath": "$.recipe.steps[2][0]", "boolValue": False},
        {"jsonPath": "$.note", "nullValue": "NULL_VALUE"},
    )
    steps = ["Boil", {"do": "Stir", "long": True}, [False]]
    assert json.loads(text) == {"recipe": {"name": "Soup", "steps": steps}, "note": None}


@pytest.mark.parametrize("number", ["-1.50", "0", "12345678901234567890123"])
def test_numbers_keep_their_spelling(number: str) -> None:
    writer = ArgumentsWriter()
    shape = PartialArgShape("$.n", number_value=msgspec.Raw(number.encode()))
    assert writer.write([shape]) + writer.close() == f'{{"n":{number}}}'


def test_a_number_that_is_none_is_null() -> None:
    assert written({"jsonPath": "$.n", "numberValue": "NaN"}) == '{"n":null}'


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("$['a b']", "a b"),
        ('$["a.b"]', "a.b"),
        ("$['it\\'s \"x\"']", 'it\'s "x"'),
        ("$.é", "é"),
        ('$["\\u0041"]', "A"),
    ],
)
def test_names_may_be_quoted(path: str, name: str) -> None:
    assert json.loads(written({"jsonPath": path, "boolValue": True})) == {name: True}


def test_no_arguments_are_an_empty_object() -> None:
    assert written() == "{}"


@pytest.mark.parametrize(
    "path", ["", "$", "a", "$[0]", "$.a[", "$.a..b", "$.a[x]", "$.a[-1]", "$" + ".a" * 65, "x.a", "$.a[0000001]"]
)
def test_a_path_that_leads_nowhere_is_refused(path: str) -> None:
    with pytest.raises(RemoteProtocolError, match="path"):
        written({"jsonPath": path, "boolValue": True})


@pytest.mark.parametrize(
    "paths",
    [
        ["$.a", "$.a"],
        ["$.a.b", "$.c", "$.a.d"],
        ["$.a[0]", "$.a[2]"],
        ["$.a[1]"],
        ["$.a[0]", "$.a.b"],
        ["$.a.b", "$.a[0]"],
        ["$.a", "$.a.b"],
    ],
)
def test_nothing_goes_back_to_what_was_closed(paths: list[str]) -> None:
    with pytest.raises(RemoteProtocolError, match="went back"):
        written(*({"jsonPath": path, "boolValue": True} for path in paths))
