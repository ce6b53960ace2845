"""Builds the two C programs of bench/loadlab: the upstream (tokmock) and the load (tokload)."""

import subprocess
from pathlib import Path

__all__ = ["NativePrograms", "build"]

SOURCES = Path(__file__).parent / "loadlab"
BUILT = Path(__file__).parent / "build"


class NativePrograms:
    """Where the built programs are."""

    def __init__(self, folder: Path) -> None:
        self.load = folder / "tokload"
        self.mock = folder / "tokmock"


def build(folder: Path = BUILT) -> NativePrograms:
    """Compile what is missing or older than its sources."""
    folder.mkdir(parents=True, exist_ok=True)
    newest = max(path.stat().st_mtime for path in SOURCES.iterdir())
    for name in ("tokload", "tokmock"):
        program = folder / name
        if not program.exists() or program.stat().st_mtime < newest:
            source = SOURCES / f"{name}.c"
            subprocess.run(["gcc", "-O2", "-Wall", "-o", str(program), str(source), "-lm"], check=True)
    return NativePrograms(folder)
