"""Test benchmarks/threads.py: its table, its quick mode, and that its busy processes never outlive it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from benchmarks.threads import LOADS, RESULTS, Rates, table

ROOT = Path(__file__).parents[3]


def test_rates_are_compared_with_the_best_under_the_same_load() -> None:
    idle, beside = Rates(2, 2, {1: 50.0, 2: 100.0}), Rates(2, 1, {1: 20.0, 2: 16.0})
    spinning = Rates(2, 1, {1: 25.0, 2: 1.0})
    said = table({"alone": {"passive": idle}, "beside": {"active": spinning, "passive": beside}})
    assert said.splitlines()[2:] == [
        "| alone | passive | 1 | 50.0 | 0.50 |",
        "| alone | passive | 2 (default, chosen) | 100.0 | 1.00 |",
        "| beside | active | 1 (chosen) | 25.0 | 1.00 |",
        "| beside | active | 2 (default) | 1.0 | 0.04 |",
        "| beside | passive | 1 (chosen) | 20.0 | 0.80 |",
        "| beside | passive | 2 (default) | 16.0 | 0.64 |",
        "",
        "What the trainer chooses, waiting passively, reaches 1.00 alone and 0.80 beside of the best (aim: 0.85).",
    ]


def is_gone(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


def test_busy_processes_end_with_a_killed_parent() -> None:
    code = (
        "import json, time\nfrom benchmarks.threads import busy\n"
        "with busy(2) as pids: print(json.dumps(pids), flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pids = json.loads(parent.stdout.readline())
        assert len(pids) == 2 and not any(map(is_gone, pids))
        parent.kill()
    deadline = time.monotonic() + 30
    while not all(map(is_gone, pids)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert all(map(is_gone, pids))


@pytest.mark.slow
def test_the_quick_mode_measures_both_loads_and_writes_nothing() -> None:
    before = RESULTS.read_bytes() if RESULTS.exists() else None
    words = [sys.executable, "benchmarks/threads.py", "--quick"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True)
    rows = [line.split(" | ") for line in done.stdout.splitlines() if "| passive |" in line]
    assert {row[0].removeprefix("| ") for row in rows} == set(LOADS)
    assert all(float(row[3]) > 0 for row in rows)
    for load in LOADS:
        assert max(float(row[4].removesuffix(" |")) for row in rows if row[0] == f"| {load}") == 1
    assert (RESULTS.read_bytes() if RESULTS.exists() else None) == before
