from __future__ import annotations

from sluiceway.dialects.ui_stream.request_shapes import BodyShape
from sluiceway.dialects.ui_stream.rules import SPELLING
from sluiceway.features import FEATURES


def test_every_word_is_a_field_and_stands_for_a_feature() -> None:
    assert SPELLING.keys() <= set(FEATURES)
    assert set(SPELLING.values()) <= set(BodyShape.__struct_encode_fields__)
