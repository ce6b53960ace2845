import pytest

from bench.__main__ import NAMES, workloads_of


def test_codecs_need_no_server() -> None:
    assert workloads_of("codecs") == ()
    assert workloads_of(",".join(NAMES)) == NAMES[1:]


def test_an_unknown_workload_is_refused() -> None:
    with pytest.raises(SystemExit, match="no such workload: x"):
        workloads_of("codecs,x")
