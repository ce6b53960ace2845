"""How quiet the machine was during a run: CPU others used, CPU the hypervisor took away, and the load average."""

import os
from pathlib import Path

import msgspec

__all__ = ["CpuClock", "Noise", "cpu_clock", "noise_between", "now"]


class CpuClock(msgspec.Struct, frozen=True):
    """CPU seconds of all cores since the machine started."""

    busy_s: float
    steal_s: float
    total_s: float


class Noise(msgspec.Struct, frozen=True):
    """Shares of one core that were taken by others or stolen, and the load average at the end of the run."""

    others_cores: float
    steal_cores: float
    load_1_min: float


def cpu_clock(stat: str, ticks_per_s: int) -> CpuClock:
    """Read the first line of /proc/stat."""
    # cpu  user nice system idle iowait irq softirq steal guest guest_nice
    ticks = [int(field) for field in stat.split("\n", 1)[0].split()[1:9]]
    user, nice, system, idle, iowait, irq, softirq, steal = (tick / ticks_per_s for tick in ticks)
    busy_s = user + nice + system + irq + softirq
    return CpuClock(busy_s, steal, busy_s + steal + idle + iowait)


def now() -> CpuClock:
    """The clock of this machine."""
    return cpu_clock(Path("/proc/stat").read_text(), os.sysconf("SC_CLK_TCK"))


def noise_between(start: CpuClock, end: CpuClock, own_s: float, cores: int) -> Noise:
    """What was not ours between two readings; ``own_s`` is the CPU that server, upstream and load used."""
    wall_s = max((end.total_s - start.total_s) / cores, 0.01)
    others_s = max(end.busy_s - start.busy_s - own_s, 0.0)
    return Noise(others_s / wall_s, (end.steal_s - start.steal_s) / wall_s, os.getloadavg()[0])
