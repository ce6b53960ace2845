import pytest

from bench.__main__ import NAMES, measurable, workloads_of


def test_codecs_need_no_server() -> None:
    assert workloads_of("codecs") == ()
    assert workloads_of(",".join(NAMES)) == NAMES[1:]


def test_an_unknown_workload_is_refused() -> None:
    with pytest.raises(SystemExit, match="no such workload: x"):
        workloads_of("codecs,x")


def test_what_needs_a_redis_is_left_out_where_there_is_none() -> None:
    assert measurable(("plain", "redis", "kept"), None) == ("plain", "kept")
    assert measurable(("plain", "redis", "kept"), "/usr/bin/redis-server") == ("plain", "redis", "kept")
