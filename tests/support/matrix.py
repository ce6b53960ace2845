"""The matrix of what was shown end to end: client × upstream dialect × feature, written down by the run itself.

A cell is a test that passed, or a hole with its reason. ``CONFORMANCE.md`` is written when every cell is known; a run
of a part of the tests leaves it alone.
"""

from __future__ import annotations

from pathlib import Path

__all__ = ["CLIENTS", "EMBEDDED", "FEATURES", "Matrix", "hole"]

EMBEDDED = "embedded model"
CLIENTS = (
    "openai Python, chat",
    "openai Python, completions",
    "openai Python, responses",
    "openai npm, chat",
    "openai npm, completions",
    "openai npm, responses",
    "anthropic Python",
    "anthropic npm",
    "google-genai Python",
    "ollama Python, chat",
    "ollama Python, generate",
    "langchain-openai",
    "ai with @ai-sdk/openai (responses)",
    "ai with @ai-sdk/openai (chat)",
    "ai with @ai-sdk/anthropic",
    "useChat's transport",
    "curl",
)
"""Who asks."""

FEATURES = {
    "text": "text streams, and the whole is what was said",
    "whole": "the same without streaming",
    "tools": "a tool call: its name, then its arguments",
    "json": "a JSON schema reaches the model, and its answer the client",
    "error": "an error before the answer: status 429, in the client's own exception",
    "cut": "an error in mid-stream raises after what came",
    "stop": "leaving stops the upstream",
}
"""What is shown, in words."""

_ONLY_TEXT = "legacy completions have text only"
_NOT_FORCED = "the API cannot force a call, and a small model does not always choose to make one"
_HOLES: dict[tuple[str | None, str | None, str], str] = {
    (None, "openai_completions", "tools"): _ONLY_TEXT,
    (None, "openai_completions", "json"): _ONLY_TEXT,
    ("openai Python, completions", None, "tools"): _ONLY_TEXT,
    ("openai Python, completions", None, "json"): _ONLY_TEXT,
    ("openai npm, completions", None, "tools"): _ONLY_TEXT,
    ("openai npm, completions", None, "json"): _ONLY_TEXT,
    ("ollama Python, generate", None, "tools"): "`/api/generate` has no tools",
    ("useChat's transport", None, "whole"): "the UI message stream always streams",
    ("useChat's transport", None, "json"): "the UI message stream has no schemas",
    (None, EMBEDDED, "error"): "a local model does not answer 429",
    (None, EMBEDDED, "cut"): "a local model does not break off by itself",
    ("ollama Python, chat", EMBEDDED, "tools"): _NOT_FORCED,
    ("useChat's transport", EMBEDDED, "tools"): _NOT_FORCED,
}


def hole(client: str, upstream: str, feature: str) -> str | None:
    """Return why there is nothing to show, or None where there is."""
    for key in ((client, upstream, feature), (client, None, feature), (None, upstream, feature)):
        if key in _HOLES:
            return _HOLES[key]
    return None


class Matrix:
    """The cells that were shown in this run.

    Args:
        upstreams: the dialects of upstreams, in order.
    """

    def __init__(self, upstreams: tuple[str, ...]) -> None:
        self._upstreams = (*upstreams, EMBEDDED)
        self._shown: set[tuple[str, str, str]] = set()

    def show(self, client: str, upstream: str, feature: str) -> None:
        """Note that a test of this cell passed."""
        assert client in CLIENTS, client
        assert upstream in self._upstreams, upstream
        assert feature in FEATURES, feature
        self._shown.add((client, upstream, feature))

    @property
    def unexplained(self) -> list[tuple[str, str, str]]:
        """The cells that were neither shown nor have a reason."""
        return [cell for cell in self._cells() if cell not in self._shown and hole(*cell) is None]

    def write(self, path: Path) -> None:
        """Write the matrix as Markdown."""
        path.write_text("\n".join(self._lines()) + "\n", "utf-8")

    def _cells(self) -> list[tuple[str, str, str]]:
        return [
            (client, upstream, feature) for feature in FEATURES for client in CLIENTS for upstream in self._upstreams
        ]

    def _lines(self) -> list[str]:
        reasons: list[str] = []
        lines = [
            "# Conformance",
            "",
            "Written by the end-to-end tests (`make test`), each cell by a test that passed: the client on the left,",
            "as its users write it, against a real server whose upstream speaks the dialect above. Text and tool",
            "calls are recorded answers of real vendors. A number is a hole; its reason stands at the end.",
        ]
        for feature, words in FEATURES.items():
            lines += ["", f"## {feature}: {words}", "", f"| client | {' | '.join(self._upstreams)} |"]
            lines.append("|---" * (len(self._upstreams) + 1) + "|")
            for client in CLIENTS:
                cells = [self._cell((client, upstream, feature), reasons) for upstream in self._upstreams]
                lines.append(f"| {client} | {' | '.join(cells)} |")
        lines += ["", "## Holes", ""]
        return lines + [f"{number}. {reason}" for number, reason in enumerate(reasons, 1)]

    def _cell(self, cell: tuple[str, str, str], reasons: list[str]) -> str:
        if cell in self._shown:
            return "✓"
        reason = hole(*cell)
        if reason is None:
            return "?"
        if reason not in reasons:
            reasons.append(reason)
        return str(reasons.index(reason) + 1)
