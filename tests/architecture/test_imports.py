"""Imports point down only.

::

    cli
    server  client
    delivery  engines
    metering  dialects  clock  json
    wire  partial
    errors events order request usage fold engine
"""

from __future__ import annotations

import ast
import graphlib
import sys
from collections.abc import Iterator

import pytest
from support.source import Module, Rule, keep, modules, read_module

LAYERS = [
    {"errors", "events", "order", "request", "usage", "fold", "usual", "features", "engine"},
    {"wire", "partial"},
    {"metering", "dialects", "clock", "json"},
    {"delivery", "engines"},
    {"server", "client"},
    {"cli", "testing"},
    {"__main__"},
]
LAYER_OF = {part: number for number, layer in enumerate(LAYERS) for part in layer}
VOCABULARY = LAYERS[0]
CORE = LAYERS[0] | LAYERS[1] | {"dialects"}
STRANGERS = {("delivery", "dialects"), ("client", "delivery"), ("client", "engines")}
"""Who must not know whom, though the layers would allow it: delivery is handed an encoder."""
SHARED_BY_DIALECTS = {
    "base", "complaints", "error_bodies", "openai_api", "steady", "strays", "stream", "template", "whole",
}  # fmt: skip
OPTIONAL = {("partial/typed_pydantic.py", "pydantic"), ("partial/typed_pydantic.py", "pydantic_core")}
"""What one module of the core is about, and imports; the others import that module only when it is needed."""
OUTSIDE_WORLD = {"asyncio", "concurrent", "logging", "multiprocessing", "os", "pathlib", "random", "secrets"}
OUTSIDE_WORLD |= {"select", "socket", "ssl", "subprocess", "tempfile", "threading", "time", "uuid"}
"""What the core must do without: time, randomness and everything that waits or opens."""


def imports(module: Module) -> Iterator[tuple[int, str]]:
    """Give each import as (line, dotted name); relative ones begin with a dot."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            source = "." * node.level + (node.module or "")
            yield from ((node.lineno, f"{source}:{alias.name}") for alias in node.names)


def part_of(name: str) -> str:
    """Return the part of the project a dotted name belongs to, such as ``wire``; empty for the package itself."""
    parts = name.replace(":", ".").split(".")
    return parts[1] if len(parts) > 1 else ""


def own_imports(module: Module) -> Iterator[tuple[int, str]]:
    return ((line, name) for line, name in imports(module) if name.split(":")[0].split(".")[0] == "sluiceway")


def upward_imports(module: Module) -> Iterator[tuple[int, str]]:
    here = part_of(module.name)
    if not here:
        return
    if here not in LAYER_OF:
        yield 1, f"`{here}` is in no layer; give it a place in tests/architecture/test_imports.py"
        return
    for line, name in own_imports(module):
        there = part_of(name)
        is_same = here == there or {here, there} <= VOCABULARY
        if (here, there) in STRANGERS or not (is_same or LAYER_OF.get(there, -1) < LAYER_OF[here]):
            yield line, f"`{here}` must not import `{there}`"


def foreign_imports(module: Module) -> Iterator[tuple[int, str]]:
    if part_of(module.name) not in CORE:
        return
    for line, name in imports(module):
        root = name.split(":")[0].split(".")[0]
        if root not in {*sys.stdlib_module_names, "msgspec", "sluiceway"} and (module.path, root) not in OPTIONAL:
            yield line, f"the core imports the standard library, msgspec and itself only, not `{root}`"
        if root in OUTSIDE_WORLD:
            yield line, f"the core is pure and does not import `{root}`"


def neighbouring_dialects(module: Module) -> Iterator[tuple[int, str]]:
    parts = module.name.split(".")
    if parts[1:2] != ["dialects"] or len(parts) < 3 or module.path.count("/") < 2:
        return
    for line, name in own_imports(module):
        other = name.split(":")[0].split(".")
        if other[1:2] == ["dialects"] and other[2] not in {parts[2], *SHARED_BY_DIALECTS}:
            yield line, f"the dialect `{parts[2]}` must not know `{'.'.join(other)}`"


def borrowed_privates(module: Module) -> Iterator[tuple[int, str]]:
    for line, name in imports(module):
        if name.startswith("."):
            yield line, "imports are absolute"
        if name.split(":")[-1].startswith("_") and not name.startswith("__future__"):
            yield line, f"`{name}` is private to its module"


@pytest.mark.parametrize("rule", [upward_imports, foreign_imports, neighbouring_dialects, borrowed_privates])
def test_the_project_keeps(rule: Rule) -> None:
    keep(rule)


@pytest.mark.parametrize(
    ("path", "text", "rule"),
    [
        ("wire/x.py", "from sluiceway.dialects.base import Frame", upward_imports),
        ("delivery/x.py", "import sluiceway.engines.upstream", upward_imports),
        ("delivery/x.py", "from sluiceway import dialects", upward_imports),
        ("events.py", "if TYPE_CHECKING:\n    from sluiceway.wire.sse import SSEEvent", upward_imports),
        ("metering/x.py", "from sluiceway.dialects.base import Dialect", upward_imports),
        ("helpers.py", "", upward_imports),
        ("wire/x.py", "import httptools", foreign_imports),
        ("fold.py", "import time", foreign_imports),
        ("dialects/a/x.py", "from sluiceway.dialects.b.shapes import Y", neighbouring_dialects),
        ("dialects/a/x.py", "from sluiceway.wire.sse import _text", borrowed_privates),
        ("dialects/a/x.py", "from .shapes import Y", borrowed_privates),
    ],
)
def test_the_rule_can_be_broken(path: str, text: str, rule: Rule) -> None:
    assert list(rule(read_module(path, text)))


def test_no_modules_import_each_other_in_a_circle() -> None:
    names = {module.name for module in modules()}
    graph = {
        module.name: {
            target
            for _, name in own_imports(module)
            for target in (name.replace(":", "."), name.split(":")[0])
            if target in names - {"sluiceway", module.name} and not module.is_package_file
        }
        for module in modules()
    }
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        pytest.fail(f"a circle of imports: {' ← '.join(error.args[1])}", pytrace=False)
