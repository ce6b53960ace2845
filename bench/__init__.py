"""Benchmarks: what Sluiceway costs, beside nginx and beside nothing at all. The method is in bench/README.md."""

__all__: list[str] = []
