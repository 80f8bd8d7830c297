"""Identify a process by its pid, its start and the boot of the machine.

The start is counted from the boot: the wall clock may be put back or forth while a process runs.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import psutil


@cache
def boot_id() -> str:
    """Return an id that changes with every boot; the same one always where the system has none.

    The moment of the boot will not do: systems without /proc count it back from the wall clock, which may be set.
    On those, `started` tells processes apart: seconds since 1970.
    """
    source = Path("/proc/sys/kernel/random/boot_id")
    try:
        return source.read_text(encoding="ascii").strip()
    except OSError:
        return "any boot"


def started(pid: int) -> float:
    """Return the seconds from boot to the start of a process; without /proc, seconds since 1970.

    Raises:
        psutil.NoSuchProcess: there is no such process.
    """
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return float(psutil.Process(pid).create_time())
    # The name, in brackets, may hold spaces and brackets; the start is the 22nd field, in ticks.
    return int(text.rpartition(")")[2].split()[19]) / os.sysconf("SC_CLK_TCK")
