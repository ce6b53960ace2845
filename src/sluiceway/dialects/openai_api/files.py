"""Files that OpenAI keeps: their ids mean something to this vendor only.

Source: OpenAI's API reference, "Files" (August 2026).
"""

from __future__ import annotations

from collections.abc import Iterable

from sluiceway.errors import UnsupportedFeature
from sluiceway.request import FilePart, Part, Request, ToolResultPart

__all__ = ["refuse_foreign_files"]

_OWN_DIALECTS = frozenset({"", "openai_chat", "openai_responses"})


def refuse_foreign_files(request: Request) -> None:
    """Refuse a request that shows a file which another vendor keeps.

    Raises:
        UnsupportedFeature: it does; it names the message.
    """
    if request.dialect in _OWN_DIALECTS:
        return
    for index, message in enumerate(request.messages):
        if _has_kept_file(message.parts):
            raise UnsupportedFeature(
                "A file of another vendor's cannot be shown to this model.", field=f"messages[{index}]"
            )


def _has_kept_file(parts: Iterable[Part]) -> bool:
    return any(
        _has_kept_file(part.content)
        if isinstance(part, ToolResultPart)
        else isinstance(part, FilePart) and part.file_id is not None
        for part in parts
    )
