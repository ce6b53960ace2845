"""The project's own source as syntax trees, for tests that check how it is built.

A rule is a function from a module to the places that break it; a test runs it over all modules, and over a made-up
one to show that it can fail.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

__all__ = ["ROOT", "Module", "Rule", "is_string", "keep", "modules", "read_module"]

ROOT = Path(__file__).parent.parent.parent
_PACKAGE = ROOT / "src" / "sluiceway"


class Module(msgspec.Struct, frozen=True):
    """One module: its path below ``src/sluiceway``, its text and its tree."""

    path: str
    text: str
    tree: ast.Module

    @property
    def name(self) -> str:
        """Its dotted name."""
        return ".".join(["sluiceway", *Path(self.path).with_suffix("").parts]).removesuffix(".__init__")

    @property
    def is_package_file(self) -> bool:
        """Whether it is ``__init__.py`` or ``__main__.py``."""
        return Path(self.path).name in {"__init__.py", "__main__.py"}


Rule = Callable[[Module], Iterator[tuple[int, str]]]
"""From a module to (line, what is wrong there)."""


def read_module(path: str, text: str) -> Module:
    """Return the module with this path and text."""
    return Module(path, text, ast.parse(text, path))


def modules() -> list[Module]:
    """Return all modules of the project, by path."""
    paths = sorted(_PACKAGE.rglob("*.py"))
    return [read_module(path.relative_to(_PACKAGE).as_posix(), path.read_text("utf-8")) for path in paths]


def is_string(node: ast.AST) -> bool:
    """Say whether a statement is a string that stands alone: a docstring, or the description of a constant."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def keep(rule: Rule) -> None:
    """Fail with one line for each place that breaks the rule."""
    broken = [f"src/sluiceway/{module.path}:{line}: {what}" for module in modules() for line, what in rule(module)]
    if broken:
        pytest.fail("\n".join(["the rule is broken here:", *broken]), pytrace=False)
