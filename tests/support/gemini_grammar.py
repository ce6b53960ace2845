"""What a reader of a Gemini stream may count on, as a check of its payloads.

Each payload is a whole response object. Candidates add parts, each of one kind; what follows a candidate's finish
reason is nothing. Id and model never change. The last payload holds the last finish reason, or the prompt was
blocked, or it is the one error there is, whose first field is ``error``.
"""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["check_payloads"]

_DATA = {"text", "functionCall", "inlineData", "fileData", "executableCode", "codeExecutionResult"}
_DATA |= {"toolCall", "toolResponse"}


class _Reader:
    def __init__(self) -> None:
        self.heads: set[tuple[object, object]] = set()
        self.open: set[int] = set()
        self.ended: set[int] = set()
        self.is_blocked = False

    def read(self, payload: dict[str, object]) -> None:
        self.heads.add((payload["responseId"], payload["modelVersion"]))
        candidates = payload.get("candidates", [])
        assert isinstance(candidates, list)
        for candidate in candidates:
            index = candidate["index"]
            assert index not in self.ended
            self.open.add(index)
            self._content(candidate.get("content", {"role": "model", "parts": [{"text": ""}]}))
            if "finishReason" in candidate:
                assert candidate["finishReason"].isupper()
                self.ended.add(index)
        self.is_blocked = self.is_blocked or "promptFeedback" in payload

    def _content(self, content: dict[str, object]) -> None:
        parts = content["parts"]
        assert isinstance(parts, list)
        assert parts
        assert content["role"] == "model"
        for part in parts:
            assert len(part.keys() & _DATA) == 1


def check_payloads(payloads: Sequence[dict[str, object]]) -> None:
    """Check a whole stream."""
    assert payloads
    *before, last = payloads
    reader = _Reader()
    for payload in before:
        assert "error" not in payload
        reader.read(payload)
    if "error" in last:
        error = last["error"]
        assert isinstance(error, dict)
        assert list(last) == ["error"]
        assert isinstance(error["code"], int)
    else:
        reader.read(last)
        assert reader.is_blocked or (reader.ended and reader.open == reader.ended)
    assert len(reader.heads) <= 1
