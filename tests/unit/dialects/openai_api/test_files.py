from __future__ import annotations

import pytest

from sluiceway.dialects.openai_api.files import refuse_foreign_files
from sluiceway.errors import UnsupportedFeature
from sluiceway.request import FilePart, Message, Part, Request, Role, TextPart, ToolResultPart


def asked(dialect: str, part: Part) -> Request:
    said = Message(Role.USER, [TextPart("see"), part])
    return Request("m", [Message(Role.SYSTEM, []), said], dialect=dialect)


@pytest.mark.parametrize("part", [FilePart("file-1"), ToolResultPart("c", [FilePart("file-1")])])
def test_a_file_that_another_vendor_keeps_is_refused(part: Part) -> None:
    with pytest.raises(UnsupportedFeature) as caught:
        refuse_foreign_files(asked("gemini", part))
    assert caught.value.field == "messages[1]"


@pytest.mark.parametrize(
    ("dialect", "part"),
    [
        ("openai_chat", FilePart("file-1")),
        ("openai_responses", FilePart("file-1")),
        ("", FilePart("file-1")),
        ("gemini", FilePart(data="data:application/pdf;base64,AAAA")),
        ("gemini", ToolResultPart("c", [TextPart("a")])),
    ],
)
def test_any_other_file_may_be_shown(dialect: str, part: Part) -> None:
    refuse_foreign_files(asked(dialect, part))
