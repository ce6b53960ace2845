from __future__ import annotations

import pytest

from sluiceway.server.toml_lines import Path, find_line

TEXT = """\
# a comment with port = 1
port = 8080
drain_s=5
[llama]  # the local model
model_path = "m.gguf"

[[upstreams]]
name = "a"
"base_url" = "http://a"

[[ upstreams ]]
name = "b"
limits.idle = 3
[upstreams.extra]
x = [
  1,
]
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("port",), 2),
        (("drain_s",), 3),
        (("llama",), 4),
        (("llama", "model_path"), 5),
        (("upstreams", 0), 7),
        (("upstreams", 0, "name"), 8),
        (("upstreams", 0, "base_url"), 9),
        (("upstreams", 1, "name"), 12),
        (("upstreams", 1, "limits", "idle"), 13),
        (("upstreams", "extra", "x"), 15),
    ],
)
def test_a_key_is_found_on_its_line(path: Path, line: int) -> None:
    assert find_line(TEXT, path) == line


def test_a_key_that_is_missing_is_looked_for_in_the_table_around_it() -> None:
    assert find_line(TEXT, ("upstreams", 1, "base_url")) == 11
    assert find_line(TEXT, ("llama", "threads")) == 4


def test_a_key_that_is_nowhere_has_no_line() -> None:
    assert find_line(TEXT, ("host",)) is None
    assert find_line(TEXT, ()) is None
    assert find_line("", ("port",)) is None


def test_the_first_of_two_counts() -> None:
    assert find_line("a = 1\n[t]\n[t]\n", ("t",)) == 2
