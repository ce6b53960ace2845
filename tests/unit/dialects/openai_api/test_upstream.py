from __future__ import annotations

import pytest
from support.both_completions import BOTH, Api

from sluiceway.dialects.stream import StreamDecoder
from sluiceway.dialects.whole import WholeDecoder
from sluiceway.request import Request

pytestmark = pytest.mark.parametrize("api", BOTH, ids=str)


def test_each_has_its_path_below_the_version(api: Api) -> None:
    assert (api.upstream.path(Request("m", [])), api.upstream.models_path) == (api.path, "/models")


def test_a_key_is_a_bearers(api: Api) -> None:
    assert list(api.upstream.headers("k")) == [("authorization", "Bearer k")]
    assert list(api.upstream.headers("")) == []


def test_a_stream_and_a_whole_answer_have_their_decoders(api: Api) -> None:
    assert isinstance(api.upstream.decoder(True, 10), StreamDecoder)
    assert isinstance(api.upstream.decoder(False, 10), WholeDecoder)
