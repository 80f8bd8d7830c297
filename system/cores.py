"""Tell how many cores this process may use, and how many of these are idle."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import psutil

_CGROUPS, _OWN_CGROUP = Path("/sys/fs/cgroup"), Path("/proc/self/cgroup")


def allowed() -> int:
    """Return how many cores this process may use, at least 1.

    The affinity, the machine's physical cores and the quota of a container each limit them.
    """
    usable = len(_usable())
    physical = psutil.cpu_count(logical=False) or usable
    return max(1, int(min(usable, physical, _quota())))


def idle(seconds: float = 0.5) -> float:
    """Measure how many of the cores that this process may run on are idle, for a moment."""
    shares = [1 - busy / 100 for busy in psutil.cpu_percent(interval=seconds, percpu=True)]
    usable = [core for core in _usable() if core < len(shares)]
    return sum(shares[core] for core in usable)


def _usable() -> list[int]:
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


def _quota() -> float:
    """Return how many cores the cgroups of this process grant; infinite without a limit."""
    quotas = [float("inf")]
    with suppress(OSError, ValueError):  # version 1
        quota, period = (int((_CGROUPS / "cpu" / f"cpu.cfs_{name}_us").read_text()) for name in ("quota", "period"))
        quotas += [quota / period] * (quota > 0)
    with suppress(OSError):  # version 2, where each group above limits too
        lines = _OWN_CGROUP.read_text().splitlines()
        own = next((line[3:].lstrip("/") for line in lines if line.startswith("0::")), "")
        for group in (_CGROUPS / own, *(_CGROUPS / own).parents):
            with suppress(OSError, ValueError):  # no limit: "max"
                quota, period = map(int, (group / "cpu.max").read_text().split())
                quotas.append(quota / period)
    return min(quotas)
