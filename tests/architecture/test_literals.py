"""What may not be written down just anywhere: framing, broad handlers, state of modules, effects of importing."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

import pytest
from support.source import Module, Rule, is_string, keep, read_module

BROAD_HANDLERS_ALLOWED = {"server/respond.py", "cli.py"}
FRAMING_ALLOWED = {"wire/sse.py"}
IMPORT_EFFECTS_ALLOWED = {"cli.py", "__main__.py"}
MUTABLE_MAKERS = {"bytearray", "Counter", "OrderedDict", "WeakKeyDictionary", "WeakSet", "WeakValueDictionary"}
MUTABLE_MAKERS |= {"defaultdict", "deque", "dict", "list", "set"}
MUTATORS = {"add", "append", "appendleft", "clear", "discard", "extend", "insert", "pop", "popitem", "popleft"}
MUTATORS |= {"remove", "setdefault", "update"}
MUTABLE_LITERALS = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)


def is_framing(value: object) -> bool:
    if isinstance(value, bytes):
        return b"data:" in value
    return isinstance(value, str) and value.startswith("data: ")  # without the space it is a URL


def framing_literals(module: Module) -> Iterator[tuple[int, str]]:
    if module.path in FRAMING_ALLOWED:
        return
    described = {id(node.value) for node in ast.walk(module.tree) if isinstance(node, ast.Expr) and is_string(node)}
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Constant) and id(node) not in described and is_framing(node.value):
            yield node.lineno, "the framing `data:` is written in wire/sse.py only"


def names_in(node: ast.expr) -> Iterator[str]:
    elements = node.elts if isinstance(node, ast.Tuple) else [node]
    return (element.id for element in elements if isinstance(element, ast.Name))


def caught_names(node: ast.ExceptHandler | ast.Call) -> set[str]:
    """Give the names of the errors that an ``except`` or a ``suppress(…)`` stops."""
    if isinstance(node, ast.ExceptHandler):
        return set(names_in(node.type)) if node.type else {"BaseException"}
    if ast.unparse(node.func) in {"suppress", "contextlib.suppress"}:
        return {name for argument in node.args for name in names_in(argument)}
    return set()


def broad_handlers(module: Module) -> Iterator[tuple[int, str]]:
    if module.path in BROAD_HANDLERS_ALLOWED:
        return
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ExceptHandler | ast.Call) and caught_names(node) & {"Exception", "BaseException"}:
            where = " and ".join(sorted(BROAD_HANDLERS_ALLOWED))
            yield node.lineno, f"an error this broad is caught in {where} only"


def is_mutable(value: ast.expr | None) -> bool:
    if isinstance(value, ast.Call):
        return ast.unparse(value.func).split(".")[-1] in MUTABLE_MAKERS
    return isinstance(value, MUTABLE_LITERALS)


def mutable_names(module: Module) -> Iterator[tuple[int, str]]:
    """Give the top-level names that hold something mutable."""
    for node in module.tree.body:
        targets: Sequence[ast.expr] = ()
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, ast.AnnAssign):
            targets = [node.target]
        if isinstance(node, ast.Assign | ast.AnnAssign) and is_mutable(node.value):
            yield from ((node.lineno, target.id) for target in targets if isinstance(target, ast.Name))


def changed_names(node: ast.AST) -> Iterator[str]:
    """Give the names whose value a piece of syntax changes in place."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in MUTATORS:
        yield from names_in(node.func.value)
    elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store | ast.Del):
        yield from names_in(node.value)
    elif isinstance(node, ast.Global):
        yield from node.names


def state_of_modules(module: Module) -> Iterator[tuple[int, str]]:
    names = set()
    for line, name in mutable_names(module):
        names.add(name)
        if not (name.isupper() or name == "__all__"):
            yield line, f"`{name}` is mutable and lives as long as the process; make it a constant or an argument"
    functions = [node for node in ast.walk(module.tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    for node in (inner for function in functions for inner in ast.walk(function)):
        for name in changed_names(node):
            if name in names or isinstance(node, ast.Global):
                yield getattr(node, "lineno", 1), f"`{name}` belongs to the module and is changed here"


def effects_of_importing(module: Module) -> Iterator[tuple[int, str]]:
    if module.path in IMPORT_EFFECTS_ALLOWED:
        return
    for node in module.tree.body:
        is_effect = isinstance(node, ast.Expr) and not is_string(node)
        if is_effect or isinstance(node, ast.For | ast.While | ast.With | ast.Delete | ast.AugAssign):
            yield node.lineno, f"importing must do nothing: `{ast.unparse(node).splitlines()[0]}`"


@pytest.mark.parametrize("rule", [framing_literals, broad_handlers, state_of_modules, effects_of_importing])
def test_the_project_keeps(rule: Rule) -> None:
    keep(rule)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ('x = b"data: [DONE]"', framing_literals),
        ('x = "data: [DONE]"', framing_literals),
        ('x = f"data: {y}"', framing_literals),
        ("try: pass\nexcept: pass", broad_handlers),
        ("try: pass\nexcept Exception: pass", broad_handlers),
        ("try: pass\nexcept (OSError, BaseException): pass", broad_handlers),
        ("with contextlib.suppress(Exception): pass", broad_handlers),
        ("cache = {}", state_of_modules),
        ("cache: dict[str, int] = dict()", state_of_modules),
        ("CACHE = {}\ndef f(): CACHE['a'] = 1", state_of_modules),
        ("SEEN = set()\ndef f(): SEEN.add(1)", state_of_modules),
        ("x = 0\ndef f():\n    global x", state_of_modules),
        ("print('hello')", effects_of_importing),
        ("for x in y: pass", effects_of_importing),
    ],
)
def test_the_rule_can_be_broken(text: str, rule: Rule) -> None:
    assert list(rule(read_module("server/x.py", text)))


@pytest.mark.parametrize(
    "text",
    [
        '"""A line such as ``data: {}``."""',
        'X = 1\n"""data: what it is."""',
        'is_inline = url.startswith("data:")',
        "try: pass\nexcept OSError: pass",
        "_TABLE = {1: 2}\n__all__ = ['x']\ndef f(): return _TABLE[1]",
        "def f():\n    found = []\n    found.append(1)",
    ],
)
def test_what_is_harmless_is_let_through(text: str) -> None:
    module = read_module("server/x.py", text)
    rules = (framing_literals, broad_handlers, state_of_modules, effects_of_importing)
    assert [what for rule in rules for what in rule(module)] == []
