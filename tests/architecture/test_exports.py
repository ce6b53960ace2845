"""Each module says what it exports, and each export says what it is."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator

import pytest
from support.source import Module, Rule, keep, modules, read_module

Definition = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def exports(module: Module) -> list[str] | None:
    for node in module.tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return [str(name) for name in ast.literal_eval(node.value)]
    return None


def definitions(module: Module) -> Iterator[Definition]:
    return (node for node in module.tree.body if isinstance(node, Definition))


def missing_exports(module: Module) -> Iterator[tuple[int, str]]:
    if module.is_package_file:
        return
    names = exports(module)
    if names is None:
        yield 1, "`__all__` is missing"
        return
    for node in definitions(module):
        if not node.name.startswith("_") and node.name not in names:
            yield node.lineno, f"`{node.name}` is public but not in `__all__`; export it or begin its name with `_`"


def missing_docstrings(module: Module) -> Iterator[tuple[int, str]]:
    if not ast.get_docstring(module.tree):
        yield 1, "the module does not say what it is for"
    names = exports(module) or []
    for node in definitions(module):
        if node.name in names and not ast.get_docstring(node):
            yield node.lineno, f"`{node.name}` is exported and has no docstring"


@pytest.mark.parametrize("rule", [missing_exports, missing_docstrings])
def test_the_project_keeps(rule: Rule) -> None:
    keep(rule)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("def f(): pass", missing_exports),
        ("__all__ = []\nclass A: pass", missing_exports),
        ("__all__ = []", missing_docstrings),
        ('"""A module."""\n__all__ = ["f"]\ndef f(): pass', missing_docstrings),
    ],
)
def test_the_rule_can_be_broken(text: str, rule: Rule) -> None:
    assert list(rule(read_module("server/x.py", text)))


@pytest.mark.parametrize("module", modules(), ids=lambda module: module.name)
def test_everything_exported_exists(module: Module) -> None:
    if module.name.endswith("__main__"):
        pytest.skip("importing it would run it")
    imported = importlib.import_module(module.name)
    assert [name for name in exports(module) or [] if not hasattr(imported, name)] == []
