import pytest

from bench.noise import CpuClock, cpu_clock, noise_between


def test_the_first_line_of_proc_stat_is_all_cores() -> None:
    clock = cpu_clock("cpu  100 0 200 600 50 10 40 300 0 0\ncpu0 1 1 1 1 1 1 1 1 1 1\n", 100)
    assert clock == CpuClock(busy_s=3.5, steal_s=3.0, total_s=13.0)


def test_what_is_not_ours_was_used_by_others() -> None:
    noise = noise_between(CpuClock(10.0, 1.0, 100.0), CpuClock(16.0, 2.0, 120.0), own_s=4.0, cores=2)
    assert (noise.others_cores, noise.steal_cores) == pytest.approx((0.2, 0.1))


def test_rounding_never_shows_less_than_nothing() -> None:
    assert noise_between(CpuClock(1.0, 0.0, 2.0), CpuClock(1.1, 0.0, 4.0), own_s=0.2, cores=2).others_cores == 0.0
