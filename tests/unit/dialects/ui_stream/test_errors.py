from __future__ import annotations

from sluiceway.dialects.ui_stream.errors import encode_error
from sluiceway.errors import ModelNotFound


def test_the_body_of_an_error_is_what_the_client_shows() -> None:
    assert (
        encode_error(ModelNotFound("the model 'é' does not exist here"))
        == "the model 'é' does not exist here".encode()
    )
