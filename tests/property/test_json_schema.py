"""The checker beside jsonschema-rs, over schemas and documents that nobody wrote."""

from __future__ import annotations

import json

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from support.schema_grammar import documents, schemas

from sluiceway.errors import SchemaUnusable
from sluiceway.partial.feed import JSONFeed
from sluiceway.partial.schema.checker import Checker
from sluiceway.partial.schema.compile import Compiled, compile_schema
from sluiceway.partial.schema.document import Document
from sluiceway.partial.schema.verdict import Verdict, Violation
from sluiceway.server.schemas import compile_judge, compile_pattern


def compiled(schema: object) -> Compiled:
    """Return a schema that can be used; those that lead back to themselves are passed over."""
    try:
        return compile_schema(schema, compile_pattern)
    except SchemaUnusable:
        assume(False)
        raise


def checked(schema: Compiled, text: str) -> Checker:
    """Return the checker that has seen a whole text."""
    checker = Checker(schema.root)
    checker.feed(JSONFeed().push(text + " "))
    return checker


def first_violation(schema: Compiled, pieces: list[str]) -> Violation | None:
    document = Document(schema)
    for piece in pieces:
        document.push(piece)
    return document.close()


@settings(max_examples=400)
@given(schemas, st.lists(documents, min_size=1, max_size=6))
def test_what_the_checker_is_sure_of_is_what_the_judge_says(schema: object, values: list[object]) -> None:
    following, judge = compiled(schema), compile_judge(schema)
    for value in values:
        is_valid = judge(value) is None
        verdict = checked(following, json.dumps(value)).verdict
        assert verdict is not Verdict.OPEN
        if verdict is not Verdict.UNSURE:
            assert (verdict is Verdict.PASSED) == is_valid, value


@settings(max_examples=100)
@given(schemas, documents, st.data())
def test_no_cut_changes_the_first_violation(schema: object, value: object, data: st.DataObject) -> None:
    following, text = compiled(schema), json.dumps(value, ensure_ascii=data.draw(st.booleans()))
    borders = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8)))
    pieces = [text[start:end] for start, end in zip([0, *borders], [*borders, len(text)], strict=True)]
    assert first_violation(following, pieces) == first_violation(following, [text])
    assert first_violation(following, list(text)) == first_violation(following, [text])
