from __future__ import annotations

from sluiceway.dialects.ui_stream.shapes import DONE, METADATA_KEY, NAME


def test_the_names_are_what_clients_and_settings_know() -> None:
    assert (NAME, DONE, METADATA_KEY) == ("ui_stream", b"[DONE]", "sluiceway")
