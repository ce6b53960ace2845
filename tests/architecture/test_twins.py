"""Every module has a test file of its own, at the same place below ``tests/unit``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from support.source import ROOT, Module, keep, modules, read_module


def twin_of(module: Module) -> str:
    path = PurePosixPath(module.path)
    return str(PurePosixPath("tests", "unit", path.parent, f"test_{path.name}"))


def lonely_modules(module: Module) -> Iterator[tuple[int, str]]:
    if not module.is_package_file and not (ROOT / twin_of(module)).is_file():
        yield 1, f"its test file {twin_of(module)} is missing"


def test_every_module_has_its_twin() -> None:
    keep(lonely_modules)


def test_no_two_modules_share_a_twin() -> None:
    twins = [twin_of(module) for module in modules()]
    assert len(set(twins)) == len(twins)


def test_a_missing_twin_is_noticed() -> None:
    assert list(lonely_modules(read_module("wire/nothing.py", "")))
    assert not list(lonely_modules(read_module("wire/sse.py", "")))
