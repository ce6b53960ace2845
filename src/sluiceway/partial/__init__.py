"""Incremental JSON: a value that grows while its text arrives. No I/O, no time; nothing is repaired."""
