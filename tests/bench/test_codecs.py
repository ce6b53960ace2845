import pytest

from bench.codecs import COLUMNS, Findings, Scale, measure_codecs
from bench.recordings import RECORDINGS


@pytest.fixture(scope="module")
def findings() -> Findings:
    return measure_codecs(Scale(events=1000, rounds=1), lambda _text: None)


def test_every_recording_has_every_figure_and_the_ui_stream_is_only_told(findings: Findings) -> None:
    columns = {codec.title: set(codec.us) for codec in findings.dialects}
    assert columns == {recording.title: set(COLUMNS) for recording in RECORDINGS} | {"ui_stream": {"encode, told"}}


def test_every_pair_is_decoded_and_encoded(findings: Findings) -> None:
    assert findings.pairs[0].title == "openai_chat → openai_chat"
    assert all(pair.us["both"] > 0 for pair in findings.pairs)
