from __future__ import annotations

import inspect
import json
import re

import ollama

from sluiceway.dialects.ollama import OLLAMA
from sluiceway.dialects.ollama.pages import ABSENT, API_VERSION, PAGES


def test_the_root_says_what_every_client_looks_for() -> None:
    assert PAGES["/"].body == b"Ollama is running"
    assert PAGES["/"].content_type.startswith("text/plain")


def test_the_version_is_one_that_clients_can_compare() -> None:
    page = PAGES["/api/version"]
    assert (page.content_type, json.loads(page.body)) == ("application/json", {"version": API_VERSION})
    assert re.fullmatch(r"\d+\.\d+\.\d+", API_VERSION)


def test_each_path_that_the_official_client_asks_of_a_server_is_served_or_refused() -> None:
    side = OLLAMA.reader
    assert side is not None
    known = [endpoint.path for endpoint in side.endpoints]
    known += [side.models_path, side.running_path, *side.forwarded, *side.pages, *ABSENT]
    asked = set(re.findall(r"'(/api/[a-z_/]+?)/?(?:\{digest\})?'", inspect.getsource(ollama.Client)))
    assert len(asked) > 10
    assert [path for path in asked if not any(served.startswith(path) for served in known)] == []
