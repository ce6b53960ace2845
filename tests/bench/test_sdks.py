import pytest

from bench.recordings import RECORDINGS, Recording, record
from bench.sdks import SDKS


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda recording: recording.title)
def test_each_vendors_client_reads_the_whole_stream(recording: Recording) -> None:
    _, read_all = SDKS[recording.dialect]
    events = record(recording, 60).events
    assert 0 <= len(events) - read_all(events) <= 3  # [DONE] and pings are no objects
