"""Small files, small functions, few parameters."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest
from support.source import Module, Rule, is_string, keep, read_module

MAX_MODULE_LINES = 700
MAX_FUNCTION_LINES = 60
MAX_PARAMETERS = 8


def functions(module: Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(module.tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def long_modules(module: Module) -> Iterator[tuple[int, str]]:
    lines = module.text.count("\n")
    if lines > MAX_MODULE_LINES:
        yield lines, f"{lines} lines; no module has more than {MAX_MODULE_LINES}"


def long_functions(module: Module) -> Iterator[tuple[int, str]]:
    for function in functions(module):
        first = function.body[0]
        docstring_lines = (first.end_lineno or 0) - first.lineno + 1 if is_string(first) else 0
        lines = (function.end_lineno or 0) - function.lineno + 1 - docstring_lines
        if lines > MAX_FUNCTION_LINES:
            yield (
                function.lineno,
                f"`{function.name}` has {lines} lines without docstring, {MAX_FUNCTION_LINES} at most",
            )


def many_parameters(module: Module) -> Iterator[tuple[int, str]]:
    for function in functions(module):
        given = function.args
        names = [argument.arg for argument in [*given.posonlyargs, *given.args, *given.kwonlyargs]]
        count = len(names) - (names[:1] in (["self"], ["cls"]))
        if count > MAX_PARAMETERS:
            yield function.lineno, f"`{function.name}` has {count} parameters, {MAX_PARAMETERS} at most"


@pytest.mark.parametrize("rule", [long_modules, long_functions, many_parameters])
def test_the_project_keeps(rule: Rule) -> None:
    keep(rule)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("\n" * 701, long_modules),
        ("def f():\n" + "    pass\n" * 60, long_functions),
        ("class A:\n    async def f(self):\n" + "        pass\n" * 60, long_functions),
        ("def f(a, b, c, d, /, e, f, *, g, h, i): pass", many_parameters),
    ],
)
def test_the_rule_can_be_broken(text: str, rule: Rule) -> None:
    assert list(rule(read_module("x.py", text)))


def test_neither_self_nor_a_docstring_counts() -> None:
    text = 'class A:\n    def f(self, a, b, c, d, e, f, g, h):\n        """Long.' + "\n" * 70 + '        """\n'
    module = read_module("x.py", text)
    assert [*long_functions(module), *many_parameters(module)] == []
