"""The JSON Schema test suite, drafts 7 and 2020-12, while the documents stream.

Two things must hold for every schema and document, however its text is cut: the checker alone never objects to a
valid document, and with the judge of the whole document the verdict is the suite's.

Not supported: the suite's ``optional/``, and schemas that need other documents, since none is ever fetched. Of those
the checker follows what it can, and must not object to what is valid either.
"""

from __future__ import annotations

import json

import pytest
from support.schemasuite import DRAFTS, Group, groups

from sluiceway.errors import SchemaUnusable
from sluiceway.partial.schema.compile import compile_schema
from sluiceway.partial.schema.document import Document
from sluiceway.partial.schema.verdict import Violation
from sluiceway.server.schemas import Judge, compile_judge, compile_pattern

CASES = [group for draft in DRAFTS for group in groups(draft)]
MAX_REMOTE = 33
"""Schemas of the suite that need other documents."""


def judge_of(group: Group) -> Judge | None:
    try:
        return compile_judge(group.schema)
    except SchemaUnusable:
        return None


def followed(document: Document, text: str, size: int) -> Violation | None:
    """Push ``text`` in pieces and return the first violation."""
    for at in range(0, len(text), size):
        if (violation := document.push(text[at : at + size])) is not None:
            return violation
    return document.close()


@pytest.mark.parametrize("group", CASES, ids=lambda group: group.name)
def test_the_verdict_is_the_suites(group: Group) -> None:
    schema, judge = compile_schema(group.schema, compile_pattern), judge_of(group)
    for instance in group.tests:
        text = json.dumps(instance.data)
        found = set()
        for size in (1, 4, len(text)):
            document = Document(schema)
            violation = followed(document, text, size)
            found.add(violation)
            assert not document.is_lost
            if instance.is_valid:
                assert violation is None, f"{instance.description}, cut at {size}"
            if judge is not None:
                is_valid = violation is None and judge(document.value) is None
                assert is_valid == instance.is_valid, f"{instance.description}, cut at {size}"
        assert len(found) == 1, f"{instance.description}: what is found depends on the cuts"


def test_only_schemas_that_need_other_documents_are_left_out() -> None:
    left_out = [group.name for group in CASES if judge_of(group) is None]
    assert len(left_out) == MAX_REMOTE, left_out
    assert all(name.split("/")[1].startswith(("refRemote", "dynamicRef", "vocabulary")) for name in left_out)


def test_most_violations_are_seen_while_the_document_streams() -> None:
    seen = missed = 0
    for group in CASES:
        schema = compile_schema(group.schema, compile_pattern)
        for instance in group.tests:
            if not instance.is_valid:
                is_seen = followed(Document(schema), json.dumps(instance.data), 4) is not None
                seen, missed = seen + is_seen, missed + (not is_seen)
    assert seen > 4 * missed, f"{seen} seen, {missed} left to the judge"
